"""What an expectation found, and what that means for the rows and for the check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from data_checks.verdict import Json, Severity, Verdict

Action = Literal["quarantine", "stop"]
Way = Literal["one pass", "library", "function"]


@dataclass(frozen=True, eq=False)
class ExpectationResult:
    """The library's verdict on one expectation over one table.

    Attributes:
        name: the library's name of the expectation.
        check_name: unique among the expectations of a contract, letters, digits and `_` only.
        arguments: as declared.
        severity: as declared.
        row_level: whether `failing_rows` is known, because single rows are judged.
        success: the library's own verdict, `mostly` included.
        rows: of the table, whatever condition the expectation sets.
        element_count: the rows it looked at; 0 for an expectation on the whole table.
        unexpected_count: the rows that fail; 0 for an expectation on the whole table.
        observed: the figure that was compared, for expectations on a whole column or table.
        examples: at most five values (rows of values for several columns) that fail; none of a sensitive column.
        failing_rows: (unexpected_count,) int64, ascending positions in the table.
        error: why it could not be judged at all, or empty.
        raw: the library's result, without lists of failing rows and without values of sensitive columns.
        way: whether its figures were counted in one pass over the batches, by the library itself, or by a function of
            the pipeline's own.
    """

    name: str
    check_name: str
    arguments: Mapping[str, Json]
    severity: Severity
    row_level: bool
    success: bool
    rows: int
    element_count: int = 0
    unexpected_count: int = 0
    observed: Json = None
    examples: tuple[Json, ...] = ()
    failing_rows: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    error: str = ""
    raw: Mapping[str, Json] = field(default_factory=dict)
    way: Way = "library"

    @property
    def unexpected_share(self) -> float:
        """The share of all rows that fail."""
        return self.unexpected_count / self.rows if self.rows else 0.0

    @property
    def quarantines(self) -> bool:
        """Whether its failing rows are to be quarantined where the contract says so."""
        return self.row_level and self.severity == "critical" and not self.error


def verdicts(
    before: Sequence[ExpectationResult], after: Sequence[ExpectationResult], *, at_most: float, action: Action
) -> tuple[Verdict, ...]:
    """Judge every expectation once: single rows as they came, whole columns and tables on the rows that were kept.

    Under `quarantine` a critical expectation on rows passes while the library passes it (by `mostly`) or the rows that
    fail are at most the share `at_most`; under `stop` only the library's verdict counts. Expectations of severity
    `warning` and `info` keep their rows and say so.

    Args:
        before: results on the incoming rows, one a declared expectation.
        after: results on the kept rows; needed for expectations on whole columns or tables only.
        at_most: the share of rows that quarantine may take, 0 to 1.
        action: what the contract does with rows that fail.

    Returns:
        One verdict an expectation, in the order of `before`, named by its `check_name`.
    """
    kept = {result.check_name: result for result in after}
    return tuple(
        _row_verdict(result, at_most=at_most, action=action, kept=kept.get(result.check_name))
        if result.row_level
        else _table_verdict(kept.get(result.check_name, result))
        for result in before
    )


def _row_verdict(
    result: ExpectationResult, *, at_most: float, action: Action, kept: ExpectationResult | None
) -> Verdict:
    quarantined = action == "quarantine" and result.quarantines
    passed = result.success or (quarantined and result.unexpected_share <= at_most)
    evidence = _evidence(result) | {"action": action if quarantined or action == "stop" else "keep", "at_most": at_most}
    if kept is not None:
        evidence["unexpected_count_of_kept_rows"] = kept.unexpected_count
    if result.error:
        return _not_judged(result, evidence)
    found = f"{result.unexpected_count} of {result.rows} rows fail ({result.unexpected_share:.3g})"
    if result.element_count < result.rows and "row_condition" in result.arguments:
        considered = f"{result.unexpected_count} of the {result.element_count} rows of its row_condition fail"
        found = f"{considered} ({result.unexpected_share:.3g} of all {result.rows})"
    if passed:
        if not result.unexpected_count:
            found = f"all {result.rows} rows pass"
        fate = (", quarantined" if quarantined else ", kept") if result.unexpected_count else ""
        return Verdict(result.check_name, True, f"{result.check_name}: {found}{fate}", result.severity, evidence)
    rule = f"more than rows_that_fail.at_most {at_most:g}" if quarantined else "more than the expectation allows"
    example = f", for example {result.examples[0]!r}" if result.examples else ""
    summary = (
        f"contract.expectations.{result.check_name} failed: {found}{example}, {rule}; mend the source, or change the "
        "limit on purpose"
    )
    return Verdict(result.check_name, False, summary, result.severity, evidence)


def _table_verdict(result: ExpectationResult) -> Verdict:
    evidence = _evidence(result)
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
