from pathlib import Path

import pytest

from assets.declare.columns import Kind
from assets.declare.value_conflicts import incomparable
from data_checks.verdict import Json
from tests.small_pipeline import attributes, declare

KINDS: dict[str, Kind] = {"n": "number", "i": "integer", "b": "boolean", "s": "text", "t": "time"}


def told(name: str, **arguments: Json) -> list[str]:
    sections = {**attributes(Path("rows.parquet")), "contract": {"expectations": [{name: arguments}]}}
    return [message for _, message in incomparable(declare(sections), KINDS.get)]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("n", "0", "'0' can't be compared with 'n', which holds numbers; take the quotes off, or mend the value"),
        ("i", "x", "'x' can't be compared with 'i', which holds whole numbers; take the quotes off, or mend the value"),
        ("b", "yes", "'yes' can't be compared with 'b', which holds true and false; take the quotes off, or mend the"),
        ("s", 3, "3 can't be compared with 's', which holds text; put it in quotes"),
        ("t", 2024, "2024 can't be compared with 't', which holds times; write such as '2024-07-01'"),
    ],
)
def test_refuses_what_no_value_can_be_compared_with(column: str, value: Json, message: str) -> None:
    (fault,) = told("expect_column_values_to_be_in_set", column=column, value_set=[None, value])
    assert fault.startswith(
        f"contract.expectations.0.expect_column_values_to_be_in_set.value_set.1 is of another kind: {message}"
    )


def test_a_fraction_is_no_value_of_whole_numbers() -> None:
    (fault,) = told("expect_column_values_to_be_in_set", column="i", value_set=[1, 1.5, 2.5])
    assert fault.endswith(
        "set.1 can't occur: 1.5 is none of the whole numbers that 'i' holds; take it out, or write the type number"
    )


def test_bounds_are_compared_too() -> None:
    (fault,) = told("expect_column_values_to_be_between", column="n", min_value="0", max_value=3)
    assert fault.startswith("contract.expectations.0.expect_column_values_to_be_between.min_value is of another kind: ")


@pytest.mark.parametrize(
    ("column", "value"), [("n", True), ("n", 1.5), ("i", 1.0), ("b", 1), ("s", "1"), ("t", "2024"), ("x", "1")]
)
def test_what_can_be_compared_or_is_not_known_passes(column: str, value: Json) -> None:
    assert told("expect_column_values_to_be_in_set", column=column, value_set=[value]) == []


def test_the_extremes_of_text_are_times_and_its_values_have_no_bounds() -> None:
    assert told("expect_column_min_to_be_between", column="s", min_value="2015-01-01") == []
    (fault,) = told("expect_column_max_to_be_between", column="s", max_value="zebra")
    assert "max_value is no time: 'zebra' must read like '2024-07-01'" in fault
    (fault,) = told("expect_column_values_to_be_between", column="s", min_value="2015-01-01")
    assert "column can't be judged: 's' holds text, and this is said of numbers or times; take another" in fault


@pytest.mark.parametrize(
    ("name", "kinds", "refused"),
    [
        ("expect_column_mean_to_be_between", "nib", "st"),
        ("expect_column_values_to_be_increasing", "nibt", "s"),
        ("expect_column_values_to_match_strftime_format", "s", "nibt"),
    ],
)
def test_only_kinds_that_the_library_judges_pass(name: str, kinds: str, refused: str) -> None:
    given: dict[str, Json] = {"strftime_format": "%Y"} if "strftime" in name else {}
    given = {"min_value": 0} if "mean" in name else given
    assert [told(name, column=column, **given) for column in kinds] == [[] for _ in kinds]
    assert all("can't be judged: " in each for column in refused for each in told(name, column=column, **given))
    assert all(told(name, column=column, **given) for column in refused)


def test_the_length_of_a_text_is_a_number() -> None:
    assert told("expect_column_value_lengths_to_be_between", column="s", min_value=1) == []
