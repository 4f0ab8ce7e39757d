"""What may be promised of a table's rows, with room to breathe around what was seen of them."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import pyarrow as pa

from assets.data.preprocess import Type
from assets.propose.look import Look, Seen
from assets.propose.names import words
from assets.propose.periods import Periods
from assets.propose.types import is_group, is_identifier
from data_checks.floats import as_floats
from data_checks.verdict import Json

SET_VALUES = 30
REFERENCE = "{{"
FAIL_AT_MOST = 0.02
RANGE = (
    "A range has room beyond what was seen: half of what the middle 98 % of the values span, or a tenth of what all "
    "span if that is more, then outwards to the first digit of that room, and for integers to whole numbers. Where "
    "nothing was below zero, it begins at zero or above."
)
CLASSES = "The classes of the target, and columns of only 0 and 1, get no others."
TEXTS = f"A column of up to {SET_VALUES} texts may hold others in 2 % of its values."
FILLED = (
    "Of a column with missing values, twice the share may be missing, and one in a hundred more, rounded up to whole "
    "percents; where that is all, no rule is written."
)
TABLE_ROWS = "There are at least half as many rows as were seen."
PERIOD_ROWS = (
    "Each {every} has at least half of the rows of the smallest one seen, and at most twice those of the greatest."
)


@dataclass(frozen=True)
class Rule:
    """One expectation.

    Attributes:
        name: of the library.
        arguments: its arguments.
        law: how the arguments follow from what was seen, for whoever reads them.
        note: what a reader should know of this one.
    """

    name: str
    arguments: Mapping[str, Json]
    law: str
    note: str = ""


def rules(
    look: Look,
    types: Mapping[str, Type],
    *,
    target: str,
    classes: tuple[Json, ...],
    periods: Periods | None,
    apart: Collection[str] = (),
) -> tuple[Rule, ...]:
    """Return the expectations, in the order of the columns, those on missing values and on the table last.

    Args:
        look: what the table holds.
        types: type of each column.
        target: the column that is predicted.
        classes: of the target; empty for numbers.
        periods: into which the table falls, if it does.
        apart: columns whose values are held by other rules.
    """
    found: list[Rule] = []
    for name, kind in types.items():
        seen = look.columns[name]
        if name in apart:
            continue
        if name == target and classes:
            values: list[Json] = sorted(classes, key=str)
            found.append(Rule("expect_column_values_to_be_in_set", {"column": name, "value_set": values}, CLASSES))
        elif kind in {"integer", "number"} and not is_identifier(name, look) and not is_group(name, look):
            found += _range(name, look, whole=kind == "integer")
        elif kind == "category" and pa.types.is_string(seen.type) and _may_be_listed(seen.values):
            arguments: dict[str, Json] = {"column": name, "value_set": sorted(seen.values, key=str)}
            arguments |= {"mostly": 0.98, "severity": "warning"}
            found.append(Rule("expect_column_values_to_be_in_set", arguments, TEXTS))
    found += [rule for name in types for rule in _filled(look.columns[name])]
    return (*found, _rows(look.rows, periods))


def _may_be_listed(values: Mapping[Json, int] | None) -> TypeGuard[Mapping[Json, int]]:
    """Whether there are few, and none reads like a reference to a variable, which a declaration refuses."""
    return (
        bool(values) and len(values or ()) <= SET_VALUES and not any(REFERENCE in str(value) for value in values or ())
    )


def widened(low: float, high: float, *, middle: float) -> tuple[float, float]:
    """The range that `RANGE` tells of, before whole numbers.

    The room is half of the middle span and not of all of it, so that a single extreme value does not make a range that
    says nothing; where all values are one, it is half of that value, or one.

    Args:
        low: least value seen.
        high: greatest value seen.
        middle: distance from the 1 % to the 99 % quantile.

    >>> widened(0, 737, middle=444)
    (0.0, 1000.0)
    >>> widened(47.1559, 47.7776, middle=0.5)
    (46.9, 48.1)
    """
    room = max(middle / 2, (high - low) / 10) or abs(high) / 2 or 1.0
    digits = -math.floor(math.log10(room))
    least = round(math.floor((low - room) * 10.0**digits) / 10.0**digits, max(digits, 0))
    most = round(math.ceil((high + room) * 10.0**digits) / 10.0**digits, max(digits, 0))
    return (max(least, 0.0) if low >= 0 else least), most


def mostly(nulls: int, rows: int) -> float | None:
    """The share of rows that must have a value, by the rule `FILLED`; None where it asks for nothing.

    >>> mostly(4, 1000)
    0.98
    >>> mostly(600, 1000) is None
    True
    """
    percents = (99 * rows - 200 * nulls) // rows
    return percents / 100 if percents > 0 else None


def spread(look: Look, name: str) -> float:
    """Distance from the 1 % to the 99 % quantile of a column of numbers, in the sample."""
    values = np.asarray(as_floats(look.sample[name]).drop_null().to_numpy(), np.float64)
    values = values[np.isfinite(values)]
    return float(np.ptp(np.quantile(values, [0.01, 0.99]))) if len(values) else 0.0


def fail_at_most(look: Look) -> float:
    """Share of rows that may be put aside: 2 %, or twice the share of infinite values in whole percents, if more."""
    infinite = sum(seen.infinite for seen in look.columns.values())
    return min(1.0, max(FAIL_AT_MOST, math.ceil(200 * infinite / look.rows) / 100))


def _range(name: str, look: Look, *, whole: bool) -> list[Rule]:
    seen = look.columns[name]
    if seen.low is None or seen.high is None or seen.constant:
        return []
    if seen.values is not None and set(seen.values) <= {0, 1}:
        return [Rule("expect_column_values_to_be_in_set", {"column": name, "value_set": [0, 1]}, CLASSES)]
    if "year" in words(name):
        return []
    bounds = bounds_of(seen.low, seen.high, middle=spread(look, name), whole=whole)
    return [Rule("expect_column_values_to_be_between", {"column": name, **bounds}, RANGE, _extreme(seen, look))]


def bounds_of(low: float, high: float, *, middle: float, whole: bool) -> dict[str, Json]:
    """The `widened` range as arguments of the expectation; integers for whole numbers."""
    least, most = widened(low, high, middle=middle)
    if whole:
        least, most = math.floor(least), math.ceil(most)
    return {"min_value": _plain(float(least)), "max_value": _plain(float(most))}


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _extreme(seen: Seen, look: Look) -> str:
    """What lies far outside of the rest: beyond ten times the middle spread."""
    middle = spread(look, seen.name)
    values = np.asarray(as_floats(look.sample[seen.name]).drop_null().to_numpy(), np.float64)
    values = values[np.isfinite(values)]
    if not middle or seen.low is None or seen.high is None:
        return ""
    bottom, top = (float(edge) for edge in np.quantile(values, [0.01, 0.99]))
    far = [(seen.low, bottom - seen.low), (seen.high, seen.high - top)]
    value, distance = max(far, key=lambda pair: pair[1])
    if distance < 10 * middle:
        return ""
    middle_lies = f"98 % lie between {bottom:.6g} and {top:.6g}"
    return f"{middle_lies}, and the farthest is {value:.8g}: narrow the range if that is a mistake"


def _filled(seen: Seen) -> list[Rule]:
    least = mostly(seen.nulls, seen.rows) if seen.nulls else None
    if least is None:
        return []
    arguments: dict[str, Json] = {"column": seen.name, "mostly": least, "severity": "warning"}
    return [Rule("expect_column_values_to_not_be_null", arguments, FILLED)]


def _rows(rows: int, periods: Periods | None) -> Rule:
    arguments: dict[str, Json] = {"min_value": max(1, rows // 2)}
    law = TABLE_ROWS
    if periods is not None:
        arguments = {"min_value": max(1, min(periods.counts) // 2), "max_value": 2 * max(periods.counts)}
        law = PERIOD_ROWS.format(every=periods.every)
    return Rule("expect_table_row_count_to_be_between", {**arguments, "severity": "warning"}, law)
