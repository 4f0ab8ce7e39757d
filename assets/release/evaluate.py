"""Whether a model is good: its metrics with intervals, beside the champion and the baselines, on the very same rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from assets.declare.faults import did_you_mean
from assets.release.calibration import calibration, confusion
from assets.release.evaluation import ColumnImportance, Evaluation, Figure, Intervals, SliceFigures
from assets.release.fairness import gaps
from assets.release.measure import Measured, measure
from assets.release.metrics import Scores
from assets.release.slices import cut
from assets.settings import Section, plain
from data_checks.metric_names import METRICS, AnyMetric, OwnMetric, name_of
from data_checks.placed import PlacedError

if TYPE_CHECKING:
    from assets.data.target import Labels

DEFAULT_METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("roc_auc", "average_precision", "brier", "log_loss"),
    "multiclass": ("accuracy", "macro_f1", "log_loss"),
    "regression": ("mae", "rmse", "r2"),
}


class EvaluationError(ValueError):
    """Scores, rows or settings that can't be evaluated together."""


class Importance(Section):
    """How long to look for what the model leans on: one column at a time is shuffled and the metric measured again."""

    repeats: Annotated[int, Field(ge=1, le=100)] = 5
    """How often each column is shuffled."""

    max_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 2000
    """How many test rows are used at most, drawn by the seed."""


class Evaluate(Section):
    """What is measured on the test part, for the model, the champion and the baselines alike."""

    metrics: tuple[AnyMetric, ...] | None = None
    """Names of metrics, or metrics of the pipeline's own as `{name, use, better}`; by default those usual for the task,
    of which the first also measures importance."""

    slices: tuple[str, ...] = ()
    """Columns by whose values the metrics are shown again; numbers and dates are cut in five bins."""

    fairness: tuple[str, ...] = ()
    """Those of the slices between whose groups the model must not differ: gaps of rates are shown."""

    intervals: Annotated[float, Field(gt=0, lt=1)] | None = 0.95
    """Level of the bootstrap intervals; null for none."""

    rounds: Annotated[int, Field(ge=50, le=10_000)] = 500
    """Bootstrap draws."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Of the draws and of the shuffling."""

    importance: Importance = Importance()
    """Permutation importance."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = self.metric_names or ()
        unknown = [
            (at, name) for at, name in enumerate(self.metrics or ()) if isinstance(name, str) and name not in METRICS
        ]
        if unknown:
            what = "evaluate.metrics names an unknown metric"
            raise PlacedError(
                (("metrics", at), f"{what}: '{name}'; {did_you_mean(name, METRICS)}") for at, name in unknown
            )
        if self.metrics == ():
            raise ValueError("evaluate.metrics is empty: at least one is needed; leave it out for the usual ones")
        for key, what, named in (("metrics", "metric", names), ("slices", "column", self.slices)):
            if twice := sorted({name for name in named if named.count(name) > 1}):
                raise ValueError(f"evaluate.{key} names a {what} twice: {twice}; name each once")
        return self

    @property
    def metric_names(self) -> tuple[str, ...] | None:
        """What the declared metrics are called."""
        return None if self.metrics is None else tuple(name_of(metric) for metric in self.metrics)

    @property
    def own_metrics(self) -> tuple[OwnMetric, ...]:
        """Those of the declared metrics that are the pipeline's own."""
        return tuple(metric for metric in self.metrics or () if isinstance(metric, OwnMetric))


def metrics_of(settings: Evaluate, task: str) -> tuple[AnyMetric, ...]:
    """Return the metrics to measure, declared or usual for the task.

    Raises:
        EvaluationError: a declared metric does not fit the task.
    """
    fitting = [name for name, metric in METRICS.items() if task in metric.tasks]
    for name in settings.metrics or ():
        if isinstance(name, str) and name not in fitting:
            raise EvaluationError(
                f"evaluate.metrics does not fit the task: '{name}' is not a metric of {task} targets; "
                f"{did_you_mean(name, fitting)}"
            )
    return settings.metrics or DEFAULT_METRICS[task]


