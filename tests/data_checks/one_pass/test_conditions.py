import pyarrow as pa
import pytest

from data_checks.expectations import Examination, Expectation
from data_checks.one_pass.conditions import ConditionError, columns_of, is_simple, rows_under

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
