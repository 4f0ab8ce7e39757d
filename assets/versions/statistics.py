"""What a column holds, in a few figures gathered in the same pass that writes it."""

import math
from collections import Counter
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.versions.shown import shown
from data_checks.floats import as_floats
from data_checks.json_values import json_value
from data_checks.verdict import Json

DISTINCT_COUNTED = 1000
TRIED = 4 * DISTINCT_COUNTED
TOP_SHOWN = 10


class Statistics:
    """Counts, range, moments, and the commonest values of each column of a table that comes in batches.

    Args:
        schema: of every batch to come.
        sensitive: columns of which no value may be shown.
    """

    def __init__(self, schema: pa.Schema, sensitive: Collection[str] = ()) -> None:
        self._columns = {field.name: _Column(field.type, hidden=field.name in sensitive) for field in schema}

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next rows; the batch is not modified."""
        for column, values in zip(self._columns.values(), batch.columns, strict=True):
            column.update(values)

    def result(self) -> dict[str, Json]:
        """Figures of each column as plain JSON: `type`, `rows`, `nulls`, and where the type has them the others.

        `nan` and `infinite` count floats left out of `minimum`, `maximum`, `mean` and `deviation` (population).
        `distinct` is exact, or absent above 1,000 values; `top` lists [value, count], the commonest first. A sensitive
        column has counts only.
        """
        return {name: column.result() for name, column in self._columns.items()}


class _Column:
    def __init__(self, kind: pa.DataType, *, hidden: bool) -> None:
        self._type = kind
        self._hidden = hidden
        self._plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        self._rows = self._nulls = self._nan = self._infinite = 0
        self._count, self._mean, self._square = 0, 0.0, 0.0
        self._ends: pa.Array | None = None
        nested = pa.types.is_nested(self._plain) or pa.types.is_null(self._plain)
        self._counts: Counter[Json] | None = None if nested else Counter()

    def update(self, values: pa.Array) -> None:
        self._rows += len(values)
        self._nulls += values.null_count
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        present = _countable(values.drop_null() if values.null_count else values)
        if pa.types.is_floating(self._plain):
            present = self._finite(present)
        if self._hidden or not len(present):
            return
        if _is_number(self._plain):
            self._moments(as_floats(present).to_numpy(zero_copy_only=False))
        if _is_ordered(self._plain):
            self._widen(present)
        self._tally(present.slice(0, TRIED))
        self._tally(present.slice(TRIED))

    def _finite(self, present: pa.Array) -> pa.Array:
        numbers = present.to_numpy(zero_copy_only=False)
        finite = np.isfinite(numbers)
        if finite.all():
            return present
        nan = int(np.isnan(numbers).sum())
        self._nan += nan
        self._infinite += int(len(numbers) - finite.sum()) - nan
        return present.filter(pa.array(finite))

    def _moments(self, numbers: np.ndarray) -> None:
        """Merge count, mean and squared deviations (Chan, Golub, LeVeque 1983)."""
        count, mean = len(numbers), float(numbers.mean())
        away = numbers - mean
        square = float(np.einsum("i,i->", away, away))
        total, step = self._count + count, mean - self._mean
        self._square += square + step * step * self._count * count / total
        self._mean += step * count / total
        self._count = total

    def _widen(self, present: pa.Array) -> None:
        """Keep the ends as Arrow holds them: Python has no time outside the years 1 to 9999."""
        if pa.types.is_floating(self._plain):  # numpy is 20 times as quick as Arrow here
            numbers = present.to_numpy(zero_copy_only=False)
            ends = pa.array([numbers.min(), numbers.max()])
        else:
            ends = _smallest_and_greatest(present)
        self._ends = ends if self._ends is None else _smallest_and_greatest(pa.concat_arrays([self._ends, ends]))

    def _tally(self, present: pa.Array) -> None:
        """Count values while they are few; the first rows mostly tell, at a small part of the cost."""
        if self._counts is None or not len(present):
            return
        counts = pc.value_counts(present)
        if len(counts) > DISTINCT_COUNTED:
            self._counts = None
            return
        self._counts.update(dict(zip(shown(counts.field(0)), counts.field(1).to_pylist(), strict=True)))
        if len(self._counts) > DISTINCT_COUNTED:
            self._counts = None

    def result(self) -> Json:
        found: dict[str, Json] = {"type": str(self._type), "rows": self._rows, "nulls": self._nulls}
        if self._nan or self._infinite:
            found |= {"nan": self._nan, "infinite": self._infinite}
        if self._hidden:
            return found
        if self._ends is not None:
            found |= dict(zip(("minimum", "maximum"), shown(self._ends), strict=True))
        if self._count:
            found |= {"mean": json_value(self._mean), "deviation": json_value(math.sqrt(self._square / self._count))}
        if self._counts:
            found["distinct"] = len(self._counts)
            common = sorted(self._counts.items(), key=lambda pair: (-pair[1], str(pair[0])))[:TOP_SHOWN]
            found["top"] = [[value, count] for value, count in common]
        return found


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_ordered(kind: pa.DataType) -> bool:
    return bool(
        _is_number(kind) or pa.types.is_temporal(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)
    )


def _countable(values: pa.Array) -> pa.Array:
    """Widen the values of types with which Arrow does not count."""
    if pa.types.is_float16(values.type):
        return values.cast(pa.float32())
    if pa.types.is_decimal32(values.type) or pa.types.is_decimal64(values.type):
        return values.cast(pa.decimal128(values.type.precision, values.type.scale))
    return values


def _smallest_and_greatest(values: pa.Array) -> pa.Array:
    """(2,) of the type of the values."""
    as_whole = values.view(pa.int64()) if pa.types.is_duration(values.type) else values  # Arrow compares no durations
    ends = pa.array(pc.min_max(as_whole).values(), as_whole.type)
    return ends.view(values.type)
