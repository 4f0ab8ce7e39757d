import json
from dataclasses import replace

import numpy as np
import pytest

from data_checks.expectation_result import ExpectationResult, verdicts

NAME = "expect_column_values_to_be_between"


def result(failing=0, *, success=None, severity="critical", row_level=True, **more):
    defaults = {"observed": None, "examples": (5400,) if failing else (), "failing_rows": np.arange(failing)}
    return ExpectationResult(
        NAME if row_level else "expect_column_mean_to_be_between",
        "check__adr",
        {"column": "adr", "max_value": 1000},
        severity,
        row_level=row_level,
        success=not failing if success is None else success,
        rows=100,
        element_count=100,
        unexpected_count=failing,
        **defaults | more,
    )


def judge(before, after=(), action="quarantine"):
    (verdict,) = verdicts([before], list(after), at_most=0.02, action=action)
    json.dumps(verdict.evidence, allow_nan=False)
    return verdict


@pytest.mark.parametrize(
    ("failing", "success", "action", "passed"),
    [
        (0, True, "quarantine", True),
        (2, False, "quarantine", True),
        (3, False, "quarantine", False),
        (3, True, "quarantine", True),
        (2, False, "stop", False),
        (3, True, "stop", True),
    ],
)
def test_a_critical_expectation_passes_by_its_own_mostly_or_the_share_that_quarantine_may_take(
    failing, success, action, passed
):
    verdict = judge(result(failing, success=success), action=action)
    assert verdict.passed is passed
    assert verdict.blocks is not passed
    assert verdict.check == "check__adr"


def test_says_what_happened_to_the_rows():
    assert judge(result()).summary == "check__adr: all 100 rows pass"
    assert judge(result(2)).summary == "check__adr: 2 of 100 rows fail (0.02), quarantined"
    assert judge(result(2, success=True), action="stop").summary == "check__adr: 2 of 100 rows fail (0.02), kept"


def test_names_counts_an_example_the_rule_and_the_remedy():
    assert judge(result(3)).summary == (
        "contract.expectations.check__adr failed: 3 of 100 rows fail (0.03), for example 5400, more than "
        "rows_that_fail.at_most 0.02; mend the source, or change the limit on purpose"
    )
    assert "more than the expectation allows" in judge(result(1), action="stop").summary


def test_how_many_rows_a_condition_holds_for_is_told():
    narrow = replace(result(1), arguments={"column": "adr", "row_condition": "hotel == 'City'"}, element_count=40)
    assert judge(narrow).summary.endswith(": 1 of the 40 rows of its row_condition fail (0.01 of all 100), quarantined")


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
    assert judge(before, [after]).summary == "check__adr: observed 1 on 100 kept rows"
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
