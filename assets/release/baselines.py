"""What a model must beat: the answer that looks at no feature, and gradient boosting on the very same encoded rows."""

from typing import TYPE_CHECKING

import numpy as np

from assets.release.metrics import Scores

if TYPE_CHECKING:
    from assets.data.target import Labels

_BINS = 255
"""Most categories that scikit-learn's histograms hold; a column with more is given as numbers."""
_ROUNDS = 100


def trivial(train_target: np.ndarray, labels: "Labels", rows: int) -> Scores:
    """Answer every row alike, with what the training target is on average.

    Args:
        train_target: (N,) encoded target of the training rows.
        labels: task and classes.
        rows: how many rows to answer.

    Returns:
        The share of the positive class, the shares of the classes, or the mean, `rows` times.
    """
    if labels.task == "regression":
        return Scores(prediction=np.full(rows, train_target.mean(dtype=np.float64)))
    if labels.task == "binary":
        return Scores(probability=np.full(rows, train_target.mean(dtype=np.float64)))
    counts = np.bincount(train_target.astype(np.int64), minlength=len(labels.classes))
    return Scores(probability=np.tile(counts / counts.sum(), (rows, 1)))


def gradient_boosting(
    train_number: np.ndarray,
    train_category: np.ndarray,
    train_target: np.ndarray,
    *,
    test_number: np.ndarray,
    test_category: np.ndarray,
    labels: "Labels",
    seed: int,
) -> Scores:
    """Fit scikit-learn's histogram gradient boosting, untuned, on the training rows and score the test rows.

    Args:
        train_number: (N, Dn) float32, encoded.
        train_category: (N, Dc) category codes from 0.
        train_target: (N,) encoded target.
        test_number: (M, Dn).
        test_category: (M, Dc).
        labels: task and classes; a class that training never saw gets probability 0, and where training saw one class
            only the answer is the trivial one.
        seed: of the bin subsample.

    Returns:
        Scores of the M test rows.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

    native = [*[False] * train_number.shape[1], *(train_category.max(axis=0, initial=0) < _BINS)]
    options = {
        "max_iter": _ROUNDS,
        "early_stopping": False,
        "categorical_features": np.array(native, dtype=bool),
        "random_state": seed,
    }
    train, test = _joined(train_number, train_category), _joined(test_number, test_category)
    if labels.task != "regression" and len(np.unique(train_target)) < 2:
        return trivial(train_target, labels, len(test))
    # One thread: on busy cores OpenMP's threads wait for each other longer than the trees take (15 s against 0.6 s).
    with threadpool_limits(1, user_api="openmp"):
        if labels.task == "regression":
            return Scores(prediction=HistGradientBoostingRegressor(**options).fit(train, train_target).predict(test))
        fitted = HistGradientBoostingClassifier(**options).fit(train, train_target.astype(np.int64))
        probability = np.zeros((len(test), len(labels.classes)))
        probability[:, fitted.classes_] = fitted.predict_proba(test)
    return Scores(probability=probability[:, 1] if labels.task == "binary" else probability)


def _joined(number: np.ndarray, category: np.ndarray) -> np.ndarray:
    return np.hstack([number.astype(np.float32), category.astype(np.float32)])
