"""How rows are cut by a column, so that a metric can be looked at where it hides."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.floats import as_floats

MISSING, REST = "(missing)", "(rest)"
_CATEGORIES = 20
_BINS = 5
_FEW = 10
"""Whole numbers with no more distinct values than this are categories, such as a rating."""


def cut(column: pa.ChunkedArray) -> Mapping[str, np.ndarray]:
    """Cut rows by a column: numbers, dates and times in five quantile bins, anything else by its 20 commonest values.

    A number that fills more than a bin has one of its own.

    Args:
        column: N values of any type, nulls allowed.

    Returns:
        Positions of rows by slice name, ascending; bins in order, categories by falling count, then `(rest)` and
        `(missing)`. Every row is in exactly one slice, and no slice is empty.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if _is_ordered(column.type) and pc.count_distinct(column).as_py() > _FEW:
        return _bins(column)
    return _categories(column)


def _is_ordered(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)) or _is_dated(kind)


def _bins(column: pa.ChunkedArray) -> Mapping[str, np.ndarray]:
    numbers = _numbers(column)
    known = np.flatnonzero(np.isfinite(numbers))
    edges, counts = np.unique(np.quantile(numbers[known], np.arange(_BINS) / _BINS, method="lower"), return_counts=True)
    # A value that fills more than a bin, such as 0 in most counts, gets one of its own: the next begins right above it.
    starts = np.unique(np.concatenate([edges, np.nextafter(edges[counts > 1], np.inf)]))
    bins = np.searchsorted(starts, numbers[known], side="right")
    taken = [known[bins == number] for number in np.unique(bins)]
    bounds = [(float(numbers[rows].min()), float(numbers[rows].max())) for rows in taken]
    slices = dict(zip(_spelled(bounds, column.type), taken, strict=True))
    slices[MISSING] = np.flatnonzero(~np.isfinite(numbers))
    return {name: rows for name, rows in slices.items() if len(rows)}


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    if _is_dated(column.type):
        zone = getattr(column.type, "tz", None)
        column = column.cast(pa.timestamp("s", zone), safe=False).cast(pa.int64())
    return np.asarray(as_floats(column).fill_null(np.nan).to_numpy())


def _is_dated(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _spelled(bounds: Sequence[tuple[float, float]], kind: pa.DataType) -> Sequence[str]:
    """Names of bins by their least and greatest value, as short as they stay distinct."""
    forms: tuple[Callable[[float], str], ...] = (_day, _second) if _is_dated(kind) else (_short, repr)
    for form in forms:
        names = [form(low) if low == high else f"{form(low)} to {form(high)}" for low, high in bounds]
        if len(set(names)) == len(names):
            break
    return names


def _short(number: float) -> str:
    return f"{number:.6g}"


def _second(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s"))


def _day(seconds: float) -> str:
    return _second(seconds)[:10]


def _categories(column: pa.ChunkedArray) -> Mapping[str, np.ndarray]:
    words = np.array([MISSING if word is None else _word(word) for word in column.to_pylist()], dtype=object)
    names, codes, counts = np.unique(words, return_inverse=True, return_counts=True)
    falling = [code for code in np.argsort(-counts, kind="stable") if names[code] not in {MISSING, REST}]
    slices = {names[code]: np.flatnonzero(codes == code) for code in falling[:_CATEGORIES]}
    slices[REST] = np.flatnonzero(np.isin(codes, falling[_CATEGORIES:]) | (words == REST))
    slices[MISSING] = np.flatnonzero(words == MISSING)
    return {name: rows for name, rows in slices.items() if len(rows)}


def _word(word: object) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)
