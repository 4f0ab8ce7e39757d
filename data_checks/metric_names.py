"""The metrics that may be named in a declaration: the closed table that gates and evaluation share."""

from typing import Literal, NamedTuple

Task = Literal["binary", "multiclass", "regression"]


class Metric(NamedTuple):
    """For which tasks a metric is defined and in which direction it improves."""

    tasks: tuple[Task, ...]
    higher_is_better: bool


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")

METRICS: dict[str, Metric] = {
    "roc_auc": Metric(_CLASSES, higher_is_better=True),
    "average_precision": Metric(("binary",), higher_is_better=True),
    "brier": Metric(("binary",), higher_is_better=False),
    "log_loss": Metric(_CLASSES, higher_is_better=False),
    "accuracy": Metric(_CLASSES, higher_is_better=True),
    "balanced_accuracy": Metric(_CLASSES, higher_is_better=True),
    "f1": Metric(("binary",), higher_is_better=True),
    "precision": Metric(("binary",), higher_is_better=True),
    "recall": Metric(("binary",), higher_is_better=True),
    "macro_f1": Metric(_CLASSES, higher_is_better=True),
    "quadratic_kappa": Metric(("multiclass",), higher_is_better=True),
    "mae": Metric(("regression",), higher_is_better=False),
    "rmse": Metric(("regression",), higher_is_better=False),
    "r2": Metric(("regression",), higher_is_better=True),
    "mape": Metric(("regression",), higher_is_better=False),
    "median_absolute_error": Metric(("regression",), higher_is_better=False),
}
"""By name. `roc_auc` of several classes is the mean over classes of one against the rest; `quadratic_kappa` (Cohen's
kappa with quadratic weights) takes the classes in their order; `mape` is a share, not a percentage."""
