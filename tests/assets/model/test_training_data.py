from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assets.model.training_data import Encoded, TrainingData, TrainingDataError


def damaged(**change: Any) -> Callable[[Encoded], Encoded]:
    return lambda part: replace(part, **{name: make(getattr(part, name)) for name, make in change.items()})


def at_first(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def put(array: np.ndarray) -> np.ndarray:
        copy = array.copy()
        copy.flat[0] = value
        return copy

    return put


@pytest.mark.parametrize("name", ["train", "validation"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damaged(number=lambda a: a[:0], category=lambda a: a[:0], target=lambda a: a[:0]), "is empty: 0 rows"),
        (damaged(number=lambda a: a[1:]), r"does not fit together: shapes \(\(\d+, 3\), \(\d+, 2\)\) must be"),
        (damaged(category=lambda a: a[:, :1]), "does not fit together: shapes"),
        (damaged(number=at_first(np.nan)), "is not finite: 1 values of 'number', 0 are allowed"),
        (damaged(target=at_first(np.inf)), "is not finite: 1 values of 'target'"),
        (damaged(category=at_first(4)), "holds unknown category codes: column 0 has 0 to 4, must be 0 to 3"),
        (damaged(category=at_first(-1)), "holds unknown category codes: column 0 has -1 to 3"),
    ],
)
def test_refuses_rows_that_cannot_be_trained_on(
    parts: Callable[..., TrainingData], name: str, damage: Callable[[Encoded], Encoded], message: str
) -> None:
    sound = parts()
    with pytest.raises(TrainingDataError, match=rf"features\.{name} {message}"):
        replace(sound, **{name: damage(getattr(sound, name))})


def test_refuses_rows_without_inputs() -> None:
    part = Encoded(np.empty((3, 0), np.float32), np.empty((3, 0), np.int32), np.zeros(3, np.float32))
    with pytest.raises(TrainingDataError, match=r"features\.train has no inputs: 0 number and 0 category columns"):
        TrainingData(part, part, ())
