"""What training may see: encoded train and validation rows, checked."""

from dataclasses import dataclass

import numpy as np


class TrainingDataError(ValueError):
    """Encoded rows that cannot be trained on."""


@dataclass(frozen=True)
class Encoded:
    """One part's encoded rows; not modified.

    Attributes:
        number: (N, Dn) float32, finite.
        category: (N, Dc) int32 codes.
        target: (N,) 0/1 for binary, int64 class codes for multiclass, float64 in the target's units for regression.
    """

    number: np.ndarray
    category: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class TrainingData:
    """The train and the validation part, never the test part.

    Attributes:
        train: rows the weights are fitted on.
        validation: rows that choose the epoch and the tuned settings.
        cardinalities: how many codes each category column has.

    Raises:
        TrainingDataError: a part is empty or does not fit the other, or holds a code or a number it must not.
    """

    train: Encoded
    validation: Encoded
    cardinalities: tuple[int, ...]

    def __post_init__(self) -> None:
        for name, part in (("train", self.train), ("validation", self.validation)):
            fault = _shape_fault(part, self.train.number.shape[-1], len(self.cardinalities)) or _value_fault(
                part, self.cardinalities
            )
            if fault:
                raise TrainingDataError(f"features.{name} {fault}")


def _shape_fault(part: Encoded, numbers: int, categories: int) -> str | None:
    rows = len(part.target)
    if not rows:
        return "is empty: 0 rows, at least 1 is needed; change the split"
    if not numbers + categories:
        return "has no inputs: 0 number and 0 category columns, at least 1 is needed; name some features"
    shapes, expected = (part.number.shape, part.category.shape), ((rows, numbers), (rows, categories))
    if shapes != expected:
        return f"does not fit together: shapes {shapes} must be {expected}; run the stage transform again"
    return None


def _value_fault(part: Encoded, cardinalities: tuple[int, ...]) -> str | None:
    for name, values in (("number", part.number), ("target", part.target)):
        if not np.isfinite(values).all():
            count = int((~np.isfinite(values)).sum())
            return f"is not finite: {count} values of {name!r}, 0 are allowed; refuse them in the contract"
    low, high = part.category.min(axis=0), part.category.max(axis=0)
    for column, codes in enumerate(cardinalities):
        if low[column] < 0 or high[column] >= codes:
            span = f"column {column} has {low[column]} to {high[column]}"
            return f"holds unknown category codes: {span}, must be 0 to {codes - 1}; run the stage transform again"
    return None
