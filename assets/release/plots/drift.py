"""How far new rows are from those the champion learned on."""

from collections.abc import Mapping

import numpy as np

from assets.release.plots.canvas import ALARM, BLUE, INK, colour_bar, figure, label, png

_MOST = 30
"""Columns that stay readable."""


def drift(ratios: Mapping[str, float], *, title: str = "Drift") -> bytes:
    """Draw each column's distance as a multiple of its limit, the largest first.

    Args:
        ratios: distance divided by limit, by column; over 1 is drift.
        title: of the picture, naming pipeline and period.

    Returns:
        PNG bytes.
    """
    shown = sorted(ratios.items(), key=lambda pair: pair[1])[-_MOST:]
    made, (axes,) = figure(height=1.4 + 0.26 * max(len(shown), 4), title=title)
    colours = [ALARM if ratio > 1 else BLUE for _, ratio in shown]
    axes.barh([name for name, _ in shown], [ratio for _, ratio in shown], color=colours, height=0.7)
    axes.axvline(1, color=INK, linewidth=1, linestyle="--")
    axes.grid(visible=False, axis="y")
    label(axes, x="distance as a multiple of its limit (dashed)", y="")
    return png(made)


def drift_over_time(periods: Mapping[str, Mapping[str, float]], *, title: str = "Drift over time") -> bytes:
    """Draw a heat map of distances as multiples of their limits, period by period, of the 30 columns that drift most.

    Args:
        periods: by period in order, at least one, distance divided by limit by column; a column may be missing in some.
        title: of the picture.

    Returns:
        PNG bytes.
    """
    largest: dict[str, float] = {}
    for each in periods.values():
        for name, ratio in each.items():
            largest[name] = max(ratio, largest.get(name, 0.0))
    columns = sorted(largest, key=lambda name: -largest[name])[:_MOST]
    ratios = np.array([[each.get(name, np.nan) for each in periods.values()] for name in columns])
    made, (axes,) = figure(height=1.6 + 0.26 * max(len(columns), 3), title=title)
    image = axes.imshow(ratios, cmap="RdYlBu_r", vmin=0, vmax=2, aspect="auto")
    axes.grid(visible=False)
    axes.set_yticks(range(len(columns)), columns)
    axes.set_xticks(range(len(periods)), list(periods), rotation=45, ha="right")
    axes.set_facecolor("#f3f4f6")
    breaches = np.argwhere(ratios > 1)
    axes.scatter(breaches[:, 1], breaches[:, 0], s=9, color=INK)
    colour_bar(axes, image, label="distance / limit (dot: over 1)").ax.axhline(1, color=INK)
    label(axes, x="period", y="")
    return png(made)
