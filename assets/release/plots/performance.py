"""How well candidates do on the test rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from assets.release.evaluation import Calibration, Confusion
from assets.release.metrics import Scores, value
from assets.release.plots.canvas import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    colour,
    colour_bar,
    figure,
    label,
    legend,
    png,
    shorten,
    spoken,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 1000
"""Points a curve is drawn with."""
_WRITTEN = 12
"""Classes up to which the cells of a confusion matrix hold their counts."""
_LINE = 80
"""Letters of all class names together that fit under the matrix side by side."""


def roc_and_precision_recall(
    truth: np.ndarray, candidates: Mapping[str, Scores], *, title: str = "ROC and precision-recall"
) -> bytes:
    """Draw both curves of every candidate of a binary target.

    Args:
        truth: (N,) 0 and 1.
        candidates: probabilities (N,) by name.
        title: of the picture.

    Returns:
        PNG bytes; empty panels that say so where the truth holds one class only.
    """
    made, (roc, precision_recall) = figure(columns=2, height=4.6, title=title)
    if len(np.unique(truth)) < 2:
        for each in (roc, precision_recall):
            each.text(0.5, 0.5, "no curve: the rows hold one class only", ha="center", color=FAINT)
        return png(made)
    for place, (name, scores) in enumerate(candidates.items()):
        _curves(roc, precision_recall, truth, scores.values, name=name, ink=colour(name, place))
    roc.plot([0, 1], [0, 1], color=FAINT, linestyle=":", linewidth=1)
    precision_recall.axhline(float(np.mean(truth)), color=FAINT, linestyle=":", linewidth=1)
    label(roc, x="false positive rate", y="true positive rate", title="ROC and its area")
    label(precision_recall, x="recall", y="precision", title="Precision-recall and average precision")
    for each in (roc, precision_recall):
        each.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    legend(roc, "lower right")
    legend(precision_recall)
    return png(made)


def _curves(
    roc: "Axes", precision_recall: "Axes", truth: np.ndarray, values: np.ndarray, *, name: str, ink: str
) -> None:
    from sklearn.metrics import precision_recall_curve, roc_curve

    width = 2.0 if name == "model" else 1.3
    false_positive, true_positive, _ = roc_curve(truth, values)
    text = f"{spoken(name)}  {value('roc_auc', truth, values):.3f}"
    roc.plot(*_thinned(false_positive, true_positive), label=text, color=ink, linewidth=width)
    precision, recall, _ = precision_recall_curve(truth, values)
    text = f"{spoken(name)}  {value('average_precision', truth, values):.3f}"
    # The last point, precision 1 at recall 0, stands for no threshold.
    points = _thinned(recall[:-1], precision[:-1])
    precision_recall.plot(*points, label=text, color=ink, linewidth=width, drawstyle="steps-post")


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kept = np.unique(np.linspace(0, len(x) - 1, min(_POINTS, len(x))).astype(int))
    return x[kept], y[kept]


def residuals(truth: np.ndarray, prediction: np.ndarray, *, target: str, title: str = "Residuals") -> bytes:
    """Draw predicted against actual values, and how the errors spread.

    Args:
        truth: (N,) in target units.
        prediction: (N,).
        target: name of the target column, for the axes.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    made, (actual, errors) = figure(columns=2, height=4.6, title=title)
    _predicted_against_actual(actual, truth, prediction)
    label(actual, x=f"actual {spoken(target)}", y=f"predicted {spoken(target)}")
    _errors(errors, prediction - truth)
    return png(made)


def _predicted_against_actual(axes: "Axes", truth: np.ndarray, prediction: np.ndarray) -> None:
    from matplotlib.colors import LogNorm

    low, high = map(float, np.quantile(np.concatenate([truth, prediction]), [0.001, 0.999]))
    if low == high:
        low, high = low - 0.5, high + 0.5
    cells = axes.hexbin(
        truth, prediction, gridsize=45, norm=LogNorm(), mincnt=1, cmap="Blues", extent=(low, high, low, high)
    )
    # One row must still be seen on white: the scale of colours begins below 1.
    cells.set_clim(0.2, max(2.0, *np.asarray(cells.get_array()).tolist()))
    colour_bar(axes, cells, label="rows (logarithmic)").ax.set_ylim(bottom=1)
    axes.plot([low, high], [low, high], color=FAINT, linestyle=":", linewidth=1)
    for axis in (axes.xaxis, axes.yaxis):
        shorten(axis, np.array([low, high]))


def _errors(axes: "Axes", residual: np.ndarray) -> None:
    low, high = np.quantile(residual, [0.005, 0.995])
    middle = float(np.median(residual))
    # edges of our own: numpy makes none where all errors are one number but for its last bits
    edges: list[float] = np.linspace(low, high, 51).tolist() if low < high else [low - 0.5, low + 0.5]
    axes.hist(residual[(residual >= low) & (residual <= high)], bins=edges, color=BLUE, alpha=0.85)
    axes.axvline(0, color=INK, linewidth=1)
    axes.axvline(middle, color=ORANGE, label=f"median {middle:,.4g}")
    axes.locator_params(axis="x", nbins=6)
    shorten(axes.xaxis, np.array([low, high]))
    label(axes, x="predicted less actual", y="rows", title="Middle 99 % of the errors")
    legend(axes)


def calibration(figures: Mapping[str, Calibration], *, title: str = "Calibration") -> bytes:
    """Draw stated against observed rates.

    Args:
        figures: by candidate, as `assets.release.calibration.calibration` gives them.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    made, (axes,) = figure(height=4.8, title=title)
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle=":", linewidth=1)
    for place, (name, each) in enumerate(figures.items()):
        _calibration_curve(axes, name, each, place)
    label(axes, x="stated probability", y="observed rate")
    legend(axes, "upper left")
    return png(made)


def _calibration_curve(axes: "Axes", name: str, figures: Calibration, place: int) -> None:
    bins, ece = figures["bins"], figures["ece"]
    stated, observed = [each["stated"] for each in bins], np.array([each["observed"] for each in bins])
    reach = [observed - [each["low"] for each in bins], [each["high"] for each in bins] - observed]
    axes.errorbar(
        stated,
        observed,
        yerr=reach,
        color=colour(name, place),
        label=f"{spoken(name)}  expected calibration error {ece:.3f}",
        marker="o",
        markersize=4,
        linewidth=1.6 if name == "model" else 1.1,
        elinewidth=0.8,
    )


def confusion_matrix(confusion: Confusion, *, candidate: str = "model", title: str = "Confusion matrix") -> bytes:
    """Draw how often each true class was predicted as which.

    Args:
        confusion: as `assets.release.calibration.confusion` gives it.
        candidate: whose.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    counts = np.array(confusion["candidates"][candidate], dtype=np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    classes = [str(each) for each in confusion["classes"]]
    made, (axes,) = figure(height=max(3.6, min(9.0, 1.4 + 0.5 * len(classes))), title=title)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=max(0.5, shares.max()), aspect="auto")
    axes.grid(visible=False)
    axes.set_xticks(range(len(classes)), classes, rotation=90 if sum(map(len, classes)) > _LINE else 0)
    axes.set_yticks(range(len(classes)), classes)
    if len(classes) <= _WRITTEN:
        for (row, column), share in np.ndenumerate(shares):
            axes.text(
                column,
                row,
                f"{share:.0%}\n{counts[row, column]:,.0f}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if share > 0.6 * shares.max() else INK,
            )
    colour_bar(axes, image, label="share of the true class")
    label(axes, x="predicted", y="true")
    return png(made)
