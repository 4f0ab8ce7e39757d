"""The form of an evaluation: what is stored with a version, judged by the gates, drawn and told in the model card."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NotRequired, Self, TypedDict, cast

from data_checks.metric_names import AnyMetric, OwnMetric
from data_checks.verdict import Json

_DIGITS = 10


class Figure(TypedDict):
    """A metric and the bounds of its interval; null with a reason where it is undefined, never 0."""

    value: float | None
    low: float | None
    high: float | None
    reason: NotRequired[str]


class CandidateFigures(TypedDict):
    """Figures of one candidate over all rows, by metric."""

    metrics: dict[str, Figure]


class SliceFigures(TypedDict):
    """Figures over the rows of one slice, by candidate and metric."""

    rows: int
    candidates: dict[str, dict[str, Figure]]


class Bin(TypedDict):
    """Rows of similar stated probability: its mean, and the observed rate with its 95 % interval."""

    rows: int
    stated: float
    observed: float
    low: float
    high: float


class Calibration(TypedDict):
    """Bins by rising probability; `ece` is the mean absolute gap of stated and observed rates, weighted by rows."""

    bins: list[Bin]
    ece: float


class Confusion(TypedDict):
    """Rows by true (outer) and predicted (inner) class, for each candidate."""

    classes: list[Json]
    candidates: dict[str, list[list[int]]]


class Gap(TypedDict):
    """The largest rate of a group less the smallest, and whose they are; null with a reason where it is undefined."""

    value: float | None
    largest: str | None
    smallest: str | None
    reason: NotRequired[str]


class Fairness(TypedDict):
    """Rates by group, their gaps by rate, and the groups that were too small to count."""

    groups: dict[str, dict[str, float | None]]
    gaps: dict[str, Gap]
    left_out: list[str]


class ColumnImportance(TypedDict):
    """How much worse a metric gets when a column is shuffled: mean and standard deviation over the repeats."""

    column: str
    value: float
    deviation: float


class Intervals(TypedDict):
    """How the bootstrap intervals were drawn."""

    level: float
    rounds: int
    seed: int


@dataclass(frozen=True)
class Evaluation:
    """Figures of one model and those it is compared with, on the same rows.

    Attributes:
        task: binary, multiclass or regression.
        rows: how many were scored.
        intervals: how intervals were drawn; none where none were asked for.
        candidates: by name; `model` always, `champion`, `gradient_boosting` and `trivial` where they were scored.
        differences: by the name of each other candidate, the model's figure less that candidate's.
        slices: by column and value.
        fairness: by column and candidate.
        calibration: by candidate; empty for regression.
        confusion: none for regression.
        importance: most important column first; empty where it was not measured.
        own_metrics: by name, the metrics among these figures that are the pipeline's own.
    """

    task: str
    rows: int
    intervals: Intervals | None
    candidates: Mapping[str, CandidateFigures]
    differences: Mapping[str, Mapping[str, Figure]]
    slices: Mapping[str, Mapping[str, SliceFigures]]
    fairness: Mapping[str, Mapping[str, Fairness]]
    calibration: Mapping[str, Calibration]
    confusion: Confusion | None
    importance: Sequence[ColumnImportance] = ()
    own_metrics: Mapping[str, Json] = field(default_factory=dict)

    def metric(self, name: str) -> AnyMetric:
        """Return the metric that goes by a name, which knows its direction."""
        return OwnMetric.model_validate(self.own_metrics[name]) if name in self.own_metrics else name

    def to_json(self) -> dict[str, Json]:
        """Return all figures, floats rounded to 10 significant digits so that equal runs give equal text."""
        return cast("dict[str, Json]", _rounded(asdict(self)))

    @classmethod
    def from_json(cls, figures: Mapping[str, Json]) -> Self:
        """Return the evaluation that `to_json` wrote.

        Raises:
            TypeError: a key is missing or unknown, as in an evaluation of another version of this form.
        """
        return cls(**figures)  # type: ignore[arg-type]  # the form that to_json wrote


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {str(key): _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
