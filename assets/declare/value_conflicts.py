"""Arguments of expectations that no value of their column can be compared with."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from assets.declare.columns import Kind
from assets.declare.yaml_text import KeyPath
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
        column = expectation.arguments.get("column")
        kind = kind_of(column) if isinstance(column, str) else None
        if kind is None:
            continue
        for argument, value in _compared(expectation):
            if not _fits(kind, value):
                where = f"contract.expectations.{place}.{expectation.name}.{'.'.join(map(str, argument))}"
                yield (
                    ("contract", "expectations", place, expectation.name, *argument),
                    (
                        f"{where} is of another kind: {value!r} can't be compared with '{column}', which holds "
                        f"{WORDS[kind]}; {_remedy(kind, value)}"
                    ),
                )


def _compared(expectation: "Expectation") -> Iterator[tuple[KeyPath, Json]]:
    given = expectation.arguments
    if expectation.name in BOUNDED:
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
