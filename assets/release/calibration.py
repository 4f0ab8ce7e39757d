"""Whether probabilities mean what they say, and which class is taken for which."""

from collections.abc import Mapping, Sequence

import numpy as np

from assets.release.evaluation import Bin, Calibration, Confusion
from assets.release.metrics import chosen
from data_checks.verdict import Json

_BINS = 10
_Z = 1.959964
"""Normal quantile of the 95 % intervals of observed rates."""


def calibration(truth: np.ndarray, probability: np.ndarray) -> Calibration:
    """Compare stated with observed rates in bins of equal counts.

    For K classes it is the largest probability that is compared with how often its class is the true one.

    Source: Guo et al., On Calibration of Modern Neural Networks (2017); intervals are Wilson's.

    Args:
        truth: (N,) 0 and 1, or class codes.
        probability: (N,) of the positive class, or (N, K).

    Returns:
        Bins by rising probability, at most ten, and the expected calibration error.
    """
    stated = probability if probability.ndim == 1 else probability.max(axis=1)
    happened = (truth if probability.ndim == 1 else chosen(probability) == truth).astype(np.float64)
    edges = np.unique(np.quantile(stated, np.linspace(0, 1, _BINS + 1)[1:-1]))
    codes = np.searchsorted(edges, stated, side="right")
    bins = [_bin(stated[codes == code], happened[codes == code]) for code in np.unique(codes)]
    gaps = [abs(each["stated"] - each["observed"]) * each["rows"] for each in bins]
    return {"bins": bins, "ece": float(sum(gaps) / len(truth))}


def _bin(stated: np.ndarray, happened: np.ndarray) -> Bin:
    rows, rate = len(stated), float(happened.mean())
    middle = (rate + _Z**2 / (2 * rows)) / (1 + _Z**2 / rows)
    reach = _Z * np.sqrt(rate * (1 - rate) / rows + _Z**2 / (4 * rows**2)) / (1 + _Z**2 / rows)
    return {
        "rows": rows,
        "stated": float(stated.mean()),
        "observed": rate,
        "low": float(np.clip(middle - reach, 0.0, rate)),
        "high": float(np.clip(middle + reach, rate, 1.0)),
    }


def confusion(truth: np.ndarray, values: Mapping[str, np.ndarray], classes: Sequence[Json]) -> Confusion:
    """Count rows by true and predicted class, for every candidate.

    Args:
        truth: (N,) class codes.
        values: probabilities by candidate, (N,) or (N, K).
        classes: the K classes, in the order of their codes.
    """
    size = len(classes)
    counts = {
        name: np.bincount(truth.astype(np.int64) * size + chosen(array), minlength=size * size)
        .reshape(size, size)
        .tolist()
        for name, array in values.items()
    }
    return {"classes": list(classes), "candidates": counts}
