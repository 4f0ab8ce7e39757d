"""The look that all plots share, and the way from a figure to PNG bytes without any global state."""

import io
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

INK, FAINT, GRID, ALARM = "#1f2328", "#6e7781", "#e6e8eb", "#c0392b"
BLUE, ORANGE, GREEN, GREY = "#1f6feb", "#d9822b", "#2e8b57", "#8c959f"
_NAMED = {
    "model": BLUE,
    "champion": ORANGE,
    "gradient_boosting": GREEN,
    "trivial": GREY,
    "train": GREY,
    "validation": BLUE,
    "test": ORANGE,
}
_OTHERS = (BLUE, ORANGE, GREEN, "#7d4cdb", "#c2477f", "#00838f")
_LARGE = 10_000
"""From here on numbers on an axis are written 20k or 1.5M."""
_WIDTH_INCHES, _DOTS_PER_INCH = 9.0, 120


def figure(*, columns: int = 1, rows: int = 1, height: float = 4.2, title: str) -> "tuple[Figure, list[Axes]]":
    """Return a figure nine inches wide and its axes, row by row; `height` is in inches, without the title's."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(_WIDTH_INCHES, height), dpi=_DOTS_PER_INCH, layout="constrained", facecolor="white")
    made.suptitle(title, x=0.012, ha="left", fontsize=12, fontweight="bold", color=INK)
    grid = made.subplots(rows, columns, squeeze=False)
    axes = [each for row in grid for each in row]
    for each in axes:
        _tidy(each)
    return made, axes


def _tidy(axes: "Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=9, length=3)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def label(axes: "Axes", *, x: str, y: str, title: str = "") -> None:
    """Name both axes, and what the panel shows."""
    axes.set_xlabel(x, fontsize=9.5, color=INK)
    axes.set_ylabel(y, fontsize=9.5, color=INK)
    axes.set_title(title, fontsize=10, color=INK, loc="left")


def legend(axes: "Axes", where: Literal["best", "lower right", "upper left"] = "best") -> None:
    """Show the names of the series in a frame that does not fight with them."""
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles, names, loc=where, fontsize=8.5, framealpha=0.9, edgecolor="none", labelcolor=INK)


def legend_above(axes: "Axes") -> None:
    """Show the names of the series in a line over the panel, where they hide nothing."""
    handles, names = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        names,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=max(1, len(names)),
        fontsize=8.5,
        frameon=False,
        labelcolor=INK,
    )


def colour(name: str, place: int = 0) -> str:
    """Return the colour of a candidate or part, or one by place for any other series."""
    return _NAMED.get(name, _OTHERS[place % len(_OTHERS)])


def shorten(axis: "Axis", values: np.ndarray) -> None:
    """Write large numbers short, so that their labels do not run into each other."""
    from matplotlib.ticker import EngFormatter

    if len(values) and np.abs(values).max() >= _LARGE:
        axis.set_major_formatter(EngFormatter(sep=""))


def colour_bar(axes: "Axes", image: "ScalarMappable", *, label: str) -> "Colorbar":
    """Show what the colours stand for, in a thin bar."""
    bar = axes.figure.colorbar(image, ax=axes, aspect=30, pad=0.02)
    bar.set_label(label, fontsize=9.5, color=INK)
    bar.ax.tick_params(labelsize=8.5, colors=INK)
    bar.outline.set_visible(False)
    return bar


def spoken(name: str) -> str:
    """Return a name as it is read, with spaces.

    >>> spoken("gradient_boosting")
    'gradient boosting'
    """
    return name.replace("_", " ")


def png(made: "Figure") -> bytes:
    """Return the picture; equal figures give equal bytes."""
    stream = io.BytesIO()
    made.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
