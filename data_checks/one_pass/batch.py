"""One batch of rows, whose columns are brought to a common form once, however many expectations ask."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from data_checks.floats import as_floats
from data_checks.one_pass.conditions import rows_under
from data_checks.pandas_rows import EXACT_IN_FLOAT

Kind = Literal["number", "boolean", "text", "time", "other"]

_PROBED = 8_000
_FEW = 2_000


def kind_of(held: pa.DataType) -> Kind:
    """Say how a type is judged here; `other` is left to the library."""
    if at.is_dictionary(held):
        return "text" if kind_of(held.value_type) == "text" else "other"
    if at.is_integer(held):
        return "other" if at.is_uint64(held) else "number"
    if at.is_float64(held) or at.is_decimal(held):
        return "number"
    if at.is_boolean(held):
        return "boolean"
    if at.is_string(held) or at.is_large_string(held):
        return "text"
    return "time" if at.is_date(held) or at.is_timestamp(held) else "other"


def zone_of(held: pa.DataType) -> str | None:
    """The time zone of a timestamp type."""
    return held.tz if at.is_timestamp(held) else None


class View:
    """One column of a batch: values of one form, and figures that several expectations need."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._column = column
        self.kind = kind_of(column.type)

    @cached_property
    def held(self) -> pa.Array:
        """(N,) the values, missing ones null: int64, float64 without NaN, bool, text, timestamps in us or ns.

        Raises:
            ArrowInvalid: a time does not fit in microseconds.
        """
        column = _one_chunk(self._column)
        if at.is_integer(column.type) and not at.is_int64(column.type):
            return column.cast(pa.int64())
        if at.is_decimal(column.type):
            return as_floats(column)
        if self.kind == "time" and not (at.is_timestamp(column.type) and column.type.unit in {"us", "ns"}):
            return column.cast(pa.timestamp("us", zone_of(column.type)))
        return _without_nan(column) if at.is_float64(column.type) else column

    @cached_property
    def missing(self) -> int:
        """How many values are missing."""
        return int(self.held.null_count if at.is_floating(self._column.type) else self._column.null_count)

    @cached_property
    def encoded(self) -> pa.DictionaryArray | None:
        """(N,) text by its distinct values, where they are few; none where it would not help."""
        if at.is_dictionary(self.held.type):
            return self.held
        probe = self.held.slice(0, _PROBED)
        return None if len(pc.unique(probe)) > _FEW else self.held.dictionary_encode()

    @cached_property
    def extremes(self) -> tuple[pa.Scalar, pa.Scalar]:
        """The smallest and the greatest value, null if there is none."""
        if at.is_float64(self.held.type) and len(self.held) > self.held.null_count:
            return tuple(pa.scalar(end) for end in _float_ends(self.held))
        found = pc.min_max(self.held)
        return found["min"], found["max"]

    @cached_property
    def present(self) -> np.ndarray:
        """(V,) the values that are not missing: float64, int64 of a whole number, boolean or time; not for text."""
        values = self.plain.drop_null() if self.missing else self.plain
        plain = values.to_numpy(zero_copy_only=False)
        return plain.astype(np.int64) if self.kind == "boolean" else np.asarray(plain)

    @cached_property
    def valid(self) -> np.ndarray:
        """(N,) whether a value is there."""
        return np.asarray(self.plain.is_valid().to_numpy(zero_copy_only=False))

    @cached_property
    def plain(self) -> pa.Array:
        """(N,) the values, times as the whole numbers by which the column itself holds them, in its own unit."""
        if self.kind != "time":
            return self.held
        whole = _one_chunk(self._column)
        return whole.view(pa.int32() if whole.type.bit_width == 32 else pa.int64()).cast(pa.int64())

    @cached_property
    def is_beyond_float(self) -> bool:
        """Whether a whole number is greater than any that a float counts by ones, so that pandas keeps it whole."""
        held_whole = at.is_integer(self.held.type)
        return held_whole and bool(max(abs(end.as_py() or 0) for end in self.extremes) > EXACT_IN_FLOAT)


class Batch:
    """Rows, or those of them that a condition lets through."""

    def __init__(self, rows: pa.Table, at_rows: np.ndarray | None = None) -> None:
        self.rows = rows
        self._at_rows = at_rows
        self._views: dict[str, View] = {}
        self._parts: dict[str, Batch] = {}

    def __getitem__(self, name: str) -> View:
        """The view of a column, made once."""
        if name not in self._views:
            self._views[name] = View(self.rows.column(name))
        return self._views[name]

    @property
    def encoded(self) -> Mapping[str, pa.DictionaryArray]:
        """The columns of text that were brought to their distinct values, by name."""
        views = {name: vars(view).get("encoded") for name, view in self._views.items()}
        return {name: encoded for name, encoded in views.items() if encoded is not None}

    def under(self, condition: str) -> "Batch":
        """The rows that a condition lets through; all if it is empty."""
        if not condition:
            return self
        if condition not in self._parts:
            through = rows_under(self.rows, condition)
            self._parts[condition] = Batch(self.rows.take(pa.array(through)), through)
        return self._parts[condition]

    def in_whole(self, positions: np.ndarray) -> np.ndarray:
        """Positions in this batch as positions in the batch from which a condition took it."""
        return positions if self._at_rows is None else self._at_rows[positions]


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if at.is_dictionary(column.type):
        column = column.unify_dictionaries()
    combined = column.combine_chunks()
    return combined.combine_chunks() if isinstance(combined, pa.ChunkedArray) else combined


def _float_ends(column: pa.Array) -> tuple[float, float]:
    """The ends of floats, at least one and none NaN, at a tenth of what Arrow's own function costs."""
    values = column.fill_null(np.nan).to_numpy()
    return float(np.fmin.reduce(values)), float(np.fmax.reduce(values))


def _without_nan(column: pa.Array) -> pa.Array:
    if not np.isnan(pc.sum(column).as_py() or 0.0):  # far cheaper than to look at each value
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
