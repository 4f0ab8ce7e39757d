"""Columns that predict the target by themselves, almost perfectly: leaks until someone says otherwise.

Each column is turned into one score, the mean target of its value (256 quantile bins for numbers and times, a bin for
missing values), learned on training rows and judged on training and validation rows: it sees values, missing values
and categories that give the label away, in any direction and shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_checks.floats import as_floats
from data_checks.metric_names import Task
from data_checks.row_hashes import value_codes

AUC_ABOVE = 0.995
R2_ABOVE = 0.999
_BINS = 256
_MIN_ROWS = 50
_MIN_OF_A_CLASS = 10
_MOST_ROWS = 200_000


@dataclass(frozen=True)
class Power:
    """How well one column alone predicts: ROC AUC (mean over classes), R² or squared rank correlation."""

    train: float
    validation: float
    limit: float

    @property
    def suspect(self) -> bool:
        """Whether both parts are predicted above the limit."""
        return min(self.train, self.validation) > self.limit


def lone_predictors(features: pa.Table, target: np.ndarray, parts: np.ndarray, *, task: Task) -> Mapping[str, Power]:
    """Measure every column by itself.

    Args:
        features: (N,) rows of candidate feature columns, before any transform; not modified.
        target: (N,) 0/1, class codes or numbers; NaN and negative codes are left out.
        parts: (N,) the part of each row; only `train` and `validation` are looked at.
        task: what the target is.

    Returns:
        The power of each column; empty if there are under 50 rows, or under 10 of a class, in either part.
    """
    target = np.asarray(target, np.float64)
    known = np.isfinite(target) if task == "regression" else target >= 0
    train, validation = (_thinned(np.flatnonzero((parts == part) & known)) for part in ("train", "validation"))
    if not (_enough(target[train], task) and _enough(target[validation], task)):
        return {}
    rows = np.concatenate([train, validation])
    is_train = np.arange(len(rows)) < len(train)
    return {
        name: _power(features.column(name).take(pa.array(rows)), target[rows], is_train, task)
        for name in features.column_names
    }


def _thinned(rows: np.ndarray) -> np.ndarray:
    return rows[:: max(1, -(-len(rows) // _MOST_ROWS))]


def _enough(target: np.ndarray, task: Task) -> bool:
    if len(target) < _MIN_ROWS:
        return False
    if task == "regression":
        return bool(np.ptp(target) > 0)
    counts = np.unique(target, return_counts=True)[1]
    return len(counts) > 1 and int(np.sort(counts)[-2]) >= _MIN_OF_A_CLASS


def _power(column: pa.ChunkedArray, target: np.ndarray, is_train: np.ndarray, task: Task) -> Power:
    codes, values = _codes(column, is_train)
    if task == "regression":
        score = _mean_target(codes, target, is_train)
        by_part = [
            _explained(score[m], target[m], None if values is None else values[m]) for m in (is_train, ~is_train)
        ]
        return Power(by_part[0], by_part[1], R2_ABOVE)
    classes = [1.0] if task == "binary" else np.unique(target[is_train]).tolist()
    areas = []
    for one in classes:
        score = _mean_target(codes, (target == one).astype(np.float64), is_train)
        areas.append([area_under_curve(score[m], target[m] == one) for m in (is_train, ~is_train)])
    means = np.nanmean(np.asarray(areas), axis=0) if np.isfinite(areas).any(axis=0).all() else np.asarray([0.5, 0.5])
    return Power(float(means[0]), float(means[1]), AUC_ABOVE)


def _codes(column: pa.ChunkedArray, is_train: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Number the values of a column, 0 for missing; numbers and times are returned as floats too."""
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", getattr(kind, "tz", None))).cast(pa.int64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return value_codes(column) + 1, None
    values = np.asarray(as_floats(column).to_numpy(), np.float64)
    seen = values[is_train & np.isfinite(values)]
    if not len(seen):
        return np.zeros(len(values), np.int64), None
    edges = np.unique(np.quantile(seen, np.linspace(0, 1, _BINS + 1)[1:-1], method="lower"))
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values)), values


def _mean_target(codes: np.ndarray, target: np.ndarray, is_train: np.ndarray) -> np.ndarray:
    size = int(codes.max()) + 1
    counts = np.bincount(codes[is_train], minlength=size)
    sums = np.bincount(codes[is_train], weights=target[is_train], minlength=size)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), target[is_train].mean())
    return np.asarray(means[codes], np.float64)


def area_under_curve(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve by mid-ranks (Mann and Whitney); NaN if a class is missing.

    >>> area_under_curve(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return float("nan")
    return float((_mid_ranks(score)[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _mid_ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], np.float64)


def _explained(score: np.ndarray, target: np.ndarray, values: np.ndarray | None) -> float:
    total = float(((target - target.mean()) ** 2).sum())
    binned = 1 - float(((target - score) ** 2).sum()) / total if total else 0.0
    if values is None or not np.isfinite(values).all() or np.ptp(values) == 0 or not total:
        return binned
    return max(binned, float(np.corrcoef(_mid_ranks(values), _mid_ranks(target))[0, 1]) ** 2)
