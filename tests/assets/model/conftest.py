"""Small real training parts, and a training of them with everything at its least."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assets.data.target import Labels
from assets.model.device import Compute
from assets.model.networks import Mlp
from assets.model.train import Encoded, Train, Trained, TrainingData, train

CARDINALITIES = (4, 7)
LABELS = {
    "binary": Labels("binary", (False, True)),
    "multiclass": Labels("multiclass", ("high", "low", "middle")),
    "regression": Labels("regression", ()),
}


def make_parts(task: str = "binary", rows: int = 600) -> TrainingData:
    """Three numbers and two categories; the target follows a number, a product of two, and a category."""
    random = np.random.default_rng(7)

    def part(count: int) -> Encoded:
        number = random.normal(size=(count, 3)).astype(np.float32)
        category = np.column_stack([random.integers(0, codes, count) for codes in CARDINALITIES]).astype(np.int32)
        score = 2 * number[:, 0] + number[:, 1] * number[:, 2] + 2.0 * (category[:, 1] == 3)
        score += random.normal(scale=0.5, size=count)
        target = {
            "binary": (score > 0.5).astype(np.float32),
            "multiclass": np.digitize(score, [-1, 1]).astype(np.int64),
            "regression": (5000 + 300 * score).astype(np.float32),
        }
        return Encoded(number, category, target[task])

    return TrainingData(part(rows), part(rows // 2), CARDINALITIES)


@pytest.fixture
def parts() -> Callable[..., TrainingData]:
    return make_parts


@pytest.fixture
def labels() -> Mapping[str, Labels]:
    return LABELS


@pytest.fixture
def run_train() -> Callable[..., Trained]:
    """`train` on one thread with a small network and few epochs; keyword arguments take the place of these."""

    def run(parts: TrainingData | None = None, task: str = "binary", **changes: Any) -> Trained:
        arguments: dict[str, Any] = {
            "model": Mlp(hidden=(16, 16)),
            "train": Train(epochs=4),
            "tune": None,
            "compute": Compute(device="cpu", threads=1),
            "labels": LABELS[task],
            "checkpoint": None,
            "identity": "one",
            "report": lambda line: None,
            "log_metrics": lambda epoch, metrics: None,
        }
        return train(parts or make_parts(task), **{**arguments, **changes})

    return run


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "progress" / "checkpoint.pt"
