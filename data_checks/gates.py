"""Whether a model may be registered, and whether it may take the champion's place."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from data_checks.metric_names import METRICS, GatedMetric
from data_checks.verdict import Json, Verdict

Rival = Literal["champion", "gradient_boosting", "trivial"]
OWN_METRICS = "own_metrics"
"""Under which a validation's context names the metrics of the declaration's own, and an evaluation describes them."""


class Gate(BaseModel):
    """One limit a metric must keep: an absolute one, or one against a rival on the very same rows.

    Exactly one of `at_least`, `at_most`, `not_worse_by` and `better_by` is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    metric: GatedMetric
    """The metric that is judged, in its own direction: for `roc_auc` higher is better, for `brier` lower. One of the
    declaration's own goes by its name."""
    at_least: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """The least value that passes."""
    at_most: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """The greatest value that passes."""
    against: Rival | None = None
    """The rival of `not_worse_by` and `better_by`; the champion unless another is named."""
    not_worse_by: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """How much worse than the rival still passes, in units of the metric."""
    better_by: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """How much better than the rival it must be, in units of the metric; at 0 it must still be better, not equal."""
    slice: str | None = None
    """A column: the gate holds for each of its values by itself."""
    min_rows: Annotated[int, Field(ge=1)] = 100
    """Values of the slice with fewer rows are shown and not judged."""

    @field_validator("metric")
    @classmethod
    def _is_known(cls, metric: str, info: ValidationInfo) -> str:
        known = [*METRICS, *(info.context or {}).get(OWN_METRICS, ())]
        if metric not in known:
            close = get_close_matches(metric, known, n=1) or get_close_matches(metric.lower(), known, n=1, cutoff=0.5)
            remedy = f"did you mean '{close[0]}'?" if close else f"take one of {', '.join(known)}"
            raise ValueError(f"is unknown: {metric!r} is no metric here; {remedy}")
        return metric

    @model_validator(mode="after")
    def _has_one_form(self) -> "Gate":
        given = {
            k: v for k in ("at_least", "at_most", "not_worse_by", "better_by") if (v := getattr(self, k)) is not None
        }
        if len(given) != 1:
            raise ValueError(
                f"has no limit, or several: {given or 'none'} given for {self.metric!r}; write exactly one of "
                "at_least, at_most, not_worse_by and better_by, and further limits as gates of their own"
            )
        if self.against is not None and not self.is_relative:
            raise ValueError(
                f"has no use for against: {given} does not compare with the {self.against}; write "
                "not_worse_by or better_by, or drop against"
            )
        return self

    @property
    def is_relative(self) -> bool:
        """Whether it compares with a rival."""
        return self.not_worse_by is not None or self.better_by is not None

    @property
    def rival(self) -> Rival:
        """The candidate that a relative gate compares with."""
        return self.against or "champion"

    def __str__(self) -> str:
        """The gate as people say it: `roc_auc of each hotel not worse than the champion's by 0.02`."""
        subject = f"{self.metric} of each {self.slice}" if self.slice else self.metric
        if self.at_least is not None:
            return f"{subject} at least {self.at_least:g}"
        if self.at_most is not None:
            return f"{subject} at most {self.at_most:g}"
        if self.better_by is not None:
            return f"{subject} better than the {self.rival}'s by {self.better_by:g}"
        return f"{subject} not worse than the {self.rival}'s by {self.not_worse_by:g}"


@dataclass(frozen=True)
class Outcome:
    """What one gate said of the whole test part or of one value of its slice; `limit` is in units of the metric."""

    gate: str
    metric: str
    slice: str | None
    rows: int | None
    value: float | None
    low: float | None
    high: float | None
    rival: float | None
    limit: float | None
    passed: bool
    judged: bool = True
    reason: str = ""


def judge(gates: Sequence[Gate], evaluation: Mapping[str, Json]) -> tuple[Verdict, Verdict]:
    """Judge the model of an evaluation by all gates.

    Args:
        gates: the declared gates; those against the champion decide the second verdict, all others the first.
        evaluation: `{"candidates": {name: {"metrics": {metric: {"value", "low", "high"}}}}, "slices": {column: {value:
            {"rows": n, "candidates": {name: {metric: {"value", …}}}}}}, "own_metrics": {metric: {"better", …}}}` with
            the candidate `model`, and `champion` where one stood; not modified.

    Returns:
        `gates` (critical: a failed one refuses the model) and `beats_champion` (a warning: when it fails the model
        becomes a challenger). Both list every gate with value, interval, limit and outcome.
    """
    against_champion = [g for g in gates if g.is_relative and g.rival == "champion"]
    others = [g for g in gates if g not in against_champion]
    absolute = [outcome for gate in others for outcome in _outcomes(gate, evaluation)]
    first = _verdict("gates", absolute, "no gate is declared")
    if "champion" not in _mapping(evaluation, "candidates"):
        evidence: dict[str, Json] = {"gates": [str(g) for g in against_champion], "champion": None}
        return first, Verdict("beats_champion", True, "no champion stood before", "warning", evidence)
    relative = [outcome for gate in against_champion for outcome in _outcomes(gate, evaluation)]
    second = _verdict("beats_champion", relative, "no gate against the champion is declared")
    return first, Verdict(second.check, second.passed, second.summary, "warning", second.evidence)


