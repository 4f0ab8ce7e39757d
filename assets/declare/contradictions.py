"""Expectations that no value can keep together, or that repeat or contradict what else the contract says."""

import json
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from assets.declare.expectation_conflicts import above, senseless
from assets.declare.yaml_text import KeyPath
from data_checks.expectation_form import Expectation

if TYPE_CHECKING:
    from assets.declaration import Declaration

Conflicts = Iterator[tuple[KeyPath, str]]
BETWEEN = "expect_column_values_to_be_between"
IN, NOT_IN = "expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set"
NULL, NOT_NULL = "expect_column_values_to_be_null", "expect_column_values_to_not_be_null"


def _alone(declaration: "Declaration") -> Conflicts:
    seen: set[str] = set()
    for place, expectation in enumerate(declaration.contract.expectations):
        where = f"contract.expectations.{place}"
        said = json.dumps([expectation.name, expectation.arguments, expectation.severity], sort_keys=True)
        if said in seen:
            yield ("contract", "expectations", place), f"{where} has no effect: it repeats an earlier one; remove one"
        seen.add(said)
        for argument, message in senseless(expectation):
            path: KeyPath = ("contract", "expectations", place, expectation.name, *argument)
            yield path, f"{where}.{expectation.name}.{message}"


def _together(declaration: "Declaration") -> Conflicts:
    """Yield each expectation that leaves no value to one before it; both are on all values of a column."""
    strict = [(at, one) for at, one in enumerate(declaration.contract.expectations) if is_strict(one)]
    for (first, one), (second, other) in combinations(strict, 2):
        column = one.columns[0]
        is_told = {one.name, other.name} == {NULL, NOT_NULL} and _is_never_null(declaration, column)
        if one.columns == other.columns and not is_told and (told := _clash(one, other)):
            yield (
                ("contract", "expectations", second, other.name),
                (
                    f"contract.expectations.{second}.{other.name} contradicts contract.expectations.{first}: {told}, "
                    f"and no value of '{column}' keeps both; mend one of them"
                ),
            )


def is_strict(one: Expectation) -> bool:
    """Whether no row goes on that has a value of the one column which fails it."""
    lenient = one.arguments.get("mostly", 1) != 1 or one.arguments.get("row_condition") is not None
    return one.severity == "critical" and not lenient and len(one.columns) == 1


def _clash(one: Expectation, other: Expectation) -> str | None:
    match {one.name, other.name}:
        case names if names == {NULL, NOT_NULL}:
            return "one asks for missing values only, and one for none"
        case names if names == {BETWEEN}:
            for low, high in ((one, other), (other, one)):
                least, most = low.arguments.get("min_value"), high.arguments.get("max_value")
                if above(least, most):
                    return f"min_value {least!r} is above max_value {most!r}"
        case names if names == {IN}:
            if _are_alike(_members(one) | _members(other)) and not _members(one) & _members(other):
                return "the two sets have no value in common"
        case names if names == {IN, NOT_IN}:
            allowed, barred = (one, other) if one.name == IN else (other, one)
            if _members(allowed) and _members(allowed) <= _members(barred):
                return "one allows only values that the other bars"
    return None


def _members(one: Expectation) -> set[str | float]:
    """What a set holds beside missing values, of which it says nothing; true is taken for 1."""
    values = one.arguments.get("value_set")
    return {value for value in values if isinstance(value, str | int | float)} if isinstance(values, list) else set()


def _are_alike(values: set[str | float]) -> bool:
    """Whether all values are texts, or none is: others are told to be of another kind than the column."""
    return len({isinstance(value, str) for value in values}) == 1


def _with_columns(declaration: "Declaration") -> Conflicts:
    """Yield each expectation of missing values only, of a column that the contract allows none of."""
    for place, one in enumerate(declaration.contract.expectations):
        if one.name == NULL and is_strict(one) and _is_never_null(declaration, one.columns[0]):
            yield (
                ("contract", "expectations", place, one.name, "column"),
                (
                    f"contract.expectations.{place}.{one.name} contradicts contract.columns.{one.columns[0]}: its "
                    "values may not be missing there, and must be here; mend nullable, or the expectation"
                ),
            )


def _is_never_null(declaration: "Declaration", name: str) -> bool:
    column = declaration.contract.columns.get(name)
    return column is not None and not column.nullable


RULES: tuple[tuple[Callable[["Declaration"], Conflicts], str], ...] = (
    (_alone, "contract.expectations"),
    (_together, "contract.expectations"),
    (_with_columns, "contract.columns contract.expectations"),
)
