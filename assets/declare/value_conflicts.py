"""Expectations that a column's kind of values can't be judged by, and arguments that none of them compares with."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from assets.declare.columns import Kind
from assets.declare.yaml_text import KeyPath, dotted
from data_checks.verdict import Json

if TYPE_CHECKING:
    from assets.declaration import Declaration
    from data_checks.expectation_form import Expectation

KindOf = Callable[[str], Kind | None]
BOUNDED = frozenset({
    "expect_column_values_to_be_between", "expect_column_min_to_be_between", "expect_column_max_to_be_between",
})  # fmt: skip
SETS = frozenset({
    "expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set",
    "expect_column_distinct_values_to_be_in_set", "expect_column_distinct_values_to_contain_set",
    "expect_column_distinct_values_to_equal_set", "expect_column_most_common_value_to_be_in_set",
})  # fmt: skip
# of texts these read the least and the greatest as times
EXTREMES = BOUNDED - {"expect_column_values_to_be_between"}
FIGURES = frozenset(f"expect_column_{figure}_to_be_between" for figure in ("mean", "median", "stdev", "sum"))
NUMERIC: frozenset[Kind] = frozenset({"number", "integer", "boolean"})
ORDERED: frozenset[Kind] = NUMERIC | {"time"}
# what the library can judge, as it was seen to; of other kinds it tells an error once rows are read
JUDGED: Mapping[str, frozenset[Kind]] = {
    **dict.fromkeys(
        (f"expect_column_{figure}_to_be_between" for figure in ("mean", "median", "stdev", "sum", "quantile_values")),
        NUMERIC,
    ),
    "expect_column_values_to_not_be_outliers": frozenset({"number", "integer"}),
    "expect_multicolumn_sum_to_equal": NUMERIC,
    **dict.fromkeys(("expect_column_values_to_be_increasing", "expect_column_values_to_be_decreasing"), ORDERED),
    "expect_column_value_z_scores_to_be_less_than": ORDERED,
    "expect_column_values_to_be_between": ORDERED,
    "expect_column_values_to_match_strftime_format": frozenset({"text"}),
    "expect_column_values_to_be_dateutil_parseable": frozenset({"text"}),
}
# days whose day and month may be taken for each other, and what looks like a day and is none
UNCLEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|[^0-9]*")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
WORDS: Mapping[Kind, str] = {
    "number": "numbers", "integer": "whole numbers", "boolean": "true and false", "text": "text", "time": "times",
}  # fmt: skip


def incomparable(declaration: "Declaration", kind_of: KindOf) -> Iterator[tuple[KeyPath, str]]:
    """Yield each bound or value of a set that is of another kind than the column, as the contract or source tells.

    Args:
        declaration: its expectations are read.
        kind_of: what a column holds; None where that is not known.
    """
    for place, expectation in enumerate(declaration.contract.expectations):
        above: KeyPath = ("contract", "expectations", place, expectation.name)
        kinds = {name: kind for name in expectation.columns if (kind := kind_of(name))}
        column = expectation.arguments.get("column")
        told = list(_unjudged(expectation, kinds))
        if not told and isinstance(column, str) and column in kinds:
            told = list(_unlike(expectation, column, kinds[column]))
        yield from (((*above, *argument), f"{dotted((*above, *argument))} {message}") for argument, message in told)


def _unjudged(expectation: "Expectation", kinds: Mapping[str, Kind]) -> Iterator[tuple[KeyPath, str]]:
    fitting = JUDGED.get(expectation.name)
    for name, kind in kinds.items():
        if fitting and kind not in fitting:
            wanted = " or ".join(WORDS[each] for each in ("number", "time", "text") if each in fitting)
            yield (
                _place_of(expectation, name),
                (
                    f"can't be judged: '{name}' holds {WORDS[kind]}, and this is said of {wanted}; take another "
                    "expectation, or give the column another type in contract.columns"
                ),
            )
    if "_pair_values_" in expectation.name and len(kinds) == 2:
        (one, of_one), (other, of_other) = kinds.items()
        if of_one != of_other and not {of_one, of_other} <= NUMERIC and "in_set" not in expectation.name:
            told = f"'{one}' holds {WORDS[of_one]}, and '{other}' {WORDS[of_other]}"
            yield ("column_B",), f"is of another kind: {told}, which can't be compared; name another column"


def _place_of(expectation: "Expectation", column: str) -> KeyPath:
    for argument, value in expectation.arguments.items():
        if isinstance(value, list) and column in value:
            return (argument, value.index(column))
    return ("column",)


def _unlike(expectation: "Expectation", column: str, kind: Kind) -> Iterator[tuple[KeyPath, str]]:
    """Yield the first bound or value of a set that does not do: the others are most likely wrong in the same way."""
    yield from list(_each_unlike(expectation, column, kind))[:1]


def _each_unlike(expectation: "Expectation", column: str, kind: Kind) -> Iterator[tuple[KeyPath, str]]:
    for argument, value in _compared(expectation):
        if kind == "integer" and argument[0] == "value_set" and isinstance(value, float) and not value.is_integer():
            told = (
                f"{value!r} is none of the whole numbers that '{column}' holds; take it out, or write the type number"
            )
            yield argument, f"can't occur: {told}"
        elif not _fits(kind, value):
            told = f"{value!r} can't be compared with '{column}', which holds {WORDS[kind]}; {_remedy(kind, value)}"
            yield argument, f"is of another kind: {told}"
        elif isinstance(value, str) and (kind == "time" or expectation.name in EXTREMES) and _is_no_time(value):
            yield argument, f"is no time: {value!r} must read like '2024-07-01' or '2024-07-01T12:00'; write it so"


def _is_no_time(text: str) -> bool:
    if UNCLEAR.fullmatch(text):
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ISO.match(text) is not None
    return False


def _compared(expectation: "Expectation") -> Iterator[tuple[KeyPath, Json]]:
    given = expectation.arguments
    if expectation.name in BOUNDED | FIGURES:
        yield from (((name,), given[name]) for name in ("min_value", "max_value") if given.get(name) is not None)
    values = given.get("value_set") if expectation.name in SETS else None
    if isinstance(values, list):
        yield from ((("value_set", at), value) for at, value in enumerate(values) if value is not None)


def _fits(kind: Kind, value: Json) -> bool:
    if kind in {"number", "integer"}:
        return not isinstance(value, str)
    # true and false compare with 1 and 0, and a time with its text
    return isinstance(value, str) if kind in {"text", "time"} else not isinstance(value, str)


def _remedy(kind: Kind, value: Json) -> str:
    if isinstance(value, str):
        return "take the quotes off, or mend the value"
    return "put it in quotes" if kind == "text" else "write such as '2024-07-01'"
