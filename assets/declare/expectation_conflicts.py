"""Expectations whose arguments can't be kept or say nothing, each by itself."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from time import strptime

from assets.declare.faults import did_you_mean
from assets.declare.yaml_text import KeyPath
from data_checks.expectation_form import Expectation
from data_checks.expectation_table import expectation_table
from data_checks.verdict import Json

Said = Iterator[tuple[KeyPath, str]]
COUNTED = ("a count", 0.0, math.inf)
# what an expectation compares with its bounds, and the least and the greatest that this can be
RANGES: Mapping[str, tuple[str, float, float]] = {
    "expect_table_row_count_to_be_between": COUNTED,
    "expect_table_row_count_to_equal": COUNTED,
    "expect_table_column_count_to_be_between": COUNTED,
    "expect_table_column_count_to_equal": COUNTED,
    "expect_column_unique_value_count_to_be_between": COUNTED,
    "expect_column_value_lengths_to_be_between": ("a length", 0.0, math.inf),
    "expect_column_value_lengths_to_equal": ("a length", 0.0, math.inf),
    "expect_column_stdev_to_be_between": ("a deviation", 0.0, math.inf),
    "expect_column_proportion_of_unique_values_to_be_between": ("a share", 0.0, 1.0),
    "expect_column_proportion_of_non_null_values_to_be_between": ("a share", 0.0, 1.0),
}
WHOLE = "a whole number"
NEARLY = 1e-3
QUANTILES = ("quantiles", "value_ranges")


def senseless(expectation: Expectation) -> Said:
    """Yield what is wrong with an expectation's arguments, each with its place among them.

    Args:
        expectation: whose arguments have the types that they must have.
    """
    given = expectation.arguments
    yield from _bounds(expectation.name, given)
    yield from _reached(expectation.name, given)
    yield from _unlimited(expectation.name, given)
    if given.get("mostly") == 0:
        yield ("mostly",), "mostly has no effect: of 0 every row may fail; raise it, or remove the expectation"
    yield from _values(given)
    yield from _patterns(given)
    yield from _columns(expectation.name, given)
    ranges = given.get("quantile_ranges")
    if isinstance(ranges, dict):
        yield from _quantiles(ranges)
    shares = given.get("partition_object")
    if isinstance(shares, dict):
        yield from _shares(shares)


def _bounds(name: str, given: Mapping[str, Json]) -> Said:
    low, high = given.get("min_value"), given.get("max_value")
    strict = [side for side in ("min", "max") if given.get(f"strict_{side}") is True]
    for side in strict:
        if given.get(f"{side}_value") is None:
            told = f"strict_{side} has no effect: {side}_value is not given; give it, or remove this"
            yield (f"strict_{side}",), told
    if above(low, high):
        yield ("min_value",), f"min_value can't be kept: {low!r} is above max_value {high!r}; swap them"
    elif low is not None and low == high and strict:
        yield ("min_value",), f"min_value leaves no value: strictly between {low!r} and {high!r} lies none; widen them"
    form = expectation_table().offered.get(name)
    needs_one = form and {"min_value", "max_value"} <= form.arguments.keys() and "threshold" not in form.arguments
    if needs_one and low is None and high is None:
        yield ("column",), "min_value has no effect: neither it nor max_value is given; give one of them"
    for side, value in (("min_value", low), ("max_value", high)):
        if isinstance(value, float) and math.isinf(value):
            yield (side,), f"{side} is no limit: {value} is beyond every number; remove it, or write a smaller one"


def above(low: Json, high: Json) -> bool:
    """Whether one bound surely lies above another: both are numbers, or days and times as ISO 8601 writes them.

    Of two times of which only one names its zone nothing is sure.
    """
    if isinstance(low, str) and isinstance(high, str):
        first, second = _time(low), _time(high)
        return first is not None and second is not None and _zoned(first) is _zoned(second) and first > second
    return isinstance(low, int | float) and isinstance(high, int | float) and low > high


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _zoned(time: datetime) -> bool:
    return time.tzinfo is not None


def _reached(name: str, given: Mapping[str, Json]) -> Said:
    what, least, most = RANGES.get(name, ("", -math.inf, math.inf))
    for argument in ("min_value", "max_value", "value"):
        value = given.get(argument)
        if not what or value is None:
            continue
        if isinstance(value, str):
            plain = re.fullmatch("-?[0-9]+", value)
            yield (
                (argument,),
                f"{argument} is wrong: {value!r} must be {WHOLE}; {'take the quotes off' if plain else 'write one'}",
            )
        elif isinstance(value, int | float) and not least <= value <= most:
            span = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
            yield (
                (argument,),
                f"{argument} is out of reach or no limit: {value}, but {what} is {span}; write such a one",
            )
        elif "length" in what and isinstance(value, float) and not value.is_integer():
            yield (argument,), f"{argument} is out of reach: {value}, but {what} is {WHOLE}; write one"
    if name == "expect_column_value_z_scores_to_be_less_than" and isinstance(given.get("threshold"), int | float):
        threshold = given["threshold"]
        if isinstance(threshold, int | float) and threshold <= 0:
            yield ("threshold",), f"threshold is out of reach: {threshold}, but it must be above 0; write such as 3"


def _unlimited(name: str, given: Mapping[str, Json]) -> Said:
    """Yield bounds that everything keeps, and those that only an empty table does."""
    what, least, most = RANGES.get(name, ("", -math.inf, math.inf))
    low, high = given.get("min_value"), given.get("max_value")
    bounds = {side: value for side, value in (("min_value", low), ("max_value", high)) if value is not None}
    natural = {"min_value": least, "max_value": most}
    is_strict = any(given.get(f"strict_{side}") for side in ("min", "max"))
    if what and bounds and not is_strict and all(value == natural[side] for side, value in bounds.items()):
        side, value = next(iter(bounds.items()))
        yield (side,), f"{side} has no effect: {value!r}, and {what} is never beyond it; write a narrower one"
    for side in ("max_value", "value"):
        if name.startswith("expect_table_") and given.get(side) == 0 and given.get("row_condition") is None:
            yield (side,), f"{side} leaves no table: 0 is all there may be, and nothing is learned from that; raise it"


def _values(given: Mapping[str, Json]) -> Said:
    values = given.get("value_set")
    if values == []:
        yield ("value_set",), "value_set is empty: no value can be in it; name the values"
    elif isinstance(values, list) and (again := repeated(values)) is not None:
        yield ("value_set", again), f"value_set.{again} has no effect: {values[again]!r} stands there before; remove it"


def repeated(values: Sequence[Json]) -> int | None:
    """Return the place of the first value that stands before; true is not taken for 1."""
    before: set[str] = set()
    for place, value in enumerate(map(repr, values)):
        if value in before:
            return place
        before.add(value)
    return None


def _patterns(given: Mapping[str, Json]) -> Said:
    for argument in ("regex", "regex_list"):
        value = given.get(argument)
        if value in ("", []):
            yield (argument,), f"{argument} is empty: it says nothing of a value; write a regular expression"
            continue
        for place, pattern in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(pattern, str) and (wrong := _wrong_pattern(pattern)):
                at: KeyPath = (argument,) if place is None else (argument, place)
                yield at, f"{argument} is no regular expression: {pattern!r} has {wrong}; mend it"
    layout = given.get("strftime_format")
    if isinstance(layout, str) and (wrong := _wrong_layout(layout)):
        told = f"strftime_format is no format of a time: {layout!r} {wrong}; write such as '%Y-%m-%d'"
        yield ("strftime_format",), told


def _wrong_pattern(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return None


def _wrong_layout(layout: str) -> str | None:
    if "%" not in layout:
        return "has no directive such as %Y"
    try:
        strptime("", layout)  # no time is read: only whether the format can be
    except ValueError as error:
        return None if "does not match" in str(error) else f"can't be read ({error})"
    return None


def _columns(name: str, given: Mapping[str, Json]) -> Said:
    if given.get("column_A") is not None and given.get("column_A") == given.get("column_B"):
        yield ("column_B",), f"column_B names the same column as column_A: {given['column_B']!r}; name another"
    columns = given.get("column_list")
    if not isinstance(columns, list):
        return
    if (again := repeated(columns)) is not None:
        told = f"column_list.{again} repeats a column: {columns[again]!r} stands there before; remove it"
        yield ("column_list", again), told
    elif len(columns) < 2 and name.startswith(("expect_compound", "expect_multi", "expect_select")):
        yield ("column_list",), f"column_list is too short: {columns} must be two columns or more; name another"


def _quantiles(ranges: Mapping[str, Json]) -> Said:
    for key in ranges.keys() - set(QUANTILES):
        yield ("quantile_ranges", key), f"quantile_ranges has no such part: {key!r}; {did_you_mean(key, QUANTILES)}"
    if ranges.keys() - set(QUANTILES):
        return
    quantiles, spans = (ranges.get(part) for part in QUANTILES)
    if not isinstance(quantiles, list) or not isinstance(spans, list) or len(quantiles) != len(spans) or not spans:
        sizes = [len(part) if isinstance(part, list) else part for part in (quantiles, spans)]
        told = f"{sizes[0]} quantiles and {sizes[1]} ranges must be lists of one length"
        yield ("quantile_ranges",), f"quantile_ranges does not fit itself: {told}; write a range for each quantile"
        return
    for place, quantile in enumerate(quantiles):
        if not isinstance(quantile, int | float) or not 0 <= quantile <= 1:
            told = f"{quantile!r} must be a share from 0 to 1; write such as 0.5"
            yield ("quantile_ranges", "quantiles", place), f"quantile_ranges.quantiles.{place} is no quantile: {told}"
            break
    for place, span in enumerate(spans):
        if not isinstance(span, list) or len(span) != 2 or above(span[0], span[1]) or span == [None, None]:
            told = f"{span!r} must be the least and the greatest value, in this order; write such as [0, 10]"
            at = ("quantile_ranges", "value_ranges", place)
            yield at, f"quantile_ranges.value_ranges.{place} is no range: {told}"
            break


def _shares(partition: Mapping[str, Json]) -> Said:
    weights, parts, edges = (partition.get(part) for part in ("weights", "values", "bins"))
    sound = isinstance(weights, list) and all(isinstance(weight, int | float) and weight >= 0 for weight in weights)
    if not sound or not isinstance(weights, list) or abs(sum(float(str(weight)) for weight in weights) - 1) > NEARLY:
        told = f"{weights!r} must be shares that add up to 1; write such as weights: [0.4, 0.6]"
        yield ("partition_object",), f"partition_object is no division: {told}"
        return
    listed, wanted = (parts, len(weights)) if isinstance(parts, list) else (edges, len(weights) + 1)
    if not isinstance(listed, list) or len(listed) != wanted:
        told = f"{len(weights)} weights need as many values, or one more of bins; name them"
        yield ("partition_object",), f"partition_object is no division: {told}"
