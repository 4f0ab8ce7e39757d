import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from data_checks.allowance import with_allowance
from data_checks.data_docs import build
from data_checks.expectation_verdict import verdicts
from data_checks.expectations import Examination, Expectation, check_names, expect

ROWS = pa.table(
    {"paid": [3, 5, None, 2, 9], "shipped": [1, 6, 4, 3, 2], "guest": ["Ada", "Grace", "Edsger", "Alan", "Kurt"]}
)


def paid_first(rows: pa.Table) -> pa.ChunkedArray:
    return pc.less_equal(rows["paid"], rows["shipped"])


def as_a_list(rows: pa.Table) -> list[bool | None]:
    return paid_first(rows).to_pylist()


def as_numpy(rows: pa.Table) -> np.ndarray:
    return paid_first(rows).fill_null(True).to_numpy()


def all_null(rows: pa.Table) -> list[None]:
    return [None] * len(rows)


def one_too_few(rows: pa.Table) -> list[bool]:
    return as_a_list(rows)[1:]


def numbers(rows: pa.Table) -> pa.ChunkedArray:
    return rows["shipped"]


def nothing(rows: pa.Table) -> None:
    return None


def names_a_guest(rows: pa.Table) -> None:
    raise ValueError(rows["guest"][0].as_py())


def rule(function: str = "paid_first", **more: object) -> Expectation:
    arguments = {"use": f"{__name__}:{function}", "name": "paid_first", **more}
    return Expectation.model_validate({"expect_rows": arguments})


@pytest.mark.parametrize("function", ["paid_first", "as_a_list"])
def test_says_which_rows_fail_and_leaves_null_alone(function):
    (found,) = expect(ROWS, [rule(function, column_list=["paid", "shipped"])])
    assert (found.success, found.element_count, found.unexpected_count) == (False, 5, 2)
    assert found.failing_rows.tolist() == [0, 4]
    assert found.examples == ({"paid": 3, "shipped": 1}, {"paid": 9, "shipped": 2})
    assert (found.quarantines, found.way) == (True, "function")
    assert found.raw["result"]["missing_count"] == 1


def test_may_answer_in_numpy_and_judge_nothing():
    first, second, third = expect(ROWS, [rule("as_numpy"), rule("all_null"), rule()])
    assert first.unexpected_count == 2
    assert (second.success, second.unexpected_count) == (True, 0)
    assert third.examples == ()
    (empty,) = expect(ROWS.slice(0, 0), [rule()])
    assert (empty.success, empty.element_count) == (True, 0)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_is_the_same_however_the_rows_are_cut(size):
    whole, (expected,) = [], expect(ROWS, [rule(mostly=0.5)])
    examination = Examination([rule(mostly=0.5)], ROWS.schema)
    for start in range(0, 5, size):
        (failing,) = examination.look(ROWS.slice(start, size))
        whole += (failing + start).tolist()
    (found,) = examination.results()
    assert whole == found.failing_rows.tolist() == expected.failing_rows.tolist() == [0, 4]
    assert found.raw == expected.raw
    assert found.success


@pytest.mark.parametrize(("mostly", "success"), [(0.5, True), (0.51, False), (1, False)])
def test_mostly_counts_the_rows_that_are_judged(mostly, success):
    assert expect(ROWS, [rule(mostly=mostly)])[0].success is success


@pytest.mark.parametrize(("at_most", "passed"), [(0.5, True), (0.49, False)])
def test_a_warning_keeps_its_rows_and_a_critical_one_is_judged_by_the_limit(at_most, passed):
    found = expect(ROWS, with_allowance([rule(), rule(severity="warning")], at_most))
    critical, warning = verdicts(found, (), at_most=at_most, action="quarantine")
    assert (critical.check, critical.passed) == ("expect_rows__paid_first", passed)
    assert (warning.check, warning.passed, warning.severity) == ("expect_rows__paid_first_2", False, "warning")


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (
            rule("one_too_few"),
            r"expect_rows\.use returns no verdicts: .* gave 4 values for 5 rows; return True",
        ),
        (rule("numbers"), r"expect_rows\.use returns no verdicts: .* gave values of type int64"),
        (rule("nothing"), r"expect_rows\.use returns no verdicts: .* gave a NoneType"),
        (rule("absent"), r"expect_rows\.use names a function that is not there"),
        (rule(column_list=["paid"]), r"expect_rows\.use fails: .* KeyError: .* with the columns \['paid'\]"),
        (rule(column_list=["payed"]), r"expect_rows\.column_list names columns that are not there: \['payed'\]"),
    ],
)
def test_a_function_that_breaks_its_law_is_not_judged_and_blocks(expectation, message):
    found = expect(ROWS, [expectation])
    (verdict,) = verdicts(found, (), at_most=1.0, action="quarantine")
    assert verdict.blocks
    assert re.search(message, verdict.summary)


def test_values_of_sensitive_columns_are_not_told():
    hidden = frozenset({"guest"})
    shown, silent, error = expect(
        ROWS, [rule(column_list=["paid", "shipped"]), rule(), rule("names_a_guest")], sensitive=hidden
    )
    assert len(shown.examples) == 2
    assert silent.examples == ()
    assert "Ada" not in error.error
    assert expect(ROWS, [rule(column_list=["paid", "shipped", "guest"])], sensitive=hidden)[0].examples == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "a"}, r"expect_rows\.use is missing: the expectation needs it; write `use: …`"),
        ({"use": "a:b"}, r"expect_rows\.name is missing"),
        ({"use": "a.b", "name": "a"}, r"expect_rows\.use is no function: 'a\.b' must be 'module:function'"),
        (
            {"use": "a:b", "name": "a b"},
            r"expect_rows\.name is no name for a check: 'a b' must be letters, digits",
        ),
        ({"use": "a:b", "name": "a", "mostly": 2}, r"expect_rows\.mostly is wrong: 2 must be at most 1"),
        (
            {"use": "a:b", "name": "a", "columns": ["a"]},
            r"has no such argument: 'columns' is none of its 5; did you mean 'column_l",
        ),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ValidationError, match=message):
        Expectation.model_validate({"expect_rows": arguments})


def test_is_offered_where_a_name_is_meant():
    with pytest.raises(ValidationError, match="did you mean 'expect_rows'"):
        Expectation.model_validate({"expect_row": {}})
    assert "expect_rows" in str(Expectation.model_json_schema())
    assert check_names([rule(), rule("as_numpy", name="other")]) == ("expect_rows__paid_first", "expect_rows__other")


def test_data_docs_show_it(tmp_path: Path):
    found = expect(ROWS, [rule(description="Paid before it is shipped."), rule("absent"), rule(mostly=0.5)])
    pages = "".join(page.read_text() for page in build(found, (), tmp_path / "site").values())
    assert "Paid before it is shipped." in pages
    assert "names a function that is not there" in pages
    assert "paid_first" in pages
