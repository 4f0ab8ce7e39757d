"""Whole numbers that no float holds, and times that Python does not know: judged, or told as not judged."""

import pyarrow as pa
import pytest

from data_checks.expectation_library import found_by_library
from data_checks.expectations import Examination, Expectation, Repeats

BETWEEN = "expect_column_values_to_be_between"
EXACT = 2**53
YEAR_10000 = 253402300800 * 10**6
ROWS = pa.table(
    {
        "id": pa.array([2**60, EXACT + 1, 5], pa.int64()),
        "gaps": pa.array([EXACT + 1, None, EXACT + 2], pa.int64()),
        "close": pa.array([EXACT, EXACT + 7, EXACT + 2], pa.int64()),
        "great": [1e300, -1e300, 3.0],
        "half": [0.5, 2.0**60, 5.0],
        "at": pa.array([YEAR_10000, 5, None], pa.timestamp("us")),
        "far": pa.array([10**17, 5, None], pa.timestamp("ms")),
    }
)


def examined(name, **arguments):
    asked = [Expectation.model_validate({name: arguments})]
    repeats = Repeats(asked, ROWS.schema)
    while repeats.needed:
        repeats.look(ROWS)
        repeats.finish()
    examination = Examination(asked, ROWS.schema, repeats=repeats)
    examination.look(ROWS.slice(0, 2))
    examination.look(ROWS.slice(2))
    (result,) = examination.results()
    return result, found_by_library(ROWS, asked)[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (BETWEEN, {"column": "id", "min_value": 0.5}),
        (BETWEEN, {"column": "id", "max_value": 1e18}),
        (BETWEEN, {"column": "half", "max_value": EXACT + 1}),
        ("expect_column_values_to_be_in_set", {"column": "half", "value_set": [EXACT + 1, 2**60]}),
        ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "id", "column_B": "half"}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "id", "column_B": "half"}),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["id", "half"], "sum_total": 10}),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["id", "half"], "sum_total": 2**70}),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["id", "gaps"], "sum_total": 0.5}),
        ("expect_column_distinct_values_to_contain_set", {"column": "gaps", "value_set": [EXACT + 1]}),
        ("expect_column_max_to_be_between", {"column": "gaps", "max_value": EXACT + 1}),
        ("expect_column_sum_to_be_between", {"column": "gaps", "max_value": EXACT}),
        ("expect_column_stdev_to_be_between", {"column": "close", "max_value": 1}),
        ("expect_column_stdev_to_be_between", {"column": "gaps", "max_value": 1}),
        ("expect_column_stdev_to_be_between", {"column": "great", "max_value": 1}),
        *[
            (
                "expect_column_quantile_values_to_be_between",
                {
                    "column": "close",
                    "quantile_ranges": {"quantiles": [0, 0.6, 1], "value_ranges": [[None, EXACT + 6]] * 3},
                    "allow_relative_error": method,
                },
            )
            for method in ("lower", "higher", "nearest")
        ],
        ("expect_column_values_to_be_unique", {"column": "far"}),
        ("expect_column_unique_value_count_to_be_between", {"column": "far", "max_value": 1}),
        ("expect_column_values_to_be_increasing", {"column": "far"}),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered")  # numpy on squares, within the library
def test_judges_as_the_library_does(name, arguments):
    ours, theirs = examined(name, **arguments)
    assert not ours.error
    assert not theirs.raised
    assert ours.success == theirs.raw["success"]
    assert ours.failing_rows.tolist() == theirs.failing.tolist()
    assert ours.observed == theirs.raw["result"].get("observed_value")


def test_examples_of_a_column_with_gaps_keep_every_digit():
    ours, theirs = examined("expect_column_values_to_be_in_set", column="gaps", value_set=[])
    assert ours.raw["result"] == theirs.raw["result"]
    assert ours.raw["result"]["partial_unexpected_list"] == [EXACT + 1, EXACT + 2]


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("expect_column_max_to_be_between", "at", "date value out of range"),
        ("expect_column_max_to_be_between", "far", "would result in out of bounds timestamp"),
        (BETWEEN, "far", "would result in out of bounds timestamp"),
    ],
)
def test_a_time_that_can_not_be_compared_is_an_expectation_not_judged(name, column, words):
    ours, theirs = examined(name, column=column, max_value="2020-01-01")
    assert words in ours.error
    assert theirs.raised
    assert not ours.success


def test_a_time_beyond_year_9999_is_judged_and_shown():
    ours, _ = examined(BETWEEN, column="at", max_value="2020-01-01")
    assert (ours.error, ours.failing_rows.tolist(), ours.examples) == ("", [0], ("10000-01-01 00:00:00",))
