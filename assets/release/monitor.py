"""Watches a champion: whether rows and predictions look as they did in training, and whether it still is right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator

from assets.data.event_time import duration
from assets.data.period import Partitions, Period
from assets.release.metrics import value
from assets.settings import Section
from data_checks.drift import ColumnDrift, compare, no_drift, performance
from data_checks.metric_names import AnyMetric
from data_checks.profile import Kind, Profile, count, profile, time_chunks
from data_checks.verdict import Verdict


class Monitor(Section):
    """What is watched after a release."""

    features: bool = True
    """Whether the columns that the model reads are compared with its training window."""
    predictions: bool = True
    """Whether its predictions are."""
    labels_after: str | None = None
    """How long after the end of a period its labels are known, such as `60 days`; absent: performance is not judged."""
    may_lose: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.05
    """How much worse than at its evaluation the first metric may be on rows whose labels have arrived,
    in units of the metric."""
    chunks: Annotated[int, Field(ge=1, le=100)] = 40
    """Time chunks of the training window on which the limits of drift are calibrated; under 20 they are fixed."""

    @field_validator("labels_after")
    @classmethod
    def _is_a_duration(cls, text: str | None) -> str | None:
        if text is not None:
            duration(text)
        return text


@dataclass(frozen=True, eq=False)
class Labelled:
    """Predictions whose labels have arrived.

    Attributes:
        metric: the one that is judged.
        was: its value when the champion was evaluated.
        truth: (N,) as `metrics.statistic` takes it.
        values: (N,) probabilities of the positive class or predictions, or (N, K) probabilities of the classes.
    """

    metric: AnyMetric
    was: float
    truth: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Monitored:
    """What was seen of one window.

    Attributes:
        drifts: column by column; predictions as `_prediction` and `_probability…`.
        verdicts: `no_drift` and `performance`, warnings when they fail.
    """

    drifts: tuple[ColumnDrift, ...]
    verdicts: tuple[Verdict, Verdict]


def reference_profile(
    rows: pa.Table, predictions: pa.Table, *, columns: Mapping[str, Kind], times: pa.ChunkedArray | None, chunks: int
) -> Profile:
    """Count the rows that a champion learned from, and its predictions on them.

    Args:
        rows: (N) clean rows of its training window; not modified.
        predictions: (N) as its package scores these rows, in the same order; not modified.
        columns: the features, and as what they are compared.
        times: (N) event times or any ordered values; None takes the rows as one chunk.
        chunks: how many chunks to cut.
    """
    said = _said(predictions)
    known = rows.select(list(columns))
    whole = pa.table([*known.columns, *said.columns], names=[*known.column_names, *said.column_names])
    kinds = {**columns, **{name: _kind(said.schema.field(name).type) for name in said.column_names}}
    return profile(whole, kinds, None if times is None else time_chunks(times, most=chunks))


def monitor(
    reference: Profile, rows: pa.Table, predictions: pa.Table, *, settings: Monitor, labelled: Labelled | None = None
) -> Monitored:
    """Compare a window with the champion's reference.

    Args:
        reference: as `reference_profile` made it.
        rows: (N) clean rows of the window; not modified.
        predictions: (M) the champion's predictions on them, without the rows that it refused; not modified.
        settings: what is compared.
        labelled: predictions of an earlier window whose labels have arrived since; None where none have.

    Raises:
        EmptyWindowError: there are no rows.
        ProfileError: a column is missing or of another type.
    """
    features = Profile({name: column for name, column in reference.columns.items() if not name.startswith("_")})
    outputs = Profile({name: column for name, column in reference.columns.items() if name.startswith("_")})
    kept = features.columns if settings.features else {}
    counted = dict(count(features, rows).columns) if settings.features else {}
    if settings.predictions:
        kept = {**kept, **outputs.columns}
        counted |= count(outputs, _said(predictions)).columns
    drifts = compare(Profile(kept), Profile(counted)) if kept else ()
    return Monitored(drifts, (no_drift(drifts), _performance(labelled, settings)))


def labelled_period(partitions: Partitions, period: Period, settings: Monitor) -> Period | None:
    """The newest period whose labels are known at the end of another.

    Args:
        partitions: of the pipeline.
        period: the one that is run.
        settings: when labels arrive.

    Returns:
        None where labels are not waited for, or none can have arrived yet.
    """
    if settings.labels_after is None:
        return None
    wait = duration(settings.labels_after)
    back = int(wait / (period.end - period.start) * 1.2) + 2
    due = [past for past in partitions.trailing(period.key, back) if past.end + wait <= period.end]
    return due[-1] if due else None


def _performance(labelled: Labelled | None, settings: Monitor) -> Verdict:
    if labelled is None or not len(labelled.truth):
        metric, was = (labelled.metric, labelled.was) if labelled else ("", 0.0)
        return performance(metric, was=was, now=None, limit=settings.may_lose, rows=0)
    now = value(labelled.metric, labelled.truth, labelled.values)
    return performance(labelled.metric, was=labelled.was, now=now, limit=settings.may_lose, rows=len(labelled.truth))


def _said(predictions: pa.Table) -> pa.Table:
    names = [name for name in predictions.column_names if name == "prediction" or name.startswith("probability")]
    return predictions.select(names).rename_columns([f"_{name}" for name in names])


def _kind(type_: pa.DataType) -> Kind:
    return "number" if pa.types.is_floating(type_) else "category"
