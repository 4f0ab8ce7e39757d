"""Whether new rows still look like those a model was made of, and whether it still predicts as well."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from data_checks import drift_limits as limits
from data_checks.json_values import json_value
from data_checks.metric_names import AnyMetric, higher_is_better, name_of
from data_checks.profile import ColumnProfile, Kind, Profile, count
from data_checks.verdict import Json, Verdict

FLOOR = 0.05
NULL_FLOOR = 0.02
_FIXED = 0.1
_NULL_FIXED = 0.05
_FEWEST_VALUES = 30


class EmptyWindowError(ValueError):
    """There are no rows to compare with the reference."""


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column of a window is from the reference.

    Attributes:
        column: its name.
        kind: as what it is compared.
        distance: greatest gap of the cumulative shares of a number, half the sum of the gaps of all shares of a
            category or of the hours of a week of a time; 0 to 1, missing values left out.
        limit: the distance above which it drifted.
        null_gap: difference of the shares of missing values.
        null_limit: the difference above which it drifted.
        psi: population stability index, for people who are used to it; nothing is judged by it.
        drifted: whether either limit is exceeded.
        method: where the limits come from, in words.
        chunks: chunks of the reference.
        rows: of the window.
        history: distance of each chunk of the reference from the rest of it, in the order of time.
    """

    column: str
    kind: Kind
    distance: float
    limit: float
    null_gap: float
    null_limit: float
    psi: float
    drifted: bool
    method: str
    chunks: int
    rows: int
    history: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Test:
    """One distance of one column, with those of healthy windows where there are chunks enough to know them."""

    distance: float
    floor: float
    fixed: float
    healthy: np.ndarray | None
    judged: bool

    @property
    def p_value(self) -> float | None:
        """None for what can't differ and so is no test at all, such as missing values where there never were any."""
        if self.healthy is None or not (self.distance or self.healthy.any()):
            return None
        return limits.p_value(self.distance, self.healthy)

    def limit(self, chance: float) -> float:
        return self.fixed if self.healthy is None else max(self.floor, limits.distance_at(chance, self.healthy))

    def drifted(self, chance: float) -> bool:
        if self.healthy is None:
            return self.judged and self.distance > self.fixed
        p_value = self.p_value
        return p_value is not None and p_value <= chance and self.distance > self.floor


def compare(reference: Profile, rows: pa.Table | Profile) -> tuple[ColumnDrift, ...]:
    """Compare new rows with the reference, column by column.

    With 20 chunks and more, limits are calibrated on how far the reference's own chunks are from the rest of it, then
    the false discovery rate over all columns is held at 5 % (Benjamini and Hochberg), then effects under a floor (0.05
    of distance, 0.02 of missing values) are let pass. With fewer, a fixed distance of 0.1 (0.05 of missing values), or
    what chance alone gives so few rows, is the limit.

    Args:
        reference: with its time chunks; not modified.
        rows: (N,) a window with at least its columns, or its counts by `profile.count`; not modified.

    Returns:
        One result a column of the reference, in its order.

    Raises:
        EmptyWindowError: there are no rows.
        ProfileError: a column is missing or of another type.
    """
    window = rows if isinstance(rows, Profile) else count(reference, rows)
    if not window.rows:
        raise EmptyWindowError(
            "monitor has no rows to compare: 0 rows in this window; check that predictions were made"
        )
    tests = {
        name: _tests(column, window.columns[name].counts.sum(axis=0)) for name, column in reference.columns.items()
    }
    chance = limits.discovery_chance([p for pair in tests.values() for test in pair if (p := test.p_value) is not None])
    return tuple(
        _column_drift(name, column, window.columns[name].counts.sum(axis=0), tests=tests[name], chance=chance)
        for name, column in reference.columns.items()
    )


def _tests(reference: ColumnProfile, window: np.ndarray) -> tuple[_Test, _Test]:
    """Measure the values of a column, and which of them are missing."""
    present = reference.counts * (np.arange(len(window)) < len(window) - 1)
    presence = np.stack([reference.counts[:, :-1].sum(axis=1), reference.counts[:, -1]], axis=1)
    return (
        _test(present, np.append(window[:-1], 0), _distance(reference), floor=FLOOR, fixed=_FIXED),
        _test(
            presence, np.array([window[:-1].sum(), window[-1]]), limits.null_gap, floor=NULL_FLOOR, fixed=_NULL_FIXED
        ),
    )


def _test(chunks: np.ndarray, window: np.ndarray, distance: limits.Distance, *, floor: float, fixed: float) -> _Test:
    total = chunks.sum(axis=0)
    rows = int(window.sum())
    judged = min(rows, int(total.sum())) >= _FEWEST_VALUES
    healthy = None
    if judged and len(chunks) >= limits.FEWEST_CHUNKS:
        healthy = limits.healthy_distances(limits.joined(chunks, rows), rows, distance)
    noise = limits.sampling_noise(rows, int(total.sum()))
    return _Test(distance(total, window) if judged else 0.0, floor, max(fixed, noise), healthy, judged)


