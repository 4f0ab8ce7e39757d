"""A column whose values differ so little, beside their size, that the order in which they are added tells."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.one_pass.batch import View
from data_checks.pandas_rows import to_pandas


class NarrowColumn:
    """The values in the order of the rows, kept until their deviation is asked for.

    Of rows that all hold one value, the value and their number are kept; with gaps between, a bit a row.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[pa.Scalar, int | pa.Array] | pa.Array] = []

    def add(self, view: View) -> None:
        """Keep the values of a batch."""
        (low, high), held = view.extremes, view.held
        if not len(held):
            return
        if low != high:
            self._parts.append(held)
            return
        if view.missing:
            self._parts.append((low, pc.is_valid(held)))
            return
        value, count = self._parts[-1] if self._parts and isinstance(self._parts[-1], tuple) else (low, held)
        if value == low and isinstance(count, int):
            self._parts[-1] = (low, count + len(held))
        else:
            self._parts.append((low, len(held)))

    def deviation(self) -> float:
        """The deviation of a sample, with every addition in the order of pandas; not a number of fewer than two."""
        if not self._parts:
            return math.nan
        with np.errstate(over="ignore", invalid="ignore"):
            match self._parts:
                case [(value, int() as count)]:
                    return _deviation_of_one(float(value.as_py()), count)
            rows = pa.table({"column": pa.chunked_array([_whole(part) for part in self._parts])})
            return float(to_pandas(rows)["column"].std())


def _whole(part: tuple[pa.Scalar, int | pa.Array] | pa.Array) -> pa.Array:
    match part:
        case (value, int() as count):
            return pa.repeat(value, count)
        case (value, there):
            return pc.if_else(there, value, pa.scalar(None, value.type))
    return part


def _deviation_of_one(value: float, count: int) -> float:
    """What pandas gives for one value again and again: its rounded mean may be another number.

    The rows are one number in memory, that numpy reads `count` times.
    """
    if count < 2:
        return math.nan
    mean = np.broadcast_to(np.float64(value), count).sum() / count
    squares = np.broadcast_to((mean - np.float64(value)) ** 2, count).sum()
    return float(np.sqrt(squares / (count - 1)))
