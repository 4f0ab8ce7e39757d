"""How differently a candidate treats groups of rows."""

from collections.abc import Mapping

import numpy as np

from assets.release.evaluation import Fairness, Gap
from assets.release.metrics import chosen

_FEWEST = 50
"""Rows below which a group's rates are noise: it is named and left out of the gaps."""


def gaps(truth: np.ndarray, values: np.ndarray, groups: Mapping[str, np.ndarray], *, task: str) -> Fairness:
    """Compare rates between groups.

    Binary: `selected` (share predicted positive), `true_positive` and `false_positive` rates, as in Hardt et al.,
    Equality of Opportunity in Supervised Learning (2016). Multiclass: `accuracy`. Regression: `error` (mean of
    prediction less truth) and `absolute_error`, in target units.

    Args:
        truth: (N,) encoded target.
        values: (N,) probability or prediction, or (N, K) probabilities.
        groups: positions of the rows of each group.
        task: binary, multiclass or regression.

    Returns:
        Rates and their gaps; a gap is null where fewer than two groups have the rate, and groups of fewer than 50 rows
        are left out and named.
    """
    kept = {name: rows for name, rows in groups.items() if len(rows) >= _FEWEST}
    rates = {name: _rates(truth[rows], values[rows], task) for name, rows in kept.items()}
    named = next(iter(rates.values()), {})
    return {
        "groups": {name: {"rows": len(kept[name]), **each} for name, each in rates.items()},
        "gaps": {rate: _gap({name: each[rate] for name, each in rates.items()}) for rate in named},
        "left_out": [name for name in groups if name not in kept],
    }


def _rates(truth: np.ndarray, values: np.ndarray, task: str) -> dict[str, float | None]:
    if task == "regression":
        errors = values - truth
        return {"error": float(errors.mean()), "absolute_error": float(np.abs(errors).mean())}
    predicted = chosen(values)
    if task == "multiclass":
        return {"accuracy": float((predicted == truth).mean())}
    return {
        "selected": float(predicted.mean()),
        "true_positive": _rate(predicted[truth > 0]),
        "false_positive": _rate(predicted[truth <= 0]),
    }


def _rate(predicted: np.ndarray) -> float | None:
    return float(predicted.mean()) if len(predicted) else None


def _gap(rates: Mapping[str, float | None]) -> Gap:
    known = {name: rate for name, rate in rates.items() if rate is not None}
    if len(known) < 2:
        reason = f"{len(known)} of {len(rates)} groups have this rate, two are needed"
        return {"value": None, "largest": None, "smallest": None, "reason": reason}
    largest, smallest = max(known, key=lambda name: known[name]), min(known, key=lambda name: known[name])
    return {"value": known[largest] - known[smallest], "largest": largest, "smallest": smallest}
