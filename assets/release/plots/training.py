"""How training went."""

from collections.abc import Mapping, Sequence

from assets.release.plots.canvas import FAINT, colour, figure, label, legend, png, spoken

_PARTS = {"train": "#8c959f", "validation": "#1f6feb"}
_NOT_CURVES = ("epoch", "seconds", "lr", "learning_rate")


def learning_curve(
    history: Sequence[Mapping[str, float]], *, title: str = "Learning curve", best_epoch: int | None = None
) -> bytes:
    """Draw loss, and beside it the other metrics, over the epochs.

    Args:
        history: one row an epoch with `epoch` and any of `train_loss`, `validation_loss`, `validation_<metric>`;
            seconds and learning rate are not drawn.
        title: of the picture.
        best_epoch: whose weights were kept.

    Returns:
        PNG bytes.
    """
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(name for row in history for name in row if name not in _NOT_CURVES))
    panels = [
        panel for panel in ([n for n in names if "loss" in n], [n for n in names if "loss" not in n]) if panel
    ] or [[]]
    made, axes = figure(columns=len(panels), height=3.8, title=title)
    for each, curves in zip(axes, panels, strict=True):
        for place, name in enumerate(curves):
            part = name.split("_")[0]
            points = [(row.get("epoch", number), row[name]) for number, row in enumerate(history) if name in row]
            each.plot(
                *zip(*points, strict=True),
                color=_PARTS.get(part, colour(name, place)),
                label=spoken(name),
                marker="o",
                markersize=3,
            )
        if best_epoch is not None:
            each.axvline(best_epoch, color=FAINT, linestyle=":", label=f"kept: epoch {best_epoch}")
        label(each, x="epoch", y="loss" if curves and "loss" in curves[0] else "metric")
        each.xaxis.set_major_locator(MaxNLocator(integer=True))
        if curves:
            legend(each)
    return png(made)