def evaluate(
    truth: np.ndarray,
    candidates: Mapping[str, Scores],
    *,
    settings: Evaluate,
    labels: "Labels",
    slices: pa.Table,
    importance: Sequence[ColumnImportance] = (),
) -> Evaluation:
    """Measure every candidate on the same rows and the same bootstrap draws, so that their difference has an interval.

    Args:
        truth: (N,) encoded target of the test rows.
        candidates: scores of the same rows by name; `model` must be among them. Names in use: model, champion,
            gradient_boosting, trivial.
        settings: what to measure.
        labels: task and classes.
        slices: the same N rows with at least the columns that `settings.slices` names.
        importance: of the model's columns, as `assets.release.explain.importance` gives it.

    Raises:
        EvaluationError: arrays that do not fit each other, values that are not finite, an unknown slice column or a
            metric that does not fit the task.
    """
    metrics = metrics_of(settings, labels.task)
    values = {name: _checked(name, scores, truth, labels) for name, scores in candidates.items()}
    _check_rows(truth, values, settings, slices)
    cuts = {column: cut(slices[column]) for column in settings.slices}
    groups = [np.arange(len(truth)), *(rows for cells in cuts.values() for rows in cells.values())]
    bootstrap = _bootstrap(settings)
    whole, *parts = measure(truth, values, metrics=metrics, groups=groups, bootstrap=bootstrap)
    probabilities = {} if labels.task == "regression" else values
    return Evaluation(
        task=labels.task,
        rows=len(truth),
        intervals=bootstrap,
        candidates={name: {"metrics": _figures(whole, name, metrics)} for name in values},
        differences={name: _figures(whole, "model", metrics, less=name) for name in values if name != "model"},
        slices=_sliced(cuts, iter(parts), names=tuple(values), metrics=metrics),
        fairness={
            column: {name: gaps(truth, array, cuts[column], task=labels.task) for name, array in values.items()}
            for column in settings.fairness
        },
        calibration={name: calibration(truth, array) for name, array in probabilities.items()},
        confusion=confusion(truth, probabilities, labels.classes) if probabilities else None,
        importance=importance,
        own_metrics={metric.name: plain(metric) for metric in settings.own_metrics},
    )


def _bootstrap(settings: Evaluate) -> Intervals | None:
    if settings.intervals is None:
        return None
    return {"level": settings.intervals, "rounds": settings.rounds, "seed": settings.seed}


def _figures(
    measured: Measured, name: str, metrics: Sequence[AnyMetric], *, less: str | None = None
) -> dict[str, Figure]:
    return {name_of(metric): measured.figure(name, name_of(metric), less=less) for metric in metrics}


def _sliced(
    cuts: Mapping[str, Mapping[str, np.ndarray]],
    parts: Iterator[Measured],
    *,
    names: Sequence[str],
    metrics: Sequence[AnyMetric],
) -> dict[str, dict[str, SliceFigures]]:
    return {
        column: {
            value: {"rows": part.rows, "candidates": {name: _figures(part, name, metrics) for name in names}}
            for value, part in zip(cells, parts, strict=False)
        }
        for column, cells in cuts.items()
    }


def _checked(name: str, scores: Scores, truth: np.ndarray, labels: "Labels") -> np.ndarray:
    if (scores.prediction is None) == (labels.task == "regression"):
        held, needed = ("prediction", "probability") if scores.probability is None else ("probability", "prediction")
        raise EvaluationError(
            f"evaluate.candidates.{name} holds a {held}: {labels.task} targets need a {needed}; "
            f"hand over Scores({needed}=...)"
        )
    values = scores.values
    shape = (len(truth), len(labels.classes)) if labels.task == "multiclass" else (len(truth),)
    if values.shape != shape:
        raise EvaluationError(
            f"evaluate.candidates.{name} has the wrong shape: {values.shape}, and {labels.task} scores of these rows "
            f"are {shape}; score exactly the rows of the test part"
        )
    if broken := int((~np.isfinite(values)).sum()):
        raise EvaluationError(
            f"evaluate.candidates.{name} has scores that are not finite: {broken} of {values.size} must be none; "
            "lower the learning rate or clip gradients, and look for infinite features"
        )
    if labels.task != "regression" and (outside := int(((values < 0) | (values > 1)).sum())):
        raise EvaluationError(
            f"evaluate.candidates.{name} has probabilities outside 0 to 1: {outside} of {values.size} must be none; "
            "hand over probabilities, not logits"
        )
    return values


def _check_rows(truth: np.ndarray, values: Mapping[str, np.ndarray], settings: Evaluate, slices: pa.Table) -> None:
    if not len(truth):
        raise EvaluationError("evaluate has no rows: the test part holds 0 and needs at least 1; enlarge split.test")
    if "model" not in values:
        raise EvaluationError(
            f"evaluate.candidates has no 'model': {sorted(values)} are there; hand over the scores of the model"
        )
    if broken := int((~np.isfinite(truth)).sum()):
        raise EvaluationError(
            f"evaluate.truth is not finite: {broken} of {len(truth)} must be none; drop rows whose target is not known"
        )
    if slices.num_rows != len(truth) and settings.slices:
        raise EvaluationError(
            f"evaluate.slices has other rows than the truth: {slices.num_rows} and {len(truth)} must be equal; "
            "hand over the rows of the test part"
        )
    for column in settings.slices:
        if column not in slices.column_names:
            raise EvaluationError(
                f"evaluate.slices names a column that is not there: '{column}'; "
                f"{did_you_mean(column, slices.column_names)}"
            )
