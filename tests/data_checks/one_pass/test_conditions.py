import re

import pyarrow as pa
import pytest

from data_checks.expectation_library import found_by_library
from data_checks.expectations import Examination, Expectation, Repeats, expect
from data_checks.one_pass.conditions import columns_of, is_simple, rows_under
from data_checks.pandas_rows import to_pandas
from data_checks.row_condition import ConditionError, rows_through

ROWS = pa.table({"a": [1, 2, None], "b c": ["x", "y", "x"], "_row": [0, 1, 2]})


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        ("a > 1", ("a",)),
        ("a in [1, 2] and not `b c` == 'it is'", ("a", "b c")),
        ("(a + 1.5e3) / 2 <= a | ~(a == 2)", ("a",)),
        ("a > a.mean()", None),
        ("abs(a) > 1", None),
        ("a > @limit", None),
        ("d > 1", None),
        ("_row > 1", None),
        ("a = 1; b", None),
        ("1 == 1", None),
        ("", None),
    ],
)
def test_knows_what_each_row_can_answer(condition, columns):
    assert columns_of(condition, ROWS.schema) == columns
    assert is_simple(condition, ROWS.schema) is (columns is not None)


def test_what_pandas_can_not_read_is_not_simple():
    assert not is_simple("a >", ROWS.schema)


def test_finds_the_rows():
    assert rows_under(ROWS, "a > 1 or `b c` == 'x'").tolist() == [0, 1, 2]
    assert rows_under(ROWS, "a > 1").tolist() == [1]


def test_tells_what_pandas_refuses():
    with pytest.raises(ConditionError, match="'>' not supported between instances"):
        rows_under(ROWS, "`b c` > 3")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("expect_column_values_to_be_between", {"min_value": 0}), ("expect_column_mean_to_be_between", {"min_value": 0})],
)
def test_a_condition_that_pandas_refuses_for_some_batch_is_an_expectation_not_judged(name, arguments):
    asked = Expectation.model_validate({name: {"column": "a", "row_condition": "`b c` > 3", **arguments}})
    examination = Examination([asked], ROWS.schema)
    assert [each.tolist() for _ in range(2) for each in examination.look(ROWS)] == [[], []]
    (result,) = examination.results()
    assert "'>' not supported between instances" in result.error
    assert not result.success


def test_pairs_in_a_set_of_which_the_library_forgets_the_condition_are_left_to_it_as_a_whole():
    rows = pa.table({"a": ["p", "q", None, "s"], "b": ["x", "y", "x", "y"]})
    arguments = {"column_A": "a", "column_B": "b", "value_pairs_set": [["p", "x"]], "row_condition": "a != 'p'"}
    asked = Expectation.model_validate({"expect_column_pair_values_to_be_in_set": arguments})
    repeats = Repeats([asked], rows.schema)
    assert repeats.needed
    repeats.look(rows)
    repeats.finish()
    examination = Examination([asked], rows.schema, repeats=repeats)
    found = [examination.look(rows.slice(start, 1))[0].tolist() for start in range(4)]
    (result,), (their,) = examination.results(), found_by_library(rows, [asked])
    assert (result.way, result.error, their.raised) == ("library", "", False)
    assert [start for start, failing in enumerate(found) if failing] == their.failing.tolist()


@pytest.mark.parametrize("batch", [2, 6])
@pytest.mark.parametrize(
    ("name", "bound"), [("expect_column_values_to_be_between", 10), ("expect_column_mean_to_be_between", 10)]
)
@pytest.mark.parametrize("condition", ["c", "(c - 70).abs()", "abs(c + f)", "some"])
def test_a_condition_that_is_not_true_or_false_is_refused_the_same_both_ways(condition, name, bound, batch):
    rows = pa.table(
        {"c": [70, 71, 70, 71, 71, 70], "f": [1.0, 50.0, 1.0, 50.0, 50.0, 1.0], "some": [True, None] + [True] * 4}
    )
    asked = Expectation.model_validate({name: {"column": "f", "max_value": bound, "row_condition": condition}})
    repeats = Repeats([asked], rows.schema)
    while repeats.needed:
        repeats.look(rows)
        repeats.finish()
    examination = Examination([asked], rows.schema, repeats=repeats)
    for start in range(0, rows.num_rows, batch):
        examination.look(rows.slice(start, batch))
    (result,), (their,) = examination.results(), found_by_library(rows, [asked])
    assert result.error == (
        "row_condition gives something else than True or False for a row; compare with a value, as in `c == 1`"
    )
    assert their.raw["exception_info"]["exception_message"] == result.error


@pytest.mark.parametrize(
    "condition",
    ["`b c`.str.startswith('x')", "a.isin([1, 9])", "index > 0", "a > a.mean()", "abs(a) > 1", "`b c` != 'it\\'s'"],
)
def test_a_condition_that_only_pandas_reads_is_the_librarys_and_says_so(condition):
    asked = Expectation.model_validate(
        {"expect_column_values_to_not_be_null": {"column": "a", "row_condition": condition}}
    )
    (result,), (their,) = expect(ROWS, [asked]), found_by_library(ROWS, [asked])
    assert (result.way, result.error) == ("library", "")
    assert result.element_count == their.raw["result"]["element_count"]
    assert result.failing_rows.tolist() == their.failing.tolist()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("a.max() > 1", "row_condition gives no value for each row; compare a column with something"),
        ("(a > 1", "EOF in multi-line statement"),
        ("a[[7, 8]] > 1", "row_condition asks for rows by labels; compare values instead"),
    ],
)
def test_a_condition_must_answer_for_each_row(condition, words):
    with pytest.raises(ConditionError, match=re.escape(words)):
        rows_through(to_pandas(ROWS), condition)


def test_a_missing_answer_lets_no_row_through():
    rows = pa.table({"big": pa.array([2**60, None, 1], pa.int64())})
    assert rows_under(rows, "big > 5").tolist() == [0]
