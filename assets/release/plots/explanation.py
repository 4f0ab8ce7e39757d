"""What the model leans on, and where it does well or badly."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from assets.release.evaluation import ColumnImportance, Figure, SliceFigures
from assets.release.plots.canvas import BLUE, GRID, INK, colour, figure, label, legend_above, png, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 25
"""Rows of a bar chart that stay readable."""
_COMPARED = ("model", "champion", "gradient_boosting")


def importance(importance: Sequence[ColumnImportance], *, metric: str, title: str = "Permutation importance") -> bytes:
    """Draw how much of a metric is lost when a column is shuffled, the 25 largest losses.

    Args:
        importance: as `assets.release.explain.importance` gives it.
        metric: that was measured.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    shown = list(importance)[:_MOST][::-1]
    made, (axes,) = figure(height=1.4 + 0.26 * max(len(shown), 4), title=title)
    axes.barh(
        [str(each["column"]) for each in shown],
        [each["value"] for each in shown],
        xerr=[each["deviation"] for each in shown],
        color=BLUE,
        ecolor=INK,
        error_kw={"elinewidth": 1},
        height=0.7,
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(visible=False, axis="y")
    label(axes, x=f"how much worse {spoken(metric)} gets when the column is shuffled", y="")
    return png(made)


def slices(slices: Mapping[str, SliceFigures], *, column: str, metric: str, title: str = "") -> bytes:
    """Draw a metric of the model and its rivals in each slice of a column, with its interval.

    Args:
        slices: by value, as `Evaluation.slices[column]` holds them.
        column: that was cut.
        metric: to show.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    values = list(slices)[:_MOST][::-1]
    names = [name for name in _COMPARED if any(name in slices[each]["candidates"] for each in values)]
    height = 1.5 + 0.2 * len(names) * max(len(values), 2)
    made, (axes,) = figure(height=height, title=title or f"{spoken(metric)} by {column}")
    for place, name in enumerate(names):
        figures = [slices[value]["candidates"][name][metric] for value in values]
        _intervals(axes, name, figures, offset=((len(names) - 1) / 2 - place) * 0.22)
    for line in range(len(values) - 1):
        axes.axhline(line + 0.5, color=GRID, linewidth=0.8)
    axes.set_yticks(range(len(values)), [f"{value}\n{slices[value]['rows']:,} rows" for value in values])
    axes.set_ylim(-0.5, len(values) - 0.5)
    axes.grid(visible=False, axis="y")
    label(axes, x=spoken(metric), y="")
    legend_above(axes)
    return png(made)


def _intervals(axes: "Axes", name: str, figures: Sequence[Figure], *, offset: float) -> None:
    known = [(place + offset, each["value"], each) for place, each in enumerate(figures) if each["value"] is not None]
    middle = np.array([value for _, value, _ in known])
    low = np.array([value if each["low"] is None else min(each["low"], value) for _, value, each in known])
    high = np.array([value if each["high"] is None else max(each["high"], value) for _, value, each in known])
    axes.errorbar(
        middle,
        [height for height, _, _ in known],
        xerr=[middle - low, high - middle],
        fmt="o",
        color=colour(name),
        label=spoken(name),
        markersize=5 if name == "model" else 4,
        elinewidth=1.4,
    )
