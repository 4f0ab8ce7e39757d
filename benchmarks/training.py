"""What a step of our training loop costs beside the bare forward, backward and optimizer step.

CPU time, because wall time on a shared machine measures the others; the smallest of several rounds of each.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from assets.data.target import Labels
from assets.model.checkpoint import Progress
from assets.model.device import Compute, pinned, place
from assets.model.fit import fit
from assets.model.networks import Linear, Mlp, Shape, build
from assets.model.objective import objective
from assets.model.optimize import AdamW, optimizer
from assets.model.train import Train, train
from assets.model.training_data import Encoded, TrainingData

ROWS, NUMBERS, CARDINALITIES = 60_000, 36, (5, 12, 60, 300)
LABELS = Labels("binary", (False, True))
CASES: tuple[tuple[Linear | Mlp, int], ...] = ((Mlp(), 1024), (Mlp(), 64), (Linear(), 1024), (Linear(), 64))
EPOCHS, ROUNDS = 3, 5
MOST_RATIO, MOST_SECONDS = 1.25, 60.0


def made(rows: int) -> Encoded:
    """Rows with a target that follows a product of two numbers and a category."""
    random = np.random.default_rng(0)
    number = random.normal(size=(rows, NUMBERS)).astype(np.float32)
    category = np.column_stack([random.integers(0, codes, rows) for codes in CARDINALITIES]).astype(np.int32)
    score = number[:, 0] * number[:, 1] + number[:, 2] + category[:, 2] % 3 - 1
    return Encoded(number, category, (random.random(rows) < 1 / (1 + np.exp(-score))).astype(np.float32))


def ours(parts: TrainingData, model: Linear | Mlp, batch_size: int) -> int:
    """A short training, with all that it does besides steps; the number of its steps."""
    fit(
        parts,
        model=model,
        settings=Train(epochs=EPOCHS, batch_size=batch_size),
        labels=LABELS,
        device="cpu",
        progress=Progress(),
        on_epoch=lambda *_: None,
    )
    return EPOCHS * -(-len(parts.train.target) // batch_size)


def bare(parts: TrainingData, model: Linear | Mlp, batch_size: int) -> int:
    """As many steps on one batch that is already there; their number."""
    goal = objective(parts.train.target, labels=LABELS, class_weights=None, loss="squared")
    network = build(model, Shape(NUMBERS, CARDINALITIES, 1))
    moved, criterion = optimizer(AdamW(), network, lr=1e-3), goal.criterion(torch.device("cpu"))
    number, category, target = (
        torch.from_numpy(array[:batch_size]) for array in (parts.train.number, parts.train.category, parts.train.target)
    )
    steps = EPOCHS * -(-len(parts.train.target) // batch_size)
    for _ in range(steps):
        moved.zero_grad()
        criterion(network(number, category), target).backward()
        moved.step()
    return steps


def milliseconds(run: Callable[[], int]) -> float:
    """CPU time of a step."""
    started = time.process_time()
    steps = run()
    return 1000 * (time.process_time() - started) / steps


def main() -> int:
    """Print the cost of a step by network and batch, and the time of the training that the goal names.

    Returns:
        The exit status: 1 if a step of the perceptron, or that training, is outside of its bar.
    """
    compute = Compute(device="cpu", threads=1)
    parts = TrainingData(made(ROWS), made(200), CARDINALITIES)
    slow = False
    print(f"{'network':8} {'batch':>6} {'bare ms':>9} {'ours ms':>9} {'ratio':>6}")
    with pinned(place(compute)):
        for model, size in CASES:
            plain, loop = compared(parts, model, size)
            slow |= isinstance(model, Mlp) and loop / plain > MOST_RATIO
            print(f"{model.kind:8} {size:6} {plain:9.3f} {loop:9.3f} {loop / plain:6.2f}")
    seconds = whole_training(compute)
    print(f"60,000 rows x 40 inputs, mlp 256 x 256, 30 epochs, 1 thread: {seconds:.1f} CPU-s")
    return int(slow or seconds > MOST_SECONDS)


def compared(parts: TrainingData, model: Linear | Mlp, batch_size: int) -> tuple[float, float]:
    """Milliseconds of a bare step and of ours: the best of rounds that take turns."""
    pairs = [
        (milliseconds(lambda: bare(parts, model, batch_size)), milliseconds(lambda: ours(parts, model, batch_size)))
        for _ in range(ROUNDS)
    ]
    return min(plain for plain, _ in pairs), min(loop for _, loop in pairs)


def whole_training(compute: Compute) -> float:
    """CPU seconds of the stage, export included."""
    started = time.process_time()
    train(
        TrainingData(made(ROWS), made(ROWS // 6), CARDINALITIES),
        model=Mlp(),
        train=Train(epochs=30, batch_size=1024, early_stopping=None),
        tune=None,
        compute=compute,
        labels=LABELS,
        checkpoint=None,
        identity="benchmark",
        report=lambda _: None,
        log_metrics=lambda *_: None,
    )
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
