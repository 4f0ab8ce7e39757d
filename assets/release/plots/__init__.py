"""Pictures of a run as PNG bytes, drawn on white and 1,080 pixels wide."""

from assets.release.plots.distributions import distributions
from assets.release.plots.drift import drift, drift_over_time
from assets.release.plots.explanation import importance, slices
from assets.release.plots.performance import calibration, confusion_matrix, residuals, roc_and_precision_recall
from assets.release.plots.training import learning_curve

__all__ = [
    "calibration",
    "confusion_matrix",
    "distributions",
    "drift",
    "drift_over_time",
    "importance",
    "learning_curve",
    "residuals",
    "roc_and_precision_recall",
    "slices",
]
