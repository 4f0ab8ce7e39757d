import json
from dataclasses import replace

import numpy as np
import pytest

from data_checks.expectation_result import ExpectationResult
from data_checks.expectation_verdict import verdicts

NAME = "expect_column_values_to_be_between"


def result(failing=0, *, success=None, severity="critical", row_level=True, **more):
    defaults = {"observed": None, "examples": (5400,) if failing else (), "failing_rows": np.arange(failing)}
    return ExpectationResult(
        NAME if row_level else "expect_column_mean_to_be_between",
        "check__adr",
        more.pop("arguments", {"column": "adr", "max_value": 1000}),
        severity,
        row_level=row_level,
        success=not failing if success is None else success,
        rows=100,
        element_count=100,
        unexpected_count=failing,
        **defaults | more,
    )


def judge(before, after=(), action="quarantine", *, limited=()):
    (verdict,) = verdicts([before], list(after), at_most=0.02, action=action, limited=limited)
    json.dumps(verdict.evidence, allow_nan=False)
    return verdict


@pytest.mark.parametrize("action", ["quarantine", "stop"])
@pytest.mark.parametrize("success", [True, False])
@pytest.mark.parametrize("failing", [0, 1, 2, 3])
def test_the_librarys_verdict_is_the_checks(failing, success, action):
    verdict = judge(result(failing, success=success), action=action)
    assert verdict.passed is success
    assert verdict.blocks is not success
    assert verdict.check == "check__adr"


def with_mostly(failing, mostly, **more):
    return result(failing, **more, arguments={"column": "adr", "max_value": 1000, "mostly": mostly})


def test_says_what_happened_to_the_rows_and_how_many_may():
    assert judge(result()).summary == "check__adr: all 100 rows pass"
    assert judge(with_mostly(2, 0.98, success=True), limited={"check__adr"}).summary == (
        "check__adr: 2 of 100 rows fail (0.02) and are quarantined; of those it considers at most 2 % may, by "
        "rows_that_fail.at_most"
    )
    assert judge(with_mostly(2, 0.97, success=True)).summary.endswith("it considers at most 3 % may, by mostly")
    assert judge(result(2, success=True), action="stop").summary == "check__adr: 2 of 100 rows fail (0.02), kept"


def test_names_counts_an_example_the_rule_in_the_librarys_words_and_the_remedy():
    assert judge(with_mostly(3, 0.98), limited={"check__adr"}).summary == (
        "contract.expectations.check__adr failed: 3 of 100 rows fail (0.03), for example 5400, and the rule is that "
        "adr values must be less than or equal to 1000, at least 98 % of the time, as rows_that_fail.at_most is 0.02; "
        "mend the source, or change the rule on purpose"
    )
    assert judge(result(1), action="stop").summary.endswith(
        "and the rule is that adr values must be less than or equal to 1000; mend the source, or change the rule on "
        "purpose"
    )


def test_a_mostly_that_was_written_is_not_told_as_the_limit_of_quarantine():
    assert judge(with_mostly(2, 0.98, success=True)).summary.endswith("it considers at most 2 % may, by mostly")
    assert ", at least 98 % of the time; mend the source" in judge(with_mostly(3, 0.98)).summary


def test_how_many_rows_a_condition_holds_for_is_told():
    narrow = replace(result(1), arguments={"column": "adr", "row_condition": "hotel == 'City'"}, element_count=40)
    said = judge(narrow).summary
    assert (
        " failed: 1 of the 40 rows of its row_condition fail (0.01 of all 100), for example 5400, and the rule is"
        in said
    )


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_milder_expectations_keep_their_rows_and_do_not_block(severity):
    before = result(1, severity=severity)
    verdict = judge(before)
    assert not before.quarantines
    assert (verdict.passed, verdict.severity, verdict.blocks) == (False, severity, False)
    assert verdict.evidence["action"] == "keep"


def test_whole_columns_are_judged_on_the_kept_rows():
    before = result(row_level=False, success=False, observed=5.0)
    after = result(row_level=False, success=True, observed=1.0)
    passed = judge(before, [after])
    assert passed.summary == "check__adr: observed 1 on 100 kept rows"
    assert passed.evidence["observed_before_quarantine"] == 5.0
    failed = judge(after, [before])
    assert failed.blocks
    assert "check__adr failed: observed 5.0 on 100 kept rows, which the arguments {'column': 'adr'" in failed.summary


def test_what_can_not_be_judged_fails():
    for row_level in (True, False):
        verdict = judge(result(row_level=row_level, success=False, error="no such column"))
        assert verdict.blocks
        assert "contract.expectations.check__adr can't be judged: no such column; mend its arguments" in verdict.summary


def test_evidence_holds_counts_share_limit_examples_and_arguments():
    evidence = judge(result(3), [result(0)]).evidence
    assert evidence == {
        "expectation": NAME, "arguments": {"column": "adr", "max_value": 1000}, "severity": "critical",
        "row_level": True, "rows": 100, "element_count": 100, "unexpected_count": 3, "unexpected_share": 0.03,
        "observed": None, "examples": [5400], "error": "", "way": "library", "action": "quarantine", "at_most": 0.02,
        "unexpected_count_of_kept_rows": 0,
    }  # fmt: skip


def test_an_empty_table_has_no_failing_share():
    empty = ExpectationResult(NAME, "c", {}, "critical", row_level=True, success=True, rows=0)
    assert empty.unexpected_share == 0.0