def _distance(reference: ColumnProfile) -> limits.Distance:
    return limits.kolmogorov if reference.kind == "number" else limits.total_variation


def _column_drift(
    name: str, reference: ColumnProfile, window: np.ndarray, *, tests: tuple[_Test, _Test], chance: float
) -> ColumnDrift:
    values, nulls = tests
    chunks = reference.counts
    history = limits.from_the_rest(chunks, _distance(reference)) if len(chunks) > 1 else np.empty(0)
    return ColumnDrift(
        name,
        reference.kind,
        distance=values.distance,
        limit=values.limit(chance),
        null_gap=nulls.distance,
        null_limit=nulls.limit(chance),
        psi=limits.population_stability(chunks.sum(axis=0), window),
        drifted=values.drifted(chance) or nulls.drifted(chance),
        method=_method(values, len(chunks)),
        chunks=len(chunks),
        rows=int(window.sum()),
        history=tuple(history.tolist()),
    )


def _method(test: _Test, chunks: int) -> str:
    if not test.judged:
        return f"not judged: fewer than {_FEWEST_VALUES} values"
    if test.healthy is None:
        return f"fixed limits: {chunks} chunks of the reference, under {limits.FEWEST_CHUNKS}"
    return f"calibrated on {len(test.healthy)} blocks of {chunks} chunks of the reference"


def no_drift(drifts: Sequence[ColumnDrift]) -> Verdict:
    """Judge a window by its columns; a failed verdict warns and does not block.

    Args:
        drifts: of all columns.

    Returns:
        The verdict `no_drift`, columns in the order of distance to limit in the evidence.
    """
    by_excess = sorted(drifts, key=_excess, reverse=True)
    evidence: dict[str, Json] = {
        "columns": {drift.column: json_value(asdict(drift)) for drift in by_excess},
        "drifted": [drift.column for drift in by_excess if drift.drifted],
        "methods": json_value(sorted({drift.method for drift in drifts})),
    }
    drifted = [drift for drift in by_excess if drift.drifted]
    rows = max((drift.rows for drift in drifts), default=0)
    if not drifted:
        summary = f"{rows} rows look like the reference in all {len(drifts)} columns"
        return Verdict("no_drift", True, summary, "warning", evidence)
    said = ", ".join(f"{d.column} {_said(d)}" for d in drifted[:5]) + (", …" if len(drifted) > 5 else "")
    summary = (
        f"monitor.drift found {len(drifted)} of {len(drifts)} columns moved in {rows} rows: {said}; look whether the "
        "source changed, and retrain if the world did"
    )
    return Verdict("no_drift", False, summary, "warning", evidence)


def _excess(drift: ColumnDrift) -> float:
    return max(drift.distance / drift.limit, drift.null_gap / drift.null_limit)


def _said(drift: ColumnDrift) -> str:
    if drift.distance / drift.limit >= drift.null_gap / drift.null_limit:
        return f"{drift.distance:.3g} over {drift.limit:.3g}"
    return f"missing {drift.null_gap:.3g} over {drift.null_limit:.3g}"


def performance(metric: AnyMetric, *, was: float, now: float | None, limit: float, rows: int, of: str = "") -> Verdict:
    """Judge a model on rows whose labels have arrived by what it reached when it was evaluated.

    Args:
        metric: which knows its direction; any where there are no rows.
        was: its value at evaluation.
        now: its value on the new rows; None or NaN if it can't be computed, for example for one class only.
        limit: how much worse it may be, in units of the metric.
        rows: labelled rows behind `now`.
        of: which rows these are and who scored them, such as `2016-01, scored by version 1`.

    Returns:
        The verdict `performance`, a warning when it fails; without labelled rows it passes and says so.
    """
    name = name_of(metric)
    evidence: dict[str, Json] = {
        "metric": name, "was": json_value(was), "now": json_value(now), "limit": limit, "rows": rows, "of": of,
    }  # fmt: skip
    if not rows:
        return Verdict("performance", True, "not judged: no labels have arrived yet", "warning", evidence)
    if now is None or not math.isfinite(now):
        summary = f"monitor.performance has no {name}: {rows} labelled rows do not define it; wait for more labels"
        return Verdict("performance", False, summary, "warning", evidence)
    worse = was - now if higher_is_better(metric) else now - was
    evidence["worse_by"] = worse
    said = f"{name} {now:.4g} on {rows} labelled rows{f' of {of}' if of else ''}, {was:.4g} at evaluation"
    if worse <= limit:
        return Verdict("performance", True, said, "warning", evidence)
    summary = f"monitor.performance fell: {said}, worse by more than {limit:g}; retrain, or look what changed"
    return Verdict("performance", False, summary, "warning", evidence)
