"""Figures of every candidate over groups of rows, all from the same bootstrap draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assets.release.evaluation import Figure, Intervals
from assets.release.intervals import draws, interval
from assets.release.metrics import Statistic, statistic
from data_checks.metric_names import AnyMetric, name_of


@dataclass(frozen=True)
class Measured:
    """Metrics of the candidates over one group of rows.

    Attributes:
        rows: in the group.
        classes: distinct values of the truth among them.
        values: candidate and metric -> value over the group, NaN where undefined.
        drawn: candidate and metric -> value in each draw (rounds,); empty without intervals.
        level: of the intervals.
    """

    rows: int
    classes: int
    values: Mapping[tuple[str, str], float]
    drawn: Mapping[tuple[str, str], np.ndarray]
    level: float

    def figure(self, candidate: str, metric: str, *, less: str | None = None) -> Figure:
        """Return a metric of a candidate, or what it has more of than another: `{"value", "low", "high"}`."""
        value, drawn = self.values[candidate, metric], self.drawn.get((candidate, metric))
        if less is not None:
            value -= self.values[less, metric]
            drawn = None if drawn is None else drawn - self.drawn[less, metric]
        if not np.isfinite(value):
            return {"value": None, "low": None, "high": None, "reason": self._reason(metric)}
        bounds = None if drawn is None else interval(drawn, self.level)
        low, high = bounds or (None, None)
        figure: Figure = {"value": value, "low": low, "high": high}
        if drawn is not None and bounds is None:
            figure["reason"] = f"no interval: {metric} is undefined in too many draws of these {self.rows} rows"
        return figure

    def _reason(self, metric: str) -> str:
        held = "hold one value of the target only" if self.classes == 1 else "do not define it"
        return f"no {metric}: the {self.rows} rows {held}"


def measure(
    truth: np.ndarray,
    values: Mapping[str, np.ndarray],
    *,
    metrics: Sequence[AnyMetric],
    groups: Sequence[np.ndarray],
    bootstrap: Intervals | None,
) -> tuple[Measured, ...]:
    """Measure candidates over groups of rows; a draw takes the same rows for every candidate and group.

    Args:
        truth: (N,) encoded target.
        values: scores by candidate, (N,) or (N, K).
        metrics: those that fit the task.
        groups: positions of the rows of each group, none empty.
        bootstrap: how to draw; none for values alone.

    Returns:
        The figures of each group, in the given order.
    """
    prepared = [
        _prepared(truth[rows], {name: array[rows] for name, array in values.items()}, metrics) for rows in groups
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        ones = [
            {key: float(ask(np.ones((1, len(rows)), dtype=np.int32))[0]) for key, ask in asked.items()}
            for asked, rows in zip(prepared, groups, strict=True)
        ]
        drawn = (
            [{} for _ in groups]
            if bootstrap is None
            else _drawn(prepared, groups, rows=len(truth), bootstrap=bootstrap)
        )
    return tuple(
        Measured(
            rows=len(rows),
            classes=len(np.unique(truth[rows])),
            values=ones[number],
            drawn=drawn[number],
            level=bootstrap["level"] if bootstrap else 0.0,
        )
        for number, rows in enumerate(groups)
    )


def _prepared(
    truth: np.ndarray, values: Mapping[str, np.ndarray], metrics: Sequence[AnyMetric]
) -> Mapping[tuple[str, str], Statistic]:
    return {
        (name, name_of(metric)): statistic(metric, truth, array) for name, array in values.items() for metric in metrics
    }


def _drawn(
    prepared: Sequence[Mapping[tuple[str, str], Statistic]],
    groups: Sequence[np.ndarray],
    *,
    rows: int,
    bootstrap: Intervals,
) -> list[dict[tuple[str, str], np.ndarray]]:
    drawn = [{key: np.empty(bootstrap["rounds"]) for key in asked} for asked in prepared]
    first = 0
    for weights in draws(rows, rounds=bootstrap["rounds"], seed=bootstrap["seed"]):
        until = first + len(weights)
        for asked, taken, into in zip(prepared, groups, drawn, strict=True):
            own = weights if len(taken) == rows else weights.take(taken, axis=1)
            for key, ask in asked.items():
                into[key][first:until] = ask(own)
        first = until
    return drawn
