"""How well scores order rows: areas under the ROC and the precision-recall curve, under many weightings at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Ranked:
    """Rows by falling score; for each of the P positive rows the bounds of its group of equal scores."""

    order: np.ndarray  # (N,) rows
    positives: np.ndarray  # (P,) rows
    start: np.ndarray  # (P,) rows that rank above the group
    end: np.ndarray  # (P,) rows that rank above the group or in it
    positives_start: np.ndarray  # (P,) the same, counting positive rows only
    positives_end: np.ndarray  # (P,)


def _rank(truth: np.ndarray, score: np.ndarray) -> _Ranked:
    order = np.argsort(-score, kind="stable")
    falling = -score[order]
    places = np.flatnonzero(truth[order] > 0)
    start = np.searchsorted(falling, falling[places], side="left")
    end = np.searchsorted(falling, falling[places], side="right")
    return _Ranked(
        order=order,
        positives=order[places],
        start=start,
        end=end,
        positives_start=np.searchsorted(places, start),
        positives_end=np.searchsorted(places, end),
    )


def _upto(weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Running totals (B, len(rows) + 1), beginning with 0."""
    totals = np.zeros((len(weights), len(rows) + 1), dtype=np.int32)
    np.cumsum(weights.take(rows, axis=1), axis=1, dtype=np.int32, out=totals[:, 1:])
    return totals


def roc_auc(truth: np.ndarray, values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Prepare the probability that a positive row outranks a negative one, ties counting half.

    Of several classes it is the mean over those that the rows hold, each against the rest.

    Source: Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143 (1982).

    Args:
        truth: (N,) 0 and 1, or class codes.
        values: (N,) scores of the positive class, or (N, K).

    Returns:
        A function of weights (B, N) to areas (B,), NaN where only one class has weight.
    """
    if values.ndim == 1:
        return _area(truth, values)
    areas = [_area(truth == code, values[:, code]) for code in np.unique(truth.astype(np.int64))]
    return lambda weights: np.array([area(weights) for area in areas]).mean(axis=0)


def _area(truth: np.ndarray, score: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    ranked = _rank(truth, score)

    def area(weights: np.ndarray) -> np.ndarray:
        every, positive = _upto(weights, ranked.order), _upto(weights, ranked.positives)
        above = every.take(ranked.start, axis=1) - positive.take(ranked.positives_start, axis=1)
        within = every.take(ranked.end, axis=1) - positive.take(ranked.positives_end, axis=1)
        own = weights.take(ranked.positives, axis=1)
        positives, rows = positive[:, -1].astype(np.float64), every[:, -1].astype(np.float64)
        outranked: np.ndarray = np.einsum("bp,bp->b", own, above + within, dtype=np.float64) / 2
        return 1.0 - outranked / (positives * (rows - positives))

    return area


def average_precision(truth: np.ndarray, score: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Prepare the mean precision over the positive rows, each at the threshold of its own score.

    Args:
        truth: (N,) 0 and 1.
        score: (N,) of the positive class.

    Returns:
        A function of weights (B, N) to areas (B,), NaN where no positive row has weight.
    """
    ranked = _rank(truth, score)

    def area(weights: np.ndarray) -> np.ndarray:
        every, positive = _upto(weights, ranked.order), _upto(weights, ranked.positives)
        precision = positive.take(ranked.positives_end, axis=1) / np.maximum(every.take(ranked.end, axis=1), 1)
        own = weights.take(ranked.positives, axis=1)
        total: np.ndarray = np.einsum("bp,bp->b", own, precision, dtype=np.float64)
        areas: np.ndarray = total / positive[:, -1]
        return areas

    return area
