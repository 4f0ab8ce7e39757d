"""What a model must reach, by the data: more than chance gives a model that knows nothing of the row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data_checks.metric_names import Task
from data_checks.verdict import Json

# a model that is right by chance alone is better than this in one of forty cases: two standard errors
_ERRORS = 2.0
_MOST_AUC, _MOST_R2 = 0.4, 0.3
_COMMON, _FEW, _HEAVY = 0.25, 0.01, 1 / 3
_LIMITS: Mapping[Task, str] = {
    "binary": "{metric: roc_auc, at_least: …}",
    "multiclass": "{metric: accuracy, at_least: …}",
    "regression": "{metric: mae, at_most: …}",
}


@dataclass(frozen=True)
class Gates:
    """The gates of a declaration, and the rule by which they were written."""

    gates: tuple[Json, ...]
    why: str


@dataclass(frozen=True)
class Tails:
    """How a target of numbers lies.

    Attributes:
        held: share of the squared distances from the mean that the farthest hundredth of the rows holds.
        common: share of the rows that have the commonest value.
    """

    held: float
    common: float

    @property
    def heavy(self) -> bool:
        """Whether few rows rule the squared error, and are not merely those that are no zero."""
        return self.held > _HEAVY and self.common < _COMMON


def tails(target: np.ndarray) -> Tails:
    """Describe the (N,) known values of a target.

    >>> tails(np.arange(1000.0)).heavy, tails(np.exp(np.linspace(-3, 3, 1000) ** 3 / 5)).heavy
    (False, True)
    """
    squares = np.sort((target - target.mean()) ** 2)[::-1]
    few = math.ceil(_FEW * len(squares))
    _, counts = np.unique(target, return_counts=True)
    return Tails(float(squares[:few].sum() / (squares.sum() or 1.0)), float(counts.max() / len(target)))


def gates(task: Task, target: np.ndarray, tested: int) -> Gates:
    """Write the gates against the model that says the same of each row, with room for chance, and the champion.

    Args:
        task: what is predicted.
        target: (N,) 0/1, class codes or numbers, without missing ones.
        tested: about how many rows a test part has.
    """
    match task:
        case "binary":
            first, room, champion = _binary(target, tested)
        case "multiclass":
            margin = _up(_ERRORS / tested)
            first = {"metric": "log_loss", "against": "trivial", "better_by": margin}
            room, champion = "in log loss, 2 divided by that number of rows", ("accuracy", 0.01)
        case "regression":
            first, room, champion = _regression(target, tested)
    metric, worse = champion
    why = (
        f"A model must beat one that knows nothing of the row, by more than chance gives on about {tested:,} rows "
        f"of a test part: {room}; a model that misses it may know nothing either. Than the champion it may be worse by "
        f"{worse:g} in {metric}. How good is good enough is known to whoever uses it: add that as a limit, such as "
        f"{_LIMITS[task]}."
    )
    return Gates((first, {"metric": metric, "against": "champion", "not_worse_by": worse}), why)


_Rule = tuple[dict[str, Json], str, tuple[str, float]]


def _binary(target: np.ndarray, tested: int) -> _Rule:
    share = min(float(target.mean()), 1 - float(target.mean()))
    rare = max(1.0, share * tested)
    # the variance of ranks among equals (Mann and Whitney 1947)
    error = math.sqrt((tested + 1) / (12 * rare * max(1.0, tested - rare)))
    margin = min(_MOST_AUC, _up(_ERRORS * error))
    room = f"two standard errors of the ROC AUC, with about {rare:,.0f} of these rows of the rarer class"
    return {"metric": "roc_auc", "against": "trivial", "better_by": margin}, room, ("roc_auc", 0.01)


def _regression(target: np.ndarray, tested: int) -> _Rule:
    found = tails(target)
    if not found.heavy:
        margin = min(_MOST_R2, _up(_ERRORS**2 / tested))
        room = "in R², 4 divided by that number of rows" if margin < _MOST_R2 else "in R², 0.3, since they are so few"
        return {"metric": "r2", "against": "trivial", "better_by": margin}, room, ("r2", 0.01)
    about_median = float(np.abs(target - np.median(target)).mean())
    constant = float(np.abs(target - target.mean()).mean()) - about_median
    margin = _up(constant + min(_MOST_R2, _ERRORS / tested) * about_median)
    room = (
        f"{_up(constant):g} of its mean absolute error is won by whoever says the median of all rows, and what is more "
        "is for chance"
    )
    worse = ("mae", _up(0.01 * about_median))
    return {"metric": "mae", "against": "trivial", "better_by": margin}, room, worse


def _up(value: float) -> float | int:
    """Rounded up to two digits.

    >>> _up(0.0123), _up(1234.0), _up(0.2)
    (0.013, 1300, 0.2)
    """
    if value <= 0:
        return 0
    digits = 1 - math.floor(math.log10(value))
    raised = math.ceil(value * 10.0**digits - 1e-9) / 10.0**digits
    return int(raised) if digits <= 0 else round(raised, digits)
