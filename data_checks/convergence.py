"""Whether training led anywhere."""

import math
from collections.abc import Mapping, Sequence

from data_checks.verdict import Json, Verdict


def converged(
    history: Sequence[Mapping[str, float]], baseline: float | None, *, loss: str = "validation_loss"
) -> Verdict:
    """Judge a training history: every loss is finite, and the best beats knowing nothing about the rows.

    Args:
        history: one row an epoch, in order; each may hold several losses, whose names end in `loss`.
        baseline: the same loss, on the same rows, of the trivial model (class frequencies or the mean of the training
            targets); None if it is not known.
        loss: the name of the loss that is compared with the baseline; lower is better.

    Returns:
        The verdict `converged`.
    """
    values = [(row.get(loss, math.nan), number) for number, row in enumerate(history, start=1)]
    best, epoch = min(((v, n) for v, n in values if math.isfinite(v)), default=(math.nan, 0))
    wrong = [
        (n, name, value)
        for n, row in enumerate(history, start=1)
        for name, value in row.items()
        if name.endswith("loss") and not math.isfinite(value)
    ]
    evidence: dict[str, Json] = {
        "epochs": len(history),
        "best": best if math.isfinite(best) else None,
        "best_epoch": epoch or None,
        "baseline": baseline,
        "loss": loss,
    }
    fault = _fault(history, wrong, best, baseline)
    if fault:
        return Verdict("converged", False, fault, evidence=evidence)
    beside = "" if baseline is None else f", better than the trivial model's {baseline:.6g}"
    return Verdict(
        "converged", True, f"{loss} {best:.6g} after epoch {epoch} of {len(history)}{beside}", evidence=evidence
    )


def _fault(
    history: Sequence[Mapping[str, float]],
    wrong: Sequence[tuple[int, str, float]],
    best: float,
    baseline: float | None,
) -> str:
    if not history:
        return "train.epochs left no history: 0 epochs were trained; train at least one"
    if wrong:
        epoch, name, value = wrong[0]
        return (
            f"train.optimizer diverged: {name} is {value} in epoch {epoch} of {len(history)}; lower the learning rate, "
            "clip gradients, or look for extreme values in the features"
        )
    if not math.isfinite(best):
        return "train.epochs left no validation loss: the history does not hold it; validate after each epoch"
    if baseline is not None and best >= baseline:
        return (
            f"train.epochs ended without learning: the best validation loss {best:.6g} is not below the trivial "
            f"model's {baseline:.6g}; train longer, change the learning rate, or look whether the features say anything"
        )
    return ""
