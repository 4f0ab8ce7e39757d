"""How training went."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assets.release.plots.canvas import FAINT, colour, figure, label, legend, png, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOT_CURVES = ("epoch", "seconds", "learning_rate")
_BASELINE = "baseline_loss"


def learning_curve(
    history: Sequence[Mapping[str, float]], *, title: str = "Learning curve", best_epoch: int | None = None
) -> bytes:
    """Draw loss, and beside it the other metrics, over the epochs.

    Args:
        history: one row an epoch with `epoch` and any of `train_loss`, `validation_loss`, `baseline_loss`,
            `validation_<metric>`; seconds and learning rate are not drawn.
        title: of the picture.
        best_epoch: whose weights were kept.

    Returns:
        PNG bytes.
    """
    names = list(dict.fromkeys(name for row in history for name in row if name not in _NOT_CURVES))
    losses, metrics = [name for name in names if "loss" in name], [name for name in names if "loss" not in name]
    panels = [(what, curves) for what, curves in (("loss", losses), ("metric", metrics)) if curves]
    made, axes = figure(columns=max(1, len(panels)), height=3.8, title=title)
    for each, (what, curves) in zip(axes, panels, strict=False):
        _curves(each, history, curves)
        if best_epoch is not None:
            each.axvline(best_epoch, color=FAINT, linestyle=":", linewidth=1.2, label=f"kept: epoch {best_epoch}")
        label(each, x="epoch", y=spoken(curves[0]) if len(curves) == 1 else what)
        legend(each)
    return png(made)


def _curves(axes: "Axes", history: Sequence[Mapping[str, float]], names: Sequence[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    for place, name in enumerate(names):
        points = [(row["epoch"], row[name]) for row in history if name in row]
        dashed = name == _BASELINE
        axes.plot(
            *zip(*points, strict=True),
            color=FAINT if dashed else colour(name.split("_")[0], place),
            linestyle="--" if dashed else "-",
            linewidth=1.2 if dashed else 1.6,
            marker="" if dashed and len(points) > 1 else "o",
            markersize=3,
            label=spoken(name),
        )
    axes.set_xlim(history[0]["epoch"] - 0.5, history[-1]["epoch"] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
