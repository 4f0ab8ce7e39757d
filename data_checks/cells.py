"""Where a value is counted: cells that no data chooses, the same for every batch, period and machine."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BITS = 12  # of the fraction of a number
CELLS = 1 << 24
HOURS_OF_A_WEEK = 168
_MONDAY = 3  # the days from Monday to 1970-01-01
_HOUR = {"s": 3_600, "ms": 3_600_000, "us": 3_600_000_000, "ns": 3_600_000_000_000}
_SHIFT = 52 - BITS
_WITHIN = (1 << _SHIFT) - 1
_POSITIVE = np.int64(2**63 - 1)


def cells_of(numbers: np.ndarray) -> np.ndarray:
    """Return the cell of each number: its sign, its exponent and the first 12 bits of its fraction.

    That is 4096 cells an octave, each at most 1/4096 of its value wide; zero and its subnormal neighbours share one.

    Args:
        numbers: (N,) float64; not modified.

    Returns:
        (N,) int64 from -CELLS / 2 to below CELLS / 2, ascending with the numbers; one for each of the infinities, and
        beyond these, at either end, those of NaN.

    >>> cells_of(np.array([1.0, 1.001, 2.0, -0.0])) - cells_of(np.array([1.0]))
    array([       0,        4,     4096, -4190208])
    """
    bits = (numbers + 0.0).view(np.int64)  # adding 0.0 makes 0.0 of -0.0
    if bits.min(initial=0) < 0:
        bits = np.where(bits < 0, bits ^ _POSITIVE, bits)
    bits >>= _SHIFT
    return bits


def coarser(cells: np.ndarray, bits: int) -> np.ndarray:
    """Return the last of the cells that share so many bits of the fraction, for each cell, (N,) int64: a wider cell."""
    return np.asarray(cells, np.int64) | ((1 << (BITS - bits)) - 1)


def tops_of(cells: np.ndarray) -> np.ndarray:
    """Return the greatest number of each cell, (N,) float64: `cells_of(x) <= cell` where `x <= top`, and only there."""
    ordered = (np.asarray(cells, np.int64) << _SHIFT) | _WITHIN
    tops = np.where(ordered < 0, ordered ^ _POSITIVE, ordered).view(np.float64)
    tops = np.where(np.isnan(tops), np.inf, tops)
    return np.where(np.asarray(cells) == -1, np.nextafter(0.0, -1.0), tops)  # -0.0 is 0.0, which lies above


def hours_of_week(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Return the hour of the week of dates and timestamps as (N,) int64 from 0 on Monday; a null has any."""
    units, hours_of = units_of_time(column)
    return hours_of(units)


def units_of_time(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Return the days or hours in which dates and timestamps lie, and what tells their hour of the week.

    Few of them occur in a batch, which makes it cheaper to ask of each that occurs than of each row.

    Returns:
        (N,) int64, a null has any, and a function of such numbers to hours of the week, both (M,) int64.
    """
    kind = column.type
    if pa.types.is_date(kind):
        days = column.cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        return days.astype(np.int64), lambda days: (days + _MONDAY) % 7 * 24
    if kind.tz in {None, "UTC"}:  # a fifth of what Arrow's fields of time cost
        moments = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return moments // _HOUR[kind.unit], lambda hours: (hours + _MONDAY * 24) % HOURS_OF_A_WEEK
    hours = pc.add(pc.multiply(pc.day_of_week(column), 24), pc.hour(column))
    return np.asarray(hours.fill_null(0).to_numpy(zero_copy_only=False), np.int64), lambda hours: hours
