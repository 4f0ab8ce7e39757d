"""What the model leans on, and where it does well or badly."""

from collections.abc import Mapping, Sequence

import numpy as np

from assets.release.evaluation import ColumnImportance, SliceFigures
from assets.release.plots.canvas import COLOURS, INK, colour, figure, label, legend, png, spoken

_MOST = 25
"""Rows of a bar chart that stay readable."""


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
        color=colour("model"),
        ecolor=INK,
        error_kw={"elinewidth": 1},
        height=0.7,
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(visible=False, axis="y")
    label(axes, x=f"loss of {spoken(metric)} when the column is shuffled", y="")
    return png(made)


def slices(slices: Mapping[str, SliceFigures], *, column: str, metric: str, title: str = "") -> bytes:
    """Draw a metric of every candidate in each slice of a column, with its interval.

    Args:
        slices: by value, as `Evaluation.slices[column]` holds them.
        column: that was cut.
        metric: to show.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    values = list(slices)[:_MOST][::-1]
    names = [name for name in COLOURS if any(name in slices[each]["candidates"] for each in values)]
    made, (axes,) = figure(
        height=1.5 + 0.2 * len(names) * max(len(values), 2), title=title or f"{spoken(metric)} by {column}"
    )
    for place, name in enumerate(names):
        points = [(slices[value]["candidates"][name][metric], height) for height, value in enumerate(values)]
        known = [(figure_, height) for figure_, height in points if figure_["value"] is not None]
        middle = np.array([each["value"] for each, _ in known])
        low = np.array([each["value"] if each["low"] is None else each["low"] for each, _ in known])
        high = np.array([each["value"] if each["high"] is None else each["high"] for each, _ in known])
        offset = ((len(names) - 1) / 2 - place) * 0.18
        axes.errorbar(
            middle,
            [height + offset for _, height in known],
            xerr=[middle - low, high - middle],
            fmt="o",
            color=colour(name),
            label=spoken(name),
            markersize=5 if name == "model" else 4,
            elinewidth=1.4,
        )
    axes.set_yticks(range(len(values)), [f"{value}  ({slices[value]['rows']:,})" for value in values])
    axes.set_ylim(-0.6, len(values) - 0.4)
    axes.grid(visible=False, axis="y")
    label(axes, x=spoken(metric), y=f"{column} (rows)")
    legend(axes)
    return png(made)
