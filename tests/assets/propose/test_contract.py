import numpy as np
import pyarrow as pa
import pytest

from assets.propose.contract import bounds_of, fail_at_most, mostly, rules, spread, widened
from assets.propose.proposal import Proposal
from data_checks.expectations import Expectation
from tests.assets.propose.tables import ROWS, orders, proposed


@pytest.mark.parametrize(
    ("low", "high", "middle"), [(0, 737, 444), (-6.38, 5400, 252), (1e-6, 2e-6, 1e-6), (3, 3.5, 0), (-5, -5, 0)]
)
def test_a_range_never_ends_where_the_data_end(low: float, high: float, middle: float) -> None:
    least, most = widened(low, high, middle=middle)
    assert least < low or least == low == 0
    assert most > high
    assert most - high >= middle / 2 * 0.999


def test_nothing_goes_below_zero_that_never_did() -> None:
    assert widened(1, 52, middle=50)[0] == 0
    assert widened(-1, 52, middle=50)[0] < -20


def test_whole_numbers_have_whole_bounds() -> None:
    assert bounds_of(0, 3, middle=3, whole=True) == {"min_value": 0, "max_value": 5}
    assert bounds_of(0, 3, middle=3, whole=False) == {"min_value": 0, "max_value": 5}
    assert bounds_of(0.25, 0.5, middle=0.2, whole=False) == {"min_value": 0.1, "max_value": 0.6}


@pytest.mark.parametrize(("nulls", "least"), [(0, 0.99), (1, 0.98), (100, 0.79), (300, 0.39), (490, 0.01), (495, None)])
def test_twice_as_many_may_be_missing(nulls: int, least: float | None) -> None:
    assert mostly(nulls, 1000) == least


def found_rules(found: Proposal) -> dict[tuple[str, str], dict[str, object]]:
    listed = rules(
        found.look, found.types, target=found.choice.column, classes=found.choice.labels.classes, periods=found.periods
    )
    for rule in listed:
        Expectation.model_validate({rule.name: dict(rule.arguments)})
    return {(rule.name, str(rule.arguments.get("column"))): dict(rule.arguments) for rule in listed}


def test_rules_follow_the_types() -> None:
    table = orders(
        gap=[None if n % 10 == 0 else n % 7 / 2 for n in range(ROWS)], year_built=[2000] * 650 + [1990] * 650
    )
    found = found_rules(proposed(table, "was_returned"))
    between, in_set = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
    assert found[in_set, "was_returned"] == {"column": "was_returned", "value_set": [0, 1]}
    assert found[in_set, "shop"] == {
        "column": "shop", "value_set": ["NO", "north", "south"], "mostly": 0.98, "severity": "warning",
    }  # fmt: skip
    assert found[between, "price"]["max_value"] > max(table["price"].to_pylist())  # type: ignore[operator]
    filled = found["expect_column_values_to_not_be_null", "gap"]
    assert filled == {"column": "gap", "mostly": 0.79, "severity": "warning"}
    assert not [key for key in found if key[1] in {"order_id", "year_built", "day"}]
    assert found["expect_table_row_count_to_be_between", "None"]["severity"] == "warning"


def test_columns_held_by_other_rules_are_left_apart() -> None:
    found = proposed(orders(), "was_returned")
    listed = rules(found.look, found.types, target="was_returned", classes=(0, 1), periods=None, apart=["price"])
    assert "price" not in [rule.arguments.get("column") for rule in listed]


def test_an_extreme_value_is_told_and_does_not_make_the_range() -> None:
    found = proposed(orders(price=[*np.linspace(1, 100, ROWS - 1), 50_000.0]), "was_returned")
    assert spread(found.look, "price") < 100
    (rule,) = (
        rule
        for rule in rules(found.look, found.types, target="was_returned", classes=(0, 1), periods=None)
        if rule.arguments.get("column") == "price"
    )
    assert rule.note.startswith("98 % lie between ")
    assert rule.note.endswith("and the farthest is 50000: narrow the range if that is a mistake")


def test_infinite_values_leave_room_for_the_rows_that_they_put_aside() -> None:
    assert fail_at_most(proposed(orders()).look) == 0.02
    infinite = pa.array([float("inf") if n % 20 == 0 else 1.0 for n in range(ROWS)])
    assert fail_at_most(proposed(orders(weight=infinite), "was_returned").look) == 0.1
