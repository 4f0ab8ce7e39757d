"""Watches a champion: whether rows and predictions look as they did in training, and whether it still is right."""

from collections.abc import Callable, Mapping, Sequence
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
from data_checks.grid import gridded
from data_checks.grid_profile import counts_in, profile_of
from data_checks.metric_names import AnyMetric
from data_checks.profile import ColumnProfile, Kind, Profile, count, profile, time_chunks
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
        of: which rows these are and who scored them, in words.
    """

    metric: AnyMetric
    was: float
    truth: np.ndarray
    values: np.ndarray
    of: str = ""


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
    rows: pa.Table,
    predictions: pa.Table,
    *,
    columns: Mapping[str, Kind],
    times: pa.ChunkedArray | None,
    chunks: int,
    counts: Sequence[pa.Table] = (),
) -> Profile:
    """Count the rows of a champion's training window, and its predictions on those that it learned from.

    Args:
        rows: (N) clean rows that it learned from; not modified.
        predictions: (N) as its package scores these rows, in the same order; not modified.
        columns: the features, and as what they are compared.
        times: (N) event times or any ordered values; None takes the rows as one chunk.
        chunks: how many chunks to cut.
        counts: of the window, in its order; what they do not tell is counted from the rows, on the same grid if it can
            be, so that counts of later windows fit the bins.
    """
    said = _said(predictions)
    at = None if times is None else time_chunks(times, most=chunks)
    told = dict(profile_of(counts, columns, most=chunks).columns)
    left = [name for name in columns if name not in told]
    told |= profile_of([gridded(rows.select(left), at)], {name: columns[name] for name in left}, most=chunks).columns
    known = rows.select([name for name in columns if name not in told])
    whole = pa.table([*known.columns, *said.columns], names=[*known.column_names, *said.column_names])
    outputs = {name: _kind(said.schema.field(name).type) for name in said.column_names}
    kinds = {name: kind for name, kind in {**columns, **outputs}.items() if name not in told}
    counted = profile(whole, kinds, at).columns
    return Profile({name: told.get(name) or counted[name] for name in (*columns, *outputs)})


def feature_counts(reference: Profile, counts: pa.Table | None, read: Callable[[Sequence[str]], pa.Table]) -> Profile:
    """Count a window's features in the bins of a reference, from rows only where its counts do not tell.

    Args:
        reference: as `reference_profile` made it.
        counts: of the window; None where there are none.
        read: gives the window's rows, of these columns as far as they are there.

    Raises:
        ProfileError: a column is missing or of another type.
    """
    features = {name: column for name, column in reference.columns.items() if not name.startswith("_")}
    told = counts_in(Profile(features), counts).columns if counts is not None else {}
    left = Profile({name: column for name, column in features.items() if name not in told})
    counted = count(left, read(list(left.columns))).columns if left.columns else {}
    return Profile({name: told.get(name) or counted[name] for name in features})


def monitor(
    reference: Profile,
    rows: pa.Table | Profile,
    predictions: pa.Table,
    *,
    settings: Monitor,
    labelled: Labelled | None = None,
) -> Monitored:
    """Compare a window with the champion's reference.

    Args:
        reference: as `reference_profile` made it.
        rows: (N) clean rows of the window, or their counts by `feature_counts`; not modified.
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
    counted: dict[str, ColumnProfile] = {}
    if settings.features:
        counted |= (rows if isinstance(rows, Profile) else count(features, rows)).columns
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
    rows, limit = len(labelled.truth), settings.may_lose
    return performance(labelled.metric, was=labelled.was, now=now, limit=limit, rows=rows, of=labelled.of)


def _said(predictions: pa.Table) -> pa.Table:
    names = [name for name in predictions.column_names if name == "prediction" or name.startswith("probability")]
    return predictions.select(names).rename_columns([f"_{name}" for name in names])


def _kind(type_: pa.DataType) -> Kind:
    return "number" if pa.types.is_floating(type_) else "category"
