"""Rows as numbers, by a fitted state; packaged with every model, so this file imports nothing of ours."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

UNSEEN, MISSING = 0, 1
_FIRST = 2
# standard deviations; much farther out the sums of a float32 network are infinite
_FARTHEST = 1e6

# sines of these steps come from tables: vectorised ones may differ in their last bit by the length of the array
CYCLES = {"month": 12, "day_of_week": 7, "day_of_year": 366, "hour": 24}


def encode(rows: pa.Table, state: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Encode features; a row's result depends on the row and the state alone, bit for bit.

    Args:
        rows: N rows with the state's columns, in any order; not modified.
        state: what `fit` made: `number`, `category` and `time` features in order.

    Returns:
        (N, Dn) float32: standardised numbers (missing: 0, and 1 in an indicator where training saw missing ones), then
        sine and cosine of the parts of times (missing: 0, 0). (N, Dc) int32 codes: 0 unseen or rare, 1 missing.

    Raises:
        KeyError: a column is not there.
    """
    numbers = [column for feature in state["number"] for column in _number(rows[feature["column"]], feature)]
    numbers += [column for feature in state["time"] for column in _time(rows[feature["column"]], feature["parts"])]
    categories = [_category(rows[feature["column"]], feature["values"]) for feature in state["category"]]
    return _stacked(numbers, rows.num_rows, np.float32), _stacked(categories, rows.num_rows, np.int32)


def as_numbers(column: pa.ChunkedArray) -> np.ndarray:
    """(N,) float64; missing, infinite and unreadable values are NaN."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if pa.types.is_decimal(column.type):  # through text, as Arrow's cast gives another float than 1.39 for 1.39
        column = column.cast(pa.string())
    numbers: np.ndarray = column.cast(pa.float64(), safe=False).to_numpy()
    return np.where(np.isfinite(numbers), numbers, np.nan)


def as_categories(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text; whole numbers without a fraction, so that `9.0` and `9` are one category; NaN is missing."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_floating(column.type):
        return column.cast(pa.string())
    codes = pc.if_else(pc.is_nan(column), None, column).combine_chunks().dictionary_encode()
    names = [str(int(value)) if value.is_integer() else repr(value) for value in codes.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(names, pa.string()).take(codes.indices)])


def parts_of_time(column: pa.ChunkedArray) -> dict[str, np.ndarray]:
    """(N,) steps from 0 in each cycle; -1 where the time is missing."""
    times = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
    steps = {
        "month": pc.subtract(pc.month(times), 1),
        "day_of_week": pc.day_of_week(times),
        "day_of_year": pc.subtract(pc.day_of_year(times), 1),
        "hour": pc.hour(times),
    }
    return {part: pc.fill_null(step, -1).to_numpy().astype(np.int64) for part, step in steps.items()}


def _number(column: pa.ChunkedArray, feature: Mapping[str, Any]) -> list[np.ndarray]:
    numbers = as_numbers(column)
    missing = np.isnan(numbers)
    clipped = np.clip(numbers, feature["low"], feature["high"]) if feature["low"] is not None else numbers
    scaled = np.where(missing, 0.0, np.clip((clipped - feature["mean"]) / feature["scale"], -_FARTHEST, _FARTHEST))
    return [scaled, missing.astype(np.float64)] if feature["indicator"] else [scaled]


def _time(column: pa.ChunkedArray, parts: Sequence[str]) -> list[np.ndarray]:
    steps = parts_of_time(column)
    return [_cycle(steps[part], CYCLES[part], wave) for part in parts for wave in (math.sin, math.cos)]


def _cycle(steps: np.ndarray, length: int, wave: Callable[[float], float]) -> np.ndarray:
    table = np.array([*(wave(2 * math.pi * step / length) for step in range(length)), 0.0])
    values: np.ndarray = table[steps]
    return values


def _category(column: pa.ChunkedArray, values: Sequence[str]) -> np.ndarray:
    keys = as_categories(column)
    found = pc.index_in(keys, value_set=pa.array(values, pa.string()))
    codes = np.where(pc.is_null(found), UNSEEN, pc.fill_null(found, 0).to_numpy() + _FIRST)
    result: np.ndarray = np.where(pc.is_null(keys), MISSING, codes)
    return result


def _stacked(columns: Sequence[np.ndarray], rows: int, kind: type) -> np.ndarray:
    stacked: np.ndarray = np.empty((rows, len(columns)), dtype=kind)
    for index, column in enumerate(columns):
        stacked[:, index] = column
    return stacked
