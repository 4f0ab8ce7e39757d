"""How rows are cut by a column, so that a metric can be looked at where it hides."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING, REST = "(missing)", "(rest)"
_CATEGORIES = 20
_BINS = 5
_FEW = 10
"""Whole numbers with no more distinct values than this are categories, such as a rating."""


def cut(column: pa.ChunkedArray) -> Mapping[str, np.ndarray]:
    """Cut rows by a column: numbers, dates and times in five quantile bins, anything else by its 20 commonest values.

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
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, _BINS + 1), method="lower"))
    bins = np.clip(np.searchsorted(edges, numbers[known], side="right") - 1, 0, len(edges) - 2)
    slices = {}
    for number in range(len(edges) - 1):
        closing = "]" if number == len(edges) - 2 else ")"
        name = f"[{_spelled(edges[number], column.type)}, {_spelled(edges[number + 1], column.type)}{closing}"
        slices[name] = known[bins == number]
    slices[MISSING] = np.flatnonzero(~np.isfinite(numbers))
    return {name: rows for name, rows in slices.items() if len(rows)}


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    if _is_dated(column.type):
        zone = getattr(column.type, "tz", None)
        column = column.cast(pa.timestamp("s", zone), safe=False).cast(pa.int64())
    return np.asarray(column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy())


def _is_dated(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _spelled(edge: float, kind: pa.DataType) -> str:
    if _is_dated(kind):
        return str(np.datetime64(int(edge), "s").astype("datetime64[D]"))
    return f"{edge:.6g}"


def _categories(column: pa.ChunkedArray) -> Mapping[str, np.ndarray]:
    words = np.array([MISSING if word is None else _word(word) for word in column.to_pylist()], dtype=object)
    names, codes, counts = np.unique(words.astype(str), return_inverse=True, return_counts=True)
    commonest = [code for code in np.argsort(-counts, kind="stable") if names[code] != MISSING]
    slices = {str(names[code]): np.flatnonzero(codes == code) for code in commonest[:_CATEGORIES]}
    slices[REST] = np.flatnonzero(np.isin(codes, commonest[_CATEGORIES:]))
    slices[MISSING] = np.flatnonzero(words == MISSING)
    return {name: rows for name, rows in slices.items() if len(rows)}


def _word(word: object) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)
