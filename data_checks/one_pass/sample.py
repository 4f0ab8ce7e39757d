"""The first rows that fail, as the library would list them."""

import numpy as np
import pyarrow as pa
from pyarrow.types import is_integer

from data_checks.expectation_form import Expectation
from data_checks.one_pass.batch import Batch
from data_checks.pandas_rows import to_pandas

_LISTED = 200  # great_expectations lists so many at most


class Sample:
    """The first rows that fail an expectation, of the columns that it judges."""

    def __init__(self, expectation: Expectation) -> None:
        self._names = list(dict.fromkeys(expectation.columns))
        self._several = "column" not in expectation.arguments
        self._pair = "column_A" in expectation.arguments
        self._parts: list[pa.Table] = []
        self._with_null: set[str] = set()
        self._beyond_float: set[str] = set()
        self._room = _LISTED

    def add(self, batch: Batch, failing: np.ndarray) -> None:
        """Keep rows of a batch while there is room.

        Args:
            batch: with the columns that the expectation judges.
            failing: (U,) positions in it that fail.
        """
        rows = batch.rows
        self._with_null.update(name for name in self._names if rows.column(name).null_count)
        whole = [name for name in self._names if is_integer(rows.column(name).type) and batch[name].kind == "number"]
        self._beyond_float.update(name for name in whole if batch[name].is_beyond_float)
        taken = failing[: self._room]
        if len(taken):
            self._parts.append(rows.select(self._names).take(pa.array(taken)))
            self._room -= len(taken)

    @property
    def rows(self) -> pa.Table | None:
        """The rows, or none if no row fails."""
        return pa.concat_tables(self._parts) if self._parts else None

    def values(self) -> list[object]:
        """Return one value a row: plain, a tuple of a pair, or a record of several columns."""
        if self.rows is None:
            return []
        frame = to_pandas(self.rows.select(self._names))
        for name in self._with_null:
            if name in self._beyond_float or frame[name].dtype.kind in "iu":  # as the whole column would be in pandas
                frame[name] = frame[name].astype("Int64" if name in self._beyond_float else "float64")
        if self._pair:
            return list(zip(*(frame[name].values for name in self._names), strict=True))
        if self._several:
            return list(frame.to_dict("records"))
        return list(frame[self._names[0]])
