"""What a metric of the table in `data_checks.metric_names` is, as arithmetic over weighted rows.

A metric is prepared once on its rows and then asked for many weightings of them at once: all ones give its value,
counts of a bootstrap draw give one round of its interval. So value and interval can never be two formulas.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from assets.release.ranking import average_precision, roc_auc
from data_checks.metric_names import AnyMetric, OwnMetric
from data_checks.named_function import NamedFunction

Statistic = Callable[[np.ndarray], np.ndarray]
"""Weights (B, N) int32 of the N prepared rows -> the metric under each of them (B,), NaN where it is undefined."""


@dataclass(frozen=True)
class Scores:
    """What one candidate says of N rows, in the order of the truth; not modified.

    Attributes:
        probability: of the positive class (N,) for a binary target, of each class (N, K) for a multiclass one.
        prediction: (N,) in target units, for regression.
    """

    probability: np.ndarray | None = None
    prediction: np.ndarray | None = None

    @property
    def values(self) -> np.ndarray:
        """The one array that is set, as float64.

        Raises:
            ValueError: not exactly one of the two is set.
        """
        given = [array for array in (self.probability, self.prediction) if array is not None]
        if len(given) != 1:
            raise ValueError(
                f"scores.probability and scores.prediction do not fit together: {len(given)} of them are set and "
                "exactly one must be; give the probability of a classifier or the prediction of a regression"
            )
        return np.asarray(given[0], dtype=np.float64)


def statistic(metric: AnyMetric, truth: np.ndarray, values: np.ndarray) -> Statistic:
    """Prepare one metric on N rows.

    Args:
        metric: a name of `data_checks.metric_names.METRICS`, or one of the pipeline's own.
        truth: (N,) 0 and 1 (binary), class codes (multiclass) or target units (regression).
        values: (N,) probability of the positive class, (N, K) probabilities of the classes, or (N,) predictions.

    Returns:
        The metric as a function of the rows' weights.

    Raises:
        FunctionError: a metric of the pipeline's own is not there, fails or returns no number, when it is asked.
    """
    if isinstance(metric, OwnMetric):
        return _own(metric, np.asarray(truth), values)
    return _METRICS[metric](np.asarray(truth), values)


def value(metric: AnyMetric, truth: np.ndarray, values: np.ndarray) -> float:
    """Return one metric over N rows that all weigh the same; NaN where it is undefined.

    >>> value("mae", np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    1.0
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(statistic(metric, truth, values)(np.ones((1, len(truth)), dtype=np.int32))[0])


def chosen(values: np.ndarray) -> np.ndarray:
    """Return the class codes (N,) that probabilities stand for: at least 0.5, or the largest of K."""
    codes = values >= 0.5 if values.ndim == 1 else values.argmax(axis=1)
    return codes.astype(np.int64)


def _own(metric: OwnMetric, truth: np.ndarray, values: np.ndarray) -> Statistic:
    """A function that knows no weights is given each row as often as it weighs."""
    function, places = NamedFunction(metric.use, f"evaluate.metrics.{metric.name}.use"), np.arange(len(truth))

    def once(weights: np.ndarray) -> float:
        rows = np.repeat(places, weights)
        found = function(truth[rows], values[rows]) if len(rows) else np.nan
        if not isinstance(found, int | float | np.integer | np.floating):
            raise function.refused(
                f"returns no number: {metric.use!r} gave a {type(found).__name__}",
                "return one number, NaN where the rows do not define it",
            )
        return float(found)

    return lambda weights: np.array([once(each) for each in weights])


def _mean(losses: np.ndarray) -> Statistic:
    # Not `@`: the threads of a matrix library wait for each other longer than these sums take.
    def mean(weights: np.ndarray) -> np.ndarray:
        total: np.ndarray = np.einsum("bn,n->b", weights.astype(np.float64), losses) / weights.sum(axis=1)
        return total

    return mean


def _log_loss(truth: np.ndarray, values: np.ndarray) -> Statistic:
    if values.ndim == 1:
        of_truth = np.where(truth > 0, values, 1.0 - values)
    else:
        of_truth = values[np.arange(len(truth)), truth.astype(np.int64)]
    return _mean(-np.log(np.clip(of_truth, np.finfo(np.float64).eps, 1.0)))


def _root(mean: Statistic) -> Statistic:
    return lambda weights: np.sqrt(mean(weights))


def _r2(truth: np.ndarray, values: np.ndarray) -> Statistic:
    # Centred first: the variance as a difference of squares would lose its digits on targets far from zero.
    centred = truth.astype(np.float64) - truth.mean(dtype=np.float64)
    residual, first, second = _mean((truth - values) ** 2), _mean(centred), _mean(centred**2)
    return lambda weights: (
        1.0 - residual(weights) / np.where((spread := second(weights) - first(weights) ** 2) > 0, spread, np.nan)
    )


def _median_absolute_error(truth: np.ndarray, values: np.ndarray) -> Statistic:
    errors = np.abs(truth - values)
    order = np.argsort(errors, kind="stable")
    ranked = errors[order]

    def median(weights: np.ndarray) -> np.ndarray:
        upto = np.cumsum(weights.take(order, axis=1), axis=1)
        half = upto[:, -1:] / 2
        lower, upper = (upto >= half).argmax(axis=1), (upto > half).argmax(axis=1)
        return np.where(upto[:, -1] > 0, (ranked[lower] + ranked[upper]) / 2, np.nan)

    return median


def _counts(codes: np.ndarray, size: int) -> Statistic:
    """Weighted rows per code below `size`: (B, N) -> (B, size); larger codes are dropped."""
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    kept = present < size

    def counts(weights: np.ndarray) -> np.ndarray:
        totals = np.zeros((len(weights), size))
        if len(order):
            totals[:, present[kept]] = np.add.reduceat(weights.take(order, axis=1), starts, axis=1)[:, kept]
        return totals

    return counts


def _from_confusion(
    formula: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> Callable[[np.ndarray, np.ndarray], Statistic]:
    """Metric from the counts (B, K) of rows rightly predicted, truly there and predicted, per class."""

    def prepare(truth: np.ndarray, values: np.ndarray) -> Statistic:
        classes = 2 if values.ndim == 1 else values.shape[1]
        actual, predicted = truth.astype(np.int64), chosen(values)
        right = _counts(np.where(actual == predicted, actual, classes), classes)
        there, said = _counts(actual, classes), _counts(predicted, classes)
        return lambda weights: formula(right(weights), there(weights), said(weights))

    return prepare


def _over_classes(per_class: np.ndarray) -> np.ndarray:
    known = np.isfinite(per_class)
    mean: np.ndarray = np.where(known, per_class, 0.0).sum(axis=1) / known.sum(axis=1)
    return mean


def _defined(whole: np.ndarray) -> np.ndarray:
    """Return the same counts with NaN for 0, so that a share of nothing is undefined and not 0."""
    return np.where(whole > 0, whole, np.nan)


def _f1(right: np.ndarray, there: np.ndarray, said: np.ndarray) -> np.ndarray:
    scores: np.ndarray = 2 * right / _defined(there + said)
    return scores


def _quadratic_kappa(truth: np.ndarray, values: np.ndarray) -> Statistic:
    # The weights (i - j)^2 make both sums of Cohen's kappa (Psychological Bulletin 70, 1968) moments of the codes.
    said, actual = chosen(values).astype(np.float64), truth.astype(np.float64)
    apart, squares = _mean((actual - said) ** 2), _mean(actual**2 + said**2)
    actual_mean, said_mean = _mean(actual), _mean(said)
    return lambda weights: (
        1.0 - apart(weights) / _defined(squares(weights) - 2 * actual_mean(weights) * said_mean(weights))
    )


_METRICS: Mapping[str, Callable[[np.ndarray, np.ndarray], Statistic]] = {
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "brier": lambda truth, values: _mean((values - truth) ** 2),
    "log_loss": _log_loss,
    "accuracy": lambda truth, values: _mean((chosen(values) == truth).astype(np.float64)),
    "balanced_accuracy": _from_confusion(lambda right, there, _said: _over_classes(right / _defined(there))),
    "f1": _from_confusion(lambda right, there, said: _f1(right, there, said)[:, 1]),
    "precision": _from_confusion(lambda right, _there, said: right[:, 1] / _defined(said[:, 1])),
    "recall": _from_confusion(lambda right, there, _said: right[:, 1] / _defined(there[:, 1])),
    "macro_f1": _from_confusion(lambda right, there, said: _over_classes(_f1(right, there, said))),
    "quadratic_kappa": _quadratic_kappa,
    "mae": lambda truth, values: _mean(np.abs(truth - values)),
    "rmse": lambda truth, values: _root(_mean((truth - values) ** 2)),
    "r2": _r2,
    "mape": lambda truth, values: _mean(np.abs(truth - values) / np.maximum(np.abs(truth), np.finfo(np.float64).eps)),
    "median_absolute_error": _median_absolute_error,
}
