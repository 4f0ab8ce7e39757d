"""Figures of one column that add up over batches."""

import math
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.one_pass.batch import Batch, View
from data_checks.one_pass.narrow import NarrowColumn

_INT64 = 2**63
_NARROW = 2.0**-16


class Total(Protocol):
    """A figure of one column that adds up over batches."""

    def __init__(self, column: str) -> None:
        """Begin at nothing."""

    def add(self, batch: Batch) -> None:
        """Take in a batch."""


class Rows:
    """How many rows there are, and how many without a value in the column (of any, if it has no name)."""

    def __init__(self, column: str) -> None:
        self._column = column
        self.rows = self.missing = 0

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        self.rows += batch.rows.num_rows
        self.missing += batch[self._column].missing if self._column else 0


class Extremes:
    """The smallest and the greatest value, in the terms of pandas."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._ends: pa.Array | None = None
        self._error: pa.ArrowInvalid | None = None
        self._missing = self._beyond_float = False

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        view = batch[self._column]
        self._missing = self._missing or view.missing > 0
        try:
            ends = pa.array(view.extremes, view.held.type)
        except pa.ArrowInvalid as error:
            self._error = error
            return
        self._beyond_float = self._beyond_float or view.is_beyond_float
        self._ends = ends if self._ends is None else pa.concat_arrays([self._ends, ends])

    def end(self, which: str) -> object:
        """The `min` or the `max`: a number, a timestamp of pandas, or what it says where there is no value.

        Raises:
            ArrowInvalid: a time does not fit in microseconds.
            OverflowError: it is beyond the year 9999.
        """
        import pandas as pd

        if self._error:
            raise self._error

        ends = pa.array([], pa.float64()) if self._ends is None else self._ends
        found = pc.min_max(ends)[which].as_py()
        if pa.types.is_timestamp(ends.type):
            return pd.NaT if found is None else pd.Timestamp(found)
        if found is None:
            return math.nan
        return float(found) if self._missing and not self._beyond_float else found


class Sums:
    """The sum of numbers, exact of whole ones."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._sum: float = 0
        self._missing = self._beyond_float = False
        self.count = 0

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        view = batch[self._column]
        self._missing = self._missing or view.missing > 0 or pa.types.is_floating(view.held.type)
        self._beyond_float = self._beyond_float or view.is_beyond_float
        self.count += batch.rows.num_rows - view.missing
        self._sum += _sum(view)

    @property
    def sum(self) -> float:
        """The sum; 0 of no value."""
        return float(self._sum) if self._missing and not self._beyond_float else self._sum

    @property
    def mean(self) -> float:
        """The mean; not a number of no value."""
        return self._sum / self.count if self.count else math.nan


class Moments:
    """The standard deviation of a sample (Chan, Golub and LeVeque 1979: moments of parts are merged).

    While the values differ so little, beside their size, that another order of additions would tell, they are kept.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._count, self._mean, self._squares = 0, 0.0, 0.0
        self._ends = (math.inf, -math.inf)
        self._narrow: NarrowColumn | None = NarrowColumn()

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        view = batch[self._column]
        if self._narrow:
            self._narrow.add(view)
        count = batch.rows.num_rows - view.missing
        if not count:
            return
        low, high = (float(end.as_py()) for end in view.extremes)
        self._ends = min(self._ends[0], low), max(self._ends[1], high)
        mean = _sum(view) / count
        squares = pc.variance(view.held).as_py() * count
        both, apart = self._count + count, mean - self._mean
        self._squares += squares + apart * apart * self._count * count / both
        self._mean += apart * count / both
        self._count = both
        low, high = self._ends
        if high - low > _NARROW * max(abs(low), abs(high)):  # once they differ enough they do for good
            self._narrow = None

    @property
    def deviation(self) -> float:
        """The deviation, infinite where it is beyond floats, not a number of fewer than two values."""
        if self._narrow:
            return self._narrow.deviation()
        found = math.sqrt(self._squares / (self._count - 1)) if self._count > 1 else math.nan
        overflowed = self._count > 1 and math.isnan(found) and all(map(math.isfinite, self._ends))
        return math.inf if overflowed else found


def _sum(view: View) -> float:
    if pa.types.is_integer(view.held.type):
        ends = [abs(end.as_py() or 0) for end in view.extremes]
        if max(ends) * len(view.held) >= _INT64:  # Arrow's sum would wrap around
            return sum(int(value) for value in np.asarray(view.present))
    return pc.sum(view.held).as_py() or 0
