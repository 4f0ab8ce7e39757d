import json
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from data_checks.expectation_table import expectation_table
from data_checks.expectations import Expectation, ExpectationError, expect

ROWS = pa.table(
    {
        "_row": [0, 1, 2, 3],
        "adults": [1, None, 3, 4],
        "children": [0, 5, None, 4],
        "hotel": ["City", None, "Resort", "secret"],
        "booked": [True, None, False, True],
        "adr": [1.0, None, float("inf"), 2.0],
        "day": pa.array([date(2020, 1, 1), None, date(2021, 1, 1), date(2022, 1, 1)]),
        "at": pa.array(
            [
                datetime(2020, 1, 1, tzinfo=UTC),
                None,
                datetime(2021, 1, 1, tzinfo=UTC),
                datetime(2022, 1, 1, tzinfo=UTC),
            ],
            pa.timestamp("us", "UTC"),
        ),
    }
)
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"


def expectation(name, **arguments):
    return Expectation.model_validate({name: arguments})


def one(name, rows=ROWS, sensitive=frozenset(), **arguments):
    return expect(rows, [expectation(name, **arguments)], sensitive=sensitive)[0]


@pytest.mark.parametrize(
    ("name", "arguments", "failing"),
    [
        ("expect_column_values_to_be_between", {"column": "adults", "min_value": 2}, [0]),
        ("expect_column_values_to_be_between", {"column": "day", "min_value": "2020-06-01"}, [0]),
        ("expect_column_values_to_be_between", {"column": "at", "max_value": "2021-06-01"}, [3]),
        ("expect_column_values_to_be_between", {"column": "adr", "max_value": 10}, [2]),
        ("expect_column_values_to_be_in_set", {"column": "hotel", "value_set": ["City", "Resort"]}, [3]),
        ("expect_column_values_to_be_in_set", {"column": "day", "value_set": ["2020-01-01", "2021-01-01"]}, [3]),
        ("expect_column_values_to_be_in_set", {"column": "booked", "value_set": [True]}, [2]),
        ("expect_column_values_to_not_be_null", {"column": "hotel"}, [1]),
        ("expect_column_values_to_be_null", {"column": "adr"}, [0, 2, 3]),
        ("expect_column_values_to_match_regex", {"column": "hotel", "regex": "^[A-Z]"}, [3]),
        ("expect_column_value_lengths_to_be_between", {"column": "hotel", "max_value": 4}, [2, 3]),
        ("expect_column_values_to_be_unique", {"column": "booked"}, [0, 3]),
        (PAIR, {"column_A": "adults", "column_B": "children"}, [3]),
        (PAIR, {"column_A": "adults", "column_B": "children", "ignore_row_if": "neither"}, [1, 2, 3]),
        ("expect_column_pair_values_to_be_equal", {"column_A": "adults", "column_B": "children"}, [0]),
        (
            "expect_column_pair_values_to_be_in_set",
            {"column_A": "adults", "column_B": "children", "value_pairs_set": [[1, 0]]},
            [3],
        ),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["adults", "children"], "sum_total": 8}, [0]),
        ("expect_compound_columns_to_be_unique", {"column_list": ["booked", "hotel"]}, []),
        (
            "expect_column_values_to_be_between",
            {"column": "adr", "max_value": 1.5, "row_condition": "adults > 3"},
            [3],
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "adr", "max_value": 1, "row_condition": "`hotel` == 'secret'"},
            [3],
        ),
    ],
)
def test_knows_which_rows_fail(name, arguments, failing):
    result = one(name, **arguments)
    assert not result.error
    assert result.row_level
    assert result.failing_rows.tolist() == failing
    assert result.failing_rows.dtype == np.int64
    assert result.unexpected_count == len(failing)
    assert result.success is not bool(failing)
    json.dumps(dict(result.raw), allow_nan=False)


@pytest.mark.parametrize(
    ("name", "arguments", "success", "observed"),
    [
        ("expect_column_mean_to_be_between", {"column": "children", "min_value": 3, "max_value": 3}, True, 3.0),
        ("expect_column_max_to_be_between", {"column": "adults", "max_value": 3}, False, 4.0),
        ("expect_column_max_to_be_between", {"column": "day", "max_value": "2022-01-01"}, True, "2022-01-01T00:00:00"),
        ("expect_column_mean_to_be_between", {"column": "adr", "max_value": 3}, False, "inf"),
        ("expect_table_row_count_to_equal", {"value": 4}, True, 4),
        ("expect_column_unique_value_count_to_be_between", {"column": "hotel", "max_value": 2}, False, 3),
        ("expect_table_columns_to_match_set", {"column_set": ["adults"], "exact_match": False}, True, None),
    ],
)
def test_judges_whole_columns_and_tables(name, arguments, success, observed):
    result = one(name, **arguments)
    assert not result.error
    assert not result.row_level
    assert result.success is success
    assert not len(result.failing_rows)
    if observed is not None:
        assert result.observed == observed


SAMPLES = {
    "column": "hotel", "column_A": "adults", "column_B": "children", "column_list": ["adults", "children"],
    "value_set": ["City"], "value_pairs_set": [[1, 0]], "regex": "a", "regex_list": ["a"],
    "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 9]]},
    "threshold": 3, "double_sided": True, "sum_total": 8, "json_schema": {"type": "object"},
    "strftime_format": "%Y", "value": 4, "min_value": 1, "partition_object": {"values": ["City"], "weights": [1.0]},
    "column_set": ["adults"], "method": "iqr", "multiplier": 1.5,
}  # fmt: skip
NUMBERS = (
    "mean",
    "median",
    "stdev",
    "sum",
    "z_scores",
    "outliers",
    "quantile",
    "increasing",
    "decreasing",
    "max",
    "min_to",
)


