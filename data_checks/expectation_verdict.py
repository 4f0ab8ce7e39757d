"""What an expectation found as the verdict of its check."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from data_checks.expectation_result import ExpectationResult
from data_checks.rule_in_words import rule_in_words
from data_checks.verdict import Json, Verdict

Action = Literal["quarantine", "stop"]


def verdicts(
    before: Sequence[ExpectationResult],
    after: Sequence[ExpectationResult],
    *,
    at_most: float,
    action: Action,
    limited: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """Judge every expectation once: single rows as they came, whole columns and tables on the rows that were kept.

    The library's verdict is the check's. Under `quarantine` the rows that fail a critical expectation stand aside, and
    `with_allowance` has let it ask no more than that few do. Expectations of severity `warning` and `info` keep their
    rows and say so.

    Args:
        before: results on the incoming rows, one a declared expectation.
        after: results on the kept rows; needed for expectations on whole columns or tables only.
        at_most: the share of rows that quarantine may take, 0 to 1.
        action: what the contract does with rows that fail.
        limited: the check names of those whose `mostly` is not written, but that of `with_allowance`.

    Returns:
        One verdict an expectation, in the order of `before`, named by its `check_name`.
    """
    kept = {result.check_name: result for result in after}
    return tuple(
        _row_verdict(
            result,
            kept=kept.get(result.check_name),
            at_most=at_most,
            action=action,
            limited=result.check_name in limited,
        )
        if result.row_level
        else _table_verdict(kept.get(result.check_name, result), before=result)
        for result in before
    )


def _row_verdict(
    result: ExpectationResult, *, kept: ExpectationResult | None, at_most: float, action: Action, limited: bool
) -> Verdict:
    quarantined = action == "quarantine" and result.quarantines
    evidence = _evidence(result) | {"action": action if quarantined or action == "stop" else "keep", "at_most": at_most}
    if kept is not None:
        evidence["unexpected_count_of_kept_rows"] = kept.unexpected_count
    if result.error:
        return _not_judged(result, evidence)
    found = f"{result.unexpected_count} of {result.rows} rows fail ({result.unexpected_share:.3g})"
    if result.element_count < result.rows and "row_condition" in result.arguments:
        considered = f"{result.unexpected_count} of the {result.element_count} rows of its row_condition fail"
        found = f"{considered} ({result.unexpected_share:.3g} of all {result.rows})"
    if result.success:
        if not result.unexpected_count:
            return _passed(result, f"all {result.rows} rows pass", evidence)
        return _passed(
            result, f"{found}{_fate(result, at_most, limited=limited) if quarantined else ', kept'}", evidence
        )
    example = f", for example {result.examples[0]!r}" if result.examples else ""
    limit = f", as rows_that_fail.at_most is {at_most:g}" if quarantined and limited else ""
    summary = (
        f"contract.expectations.{result.check_name} failed: {found}{example}, and the rule is that "
        f"{rule_in_words(result.name, result.arguments)}{limit}; mend the source, or change the rule on purpose"
    )
    return Verdict(result.check_name, False, summary, result.severity, evidence)


def _passed(result: ExpectationResult, said: str, evidence: Mapping[str, Json]) -> Verdict:
    return Verdict(result.check_name, True, f"{result.check_name}: {said}", result.severity, evidence)


def _fate(result: ExpectationResult, at_most: float, *, limited: bool) -> str:
    """Say what becomes of the failing rows of an expectation that passes, and how many there may be."""
    mostly = result.arguments.get("mostly", 1)
    share = at_most if limited else 1 - mostly if isinstance(mostly, int | float) else 0
    by = "rows_that_fail.at_most" if limited else "mostly"
    return f" and are quarantined; of those it considers at most {100 * share:.6g} % may, by {by}"


def _table_verdict(result: ExpectationResult, *, before: ExpectationResult) -> Verdict:
    found = before.observed
    # further digits follow the order of additions
    came = float(f"{found:.12g}") if isinstance(found, float) else found
    evidence = _evidence(result) | {"observed_before_quarantine": came}
    if result.error:
        return _not_judged(result, evidence)
    observed = "" if result.observed is None else f": observed {result.observed!r}"
    if result.success:
        near = f": observed {result.observed:.6g}" if isinstance(result.observed, float) else observed
        summary = f"{result.check_name}{near} on {result.rows} kept rows"
        return Verdict(result.check_name, True, summary, result.severity, evidence)
    summary = (
        f"contract.expectations.{result.check_name} failed{observed} on {result.rows} kept rows, which the arguments "
        f"{dict(result.arguments)} exclude; mend the source, or change the arguments on purpose"
    )
    return Verdict(result.check_name, False, summary, result.severity, evidence)


def _not_judged(result: ExpectationResult, evidence: Mapping[str, Json]) -> Verdict:
    summary = (
        f"contract.expectations.{result.check_name} can't be judged: {result.error}; mend its arguments or the "
        "columns it names"
    )
    return Verdict(result.check_name, False, summary, result.severity, evidence)


def _evidence(result: ExpectationResult) -> dict[str, Json]:
    return {
        "expectation": result.name,
        "arguments": dict(result.arguments),
        "severity": result.severity,
        "row_level": result.row_level,
        "rows": result.rows,
        "element_count": result.element_count,
        "unexpected_count": result.unexpected_count,
        "unexpected_share": result.unexpected_share,
        "observed": result.observed,
        "examples": list(result.examples),
        "error": result.error,
        "way": result.way,
    }