def _outcomes(gate: Gate, evaluation: Mapping[str, Json]) -> Iterator[Outcome]:
    if gate.slice is None:
        candidates = _mapping(evaluation, "candidates")
        metrics: dict[str, Json] = {name: dict(_mapping(found, "metrics")) for name, found in candidates.items()}
        yield _outcome(gate, metrics, higher=_rises(gate, evaluation))
        return
    values = _mapping(_mapping(evaluation, "slices"), gate.slice)
    judged = 0
    for value, found in values.items():
        rows = int(cast("int", _mapping(values, value).get("rows", 0)))
        if rows < gate.min_rows:
            few = f"not judged: {rows} rows, fewer than {gate.min_rows}"
            nothing = (None, None, None, None, None)
            yield Outcome(str(gate), gate.metric, value, rows, *nothing, passed=True, judged=False, reason=few)
        else:
            judged += 1
            candidate = _mapping(found, "candidates")
            yield _outcome(gate, candidate, higher=_rises(gate, evaluation), value=value, rows=rows)
    if not judged:
        reason = f"slice {gate.slice!r} has no value with at least {gate.min_rows} rows among {len(values)}"
        yield Outcome(str(gate), gate.metric, None, None, None, None, None, None, None, passed=False, reason=reason)


def _rises(gate: Gate, evaluation: Mapping[str, Json]) -> bool:
    """Whether a greater value of the gate's metric is a better one."""
    if gate.metric in METRICS:
        return METRICS[gate.metric].higher_is_better
    return _mapping(_mapping(evaluation, OWN_METRICS), gate.metric).get("better") != "lower"


def _outcome(
    gate: Gate, metrics: Mapping[str, Json], *, higher: bool, value: str | None = None, rows: int | None = None
) -> Outcome:
    found = _mapping(_mapping(metrics, "model"), gate.metric)
    mine, low, high = (_number(found.get(key)) for key in ("value", "low", "high"))
    rival = _number(_mapping(_mapping(metrics, gate.rival), gate.metric).get("value")) if gate.is_relative else None
    limit, is_floor = _limit(gate, rival, higher=higher)
    reason = ""
    if mine is None:
        reason = f"the model has no {gate.metric}"
    elif limit is None:
        reason = f"the {gate.rival} has no {gate.metric}"
    elif math.isclose(mine, limit, rel_tol=1e-12):
        reason = f"{mine:.6g} is no better" if gate.better_by == 0 else ""
    elif mine < limit if is_floor else mine > limit:
        reason = f"{mine:.6g} is {'below' if is_floor else 'above'} {limit:.6g}"
    return Outcome(str(gate), gate.metric, value, rows, mine, low, high, rival, limit, passed=not reason, reason=reason)


def _limit(gate: Gate, rival: float | None, *, higher: bool) -> tuple[float | None, bool]:
    if gate.at_least is not None:
        return gate.at_least, True
    if gate.at_most is not None:
        return gate.at_most, False
    if rival is None:
        return None, higher
    margin = gate.better_by if gate.better_by is not None else -cast("float", gate.not_worse_by)
    return rival + (margin if higher else -margin), higher


def _verdict(check: str, outcomes: Sequence[Outcome], none_declared: str) -> Verdict:
    failed = [o for o in outcomes if not o.passed]
    judged = sum(o.judged for o in outcomes)
    evidence: dict[str, Json] = {"gates": [asdict(o) for o in outcomes]}
    if not outcomes:
        return Verdict(check, True, none_declared, evidence=evidence)
    if not failed:
        aside = f", {len(outcomes) - judged} slices with too few rows not judged" if judged < len(outcomes) else ""
        return Verdict(check, True, f"{judged} of {judged} gates kept{aside}", evidence=evidence)
    said = "; ".join(f"{o.gate}{f' ({o.slice})' if o.slice else ''}: {o.reason}" for o in failed)
    remedy = "improve the model or move the limit on purpose"
    return Verdict(
        check, False, f"{check} failed: {len(failed)} of {judged} gates: {said}; {remedy}", evidence=evidence
    )


def _mapping(of: Json | Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = of.get(key) if isinstance(of, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _number(value: Json) -> float | None:
    """A finite number, or None: NaN and missing metrics are the same to a gate."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None
