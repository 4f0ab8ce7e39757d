"""The distinct values of one column with their counts, exact."""

import math
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.one_pass.batch import Batch
from data_checks.one_pass.numbers import Numbers

_PARTS = 64
_Counted = tuple[Sequence[object], np.ndarray]


class Texts:
    """Distinct texts; memory grows with how many there are."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._parts: list[pa.Table] = []

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        view = batch[self._column]
        counted = pc.value_counts((view.encoded if view.encoded is not None else view.held).drop_null())
        texts = counted.field("values")
        plain = texts.cast(texts.type.value_type) if pa.types.is_dictionary(texts.type) else texts
        self._parts.append(pa.table({"text": plain.cast(pa.large_string()), "count": counted.field("counts")}))
        if len(self._parts) >= _PARTS:
            self._parts = [self._merged()]

    def counted(self) -> Iterator[_Counted]:
        """Give the values in ascending order, with their counts."""
        if self._parts:
            merged = self._merged().sort_by("text")
            yield merged["text"].to_pylist(), merged["count"].to_numpy()

    def _merged(self) -> pa.Table:
        merged = pa.concat_tables(self._parts).group_by("text", use_threads=False).aggregate([("count", "sum")])
        return merged.rename_columns(["text", "count"])


class Values:
    """Distinct numbers and booleans; beyond a bound of memory they are kept on disk."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._numbers = Numbers()
        self._boolean = self._missing = self._beyond_float = False

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        view = batch[self._column]
        self._boolean = view.kind == "boolean"
        self._missing = self._missing or view.missing > 0
        self._beyond_float = self._beyond_float or (view.kind == "number" and view.is_beyond_float)
        present = view.present
        self._numbers.add(present + 0.0 if present.dtype.kind == "f" else present)  # -0.0 equals 0.0

    def counted(self) -> Iterator[_Counted]:
        """Give the values in ascending order, in parts, with their counts."""
        for values, counts in self._numbers.distinct():
            yield self._shown(values), counts

    def count(self) -> int:
        """How many values there are, repeated ones too."""
        return self._numbers.count

    def at(self, places: list[int]) -> list[float]:
        """The values at places of the ascending order, from 0; whole numbers as such."""
        return [cast("float", value.item()) for value in self._numbers.at(places)]

    def _shown(self, values: np.ndarray) -> list[object]:
        if self._boolean:
            return [bool(value) for value in values]
        as_floats = self._missing and not self._beyond_float  # as pandas holds them
        return list((values.astype(np.float64) if as_floats else values).tolist())


def distinct_count(of: Texts | Values) -> int:
    """How many distinct values there are."""
    return sum(len(counts) for _, counts in of.counted())


def most_common(of: Texts | Values) -> list[object]:
    """The values that come most often, ascending."""
    most, found = 0, list[object]()
    for values, counts in of.counted():
        highest = int(counts.max(initial=0))
        if highest >= most and highest:
            tied = [values[int(place)] for place in np.flatnonzero(counts == highest)]
            most, found = highest, found + tied if highest == most else tied
    return found


def against_set(of: Texts | Values, expected: Sequence[object], *, at_most: int) -> dict[str, object]:
    """Compare the distinct values with a set.

    Args:
        of: the column.
        expected: the set.
        at_most: how many of the values that are too many or too few are listed.

    Returns:
        The library's metrics on distinct values and sets.
    """
    wanted = set(expected)
    there: set[object] = set()
    surplus: list[object] = []
    count = 0
    for values, _ in of.counted():
        found = wanted.intersection(values)
        there |= found
        count += len(values) - len(found)
        surplus += [value for value in values if value not in wanted][: at_most - len(surplus)]
    absent = list(wanted - there)
    return {
        "column.distinct_values.not_in_set.count": count,
        "column.distinct_values.not_in_set": surplus,
        "column.distinct_values.missing_from_column.count": len(absent),
        "column.distinct_values.missing_from_column": absent[:at_most],
    }


def median(of: Values) -> float:
    """The middle value, or the mean of the two in the middle; not a number of no value."""
    count = of.count()
    return sum(map(float, of.at([(count - 1) // 2, count // 2]))) / 2 if count else math.nan


def quantiles(of: Values, shares: Sequence[float], method: str) -> list[float]:
    """Quantiles as numpy gives them, by value.

    Args:
        of: the column.
        shares: each 0 to 1.
        method: `linear`, `lower`, `higher`, `midpoint` or `nearest`.

    Returns:
        One a share, not a number of no value.
    """
    count = of.count()
    if not count:
        return [math.nan] * len(shares)
    places = [share * (count - 1) for share in shares]
    low = [math.floor(place) for place in places]
    ends = of.at([*low, *(min(place + 1, count - 1) for place in low)])
    return [
        _between((ends[n], ends[n + len(shares)]), place - low[n], even=low[n] % 2 == 0, method=method)
        for n, place in enumerate(places)
    ]


def _between(ends: tuple[float, float], share: float, *, even: bool, method: str) -> float:
    below, above = ends
    match method:
        case "lower":
            return below
        case "higher":
            return above if share else below
        case "nearest":
            return below if share < 0.5 or (share == 0.5 and even) else above
        case "midpoint":
            share = 0.5 if share else 0.0
    below, above = float(below), float(above)
    step = above - below  # not a number beside an infinite value, as numpy has it
    return below + step * share if share < 0.5 else above - step * (1 - share)
