"""The look that all plots share, and the way from a figure to PNG bytes without any global state."""

import io
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, GRID, ALARM = "#1f2328", "#6e7781", "#e6e8eb", "#c0392b"
COLOURS = {"model": "#1f6feb", "champion": "#d9822b", "gradient_boosting": "#2e8b57", "trivial": "#8c959f"}
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


def colour(name: str, place: int = 0) -> str:
    """Return the colour of a candidate, or one by place for any other series."""
    others = ("#7d4cdb", "#c2477f", "#00838f", "#a0522d")
    return COLOURS.get(name, others[place % len(others)])


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