@pytest.mark.parametrize("name", sorted(expectation_table().offered))
def test_every_offered_expectation_can_be_judged_here(name):
    form = expectation_table().offered[name]
    arguments = {key: SAMPLES[key] for key in form.arguments if key in SAMPLES}
    numeric = name == "expect_column_values_to_be_between" or any(word in name for word in NUMBERS)
    if numeric and "column" in arguments:
        arguments["column"] = "adults"
    if "json" in name:
        arguments["column"] = "note"
    rows = ROWS.append_column("note", pa.array(["{}", None, "[]", "1"]))
    assert one(name, rows, **arguments).error == ""


def test_does_not_see_our_own_columns():
    result = one("expect_table_column_count_to_equal", value=ROWS.num_columns - 1)
    assert result.success


def test_mostly_lets_the_library_pass_and_still_names_the_rows():
    result = one("expect_column_values_to_be_between", column="adults", min_value=2, mostly=0.6)
    assert result.success
    assert result.failing_rows.tolist() == [0]


def test_gives_examples_as_they_stand_in_the_rows():
    assert one("expect_column_values_to_be_between", column="adults", min_value=2).examples == (1,)
    pair = one(PAIR, column_A="adults", column_B="children")
    assert pair.examples == ({"adults": 4, "children": 4},)


def test_gives_at_most_five_different_examples():
    rows = pa.table({"adults": [*range(10), 0, 0]})
    examples = one("expect_column_values_to_be_between", rows, column="adults", min_value=100).examples
    assert examples == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("expect_column_values_to_be_in_set", {"column": "hotel", "value_set": ["City"]}),
        ("expect_column_values_to_be_between", {"column": "hotel", "min_value": 3}),
        ("expect_column_distinct_values_to_be_in_set", {"column": "hotel", "value_set": ["City"]}),
        ("expect_column_most_common_value_to_be_in_set", {"column": "hotel", "value_set": ["City"]}),
        ("expect_column_max_to_be_between", {"column": "hotel", "max_value": 3}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "hotel", "column_B": "booked"}),
        ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["adults", "hotel"]}),
    ],
)
def test_shows_no_value_of_a_sensitive_column(name, arguments):
    result = one(name, sensitive=frozenset({"hotel"}), **arguments)
    shown = json.dumps([dict(result.raw), result.observed, result.examples, result.error])
    assert "secret" not in shown
    assert "Resort" not in shown


def test_counts_of_a_sensitive_column_are_still_shown():
    hidden = frozenset({"hotel"})
    assert one("expect_column_unique_value_count_to_be_between", column="hotel", sensitive=hidden).observed == 3
    result = one("expect_column_values_to_be_in_set", column="hotel", value_set=["City"], sensitive=hidden)
    assert result.unexpected_count == 2
    assert result.failing_rows.tolist() == [2, 3]


def test_an_error_on_a_sensitive_column_is_not_told():
    result = one("expect_column_values_to_be_between", column="hotel", min_value=3, sensitive=frozenset({"hotel"}))
    assert result.error == "the library raised an error, not shown because the column is sensitive"


def test_a_column_that_is_not_there_is_a_failed_result():
    result = one("expect_column_values_to_be_in_set", column="hotels", value_set=["City"])
    assert not result.success
    assert not result.quarantines
    assert result.error == 'Error: The column "hotels" in BatchData does not exist'


def test_raw_results_name_no_folder_of_this_machine():
    assert "site-packages" not in json.dumps(dict(one("expect_column_values_to_be_null", column="hotels").raw))


def test_identical_expectations_are_reported_as_often_as_declared():
    twice = [expectation("expect_column_values_to_not_be_null", column="hotel")] * 2
    first, second = expect(ROWS, twice)
    assert first.check_name == "expect_column_values_to_not_be_null__hotel"
    assert second.check_name == "expect_column_values_to_not_be_null__hotel_2"
    assert first.failing_rows.tolist() == second.failing_rows.tolist() == [1]


def test_results_keep_the_order_of_the_declaration():
    names = ["expect_table_row_count_to_equal", "expect_table_column_count_to_equal", "expect_table_row_count_to_equal"]
    results = expect(ROWS, [expectation(name, value=n) for n, name in enumerate(names)])
    assert [result.name for result in results] == names
    assert [result.arguments["value"] for result in results] == [0, 1, 2]


def test_empty_rows_break_no_row_rule():
    results = expect(
        ROWS.slice(0, 0),
        [
            expectation("expect_column_values_to_be_between", column="day", min_value="2020-06-01"),
            expectation(PAIR, column_A="adults", column_B="children"),
            expectation("expect_table_row_count_to_be_between", min_value=1),
        ],
    )
    assert [result.success for result in results] == [True, True, False]


def test_nothing_is_judged_without_expectations():
    assert expect(ROWS, []) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"column": "adr", "min_value": "low"}, "is refused by great_expectations: .*; mend the arguments"),
        ({"column": "day", "min_value": "soon"}, "Unknown datetime string format, unable to parse: soon"),
    ],
)
def test_arguments_that_the_library_refuses_are_an_error(arguments, message):
    with pytest.raises(ExpectationError, match=message):
        one("expect_column_values_to_be_between", **arguments)
