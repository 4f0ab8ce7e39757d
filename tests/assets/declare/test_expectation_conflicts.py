from time import perf_counter

import pytest

from assets.declare.expectation_conflicts import above, senseless
from data_checks.expectation_form import Expectation
from data_checks.verdict import Json

IN = "expect_column_values_to_be_in_set"


def in_set(values: list[Json]) -> Expectation:
    return Expectation.model_validate({IN: {"column": "y", "value_set": values}})


@pytest.mark.parametrize(
    ("low", "high", "is_above"),
    [
        ("2024-02-01", "2024-01-01", True),
        ("2024-01-01T02:00", "2024-01-01T01:00", True),
        ("2024-01-01T01:00+00:00", "2024-01-01T01:30+02:00", True),
        ("2024-01-01T01:00+02:00", "2024-01-01T00:30+00:00", False),
        ("2024-06-30T00:00", "2024-01-01T00:00+00:00", False),
        ("2024-06-30T00:00Z", "2024-01-01", False),
        ("b", "a", False),
        (2, 1, True),
    ],
)
def test_a_bound_is_above_another_whatever_the_time_of_the_machine(low: Json, high: Json, is_above: bool) -> None:
    assert above(low, high) is is_above


def test_many_values_are_looked_through_once() -> None:
    begun = perf_counter()
    ((place, _),) = senseless(in_set([*range(40_000), 0]))
    assert place == ("value_set", 40_000)
    assert perf_counter() - begun < 2


def test_values_that_only_count_as_equal_are_no_repeats() -> None:
    assert not list(senseless(in_set([1, True, 1.0, "1", [1], {"a": 1}])))
