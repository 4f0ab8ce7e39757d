"""How values spread, side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from assets.release.plots.canvas import colour, figure, label, legend, png, shorten, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW = 12


def distributions(values: Mapping[str, np.ndarray], *, of: str, title: str = "") -> bytes:
    """Draw the distribution of one quantity in several sets of rows, such as the target in train and test.

    Args:
        values: (N,) numbers, or strings for classes, by name of the set; sets may differ in size,
            an empty one is not drawn.
        of: what the values are, for the axis.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    values = {name: np.asarray(each) for name, each in values.items() if len(each)}
    made, (axes,) = figure(height=3.6, title=title or f"Distribution of {spoken(of)}")
    every = np.concatenate(list(values.values()))
    distinct = np.unique(every)
    if every.dtype.kind not in "fiub" or len(distinct) <= _FEW:
        _shares(axes, values, distinct)
    else:
        _densities(axes, values, every)
    label(axes, x=spoken(of), y="share of the rows")
    legend(axes)
    return png(made)


def _shares(axes: "Axes", values: Mapping[str, np.ndarray], distinct: np.ndarray) -> None:
    width = 0.8 / len(values)
    for place, (name, each) in enumerate(values.items()):
        shares = [float(np.mean(each == value)) for value in distinct]
        axes.bar(np.arange(len(distinct)) + place * width, shares, width * 0.92, color=colour(name, place), label=name)
    axes.set_xticks(
        np.arange(len(distinct)) + 0.4 - width / 2,
        [f"{value:g}" if isinstance(value, np.floating) else str(value) for value in distinct],
    )
    axes.grid(visible=False, axis="x")


def _densities(axes: "Axes", values: Mapping[str, np.ndarray], every: np.ndarray) -> None:
    low, high = np.quantile(every, [0.002, 0.998])
    edges = np.linspace(low, high, 41)
    shorten(axes.xaxis, edges)
    for place, (name, each) in enumerate(values.items()):
        counts, _ = np.histogram(each, bins=edges)
        axes.stairs(counts / len(each), edges, color=colour(name, place), label=name, linewidth=1.8)
