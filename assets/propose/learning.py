"""How a model is to learn, by the data: what keeps a network from learning few rows by heart."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assets.propose.gates import tails
from data_checks.metric_names import Task
from data_checks.verdict import Json

FEW_ROWS = 12_000


@dataclass(frozen=True)
class Learning:
    """The `model` and `train` sections, and why each is as it is, a sentence each."""

    model: Mapping[str, Json]
    train: Mapping[str, Json]
    why: tuple[str, ...]


def learning(task: Task, target: np.ndarray, learned: int, *, categories: bool) -> Learning:
    """Propose a network and its training.

    Args:
        task: what is predicted.
        target: (N,) known values, numbers for regression.
        learned: about how many rows are trained on.
        categories: whether there are features of names.
    """
    model: dict[str, Json] = {"kind": "mlp"}
    train: dict[str, Json] = {}
    why = []
    if learned < FEW_ROWS:
        why.append(
            f"About {learned:,} rows to learn from are soon learned by heart: small steps (lr)"
            f"{', weight_decay and two numbers a category (embedding)' if categories else ' and weight_decay'} keep "
            f"from that. With many more rows, remove {'model.embedding, ' if categories else ''}train.epochs, "
            "train.early_stopping and train.optimizer: the defaults do."
        )
        model |= {"embedding": 2} if categories else {}
        optimizer: dict[str, Json] = {"kind": "adamw", "lr": 0.001, "weight_decay": 0.3}
        train |= {"epochs": 200, "early_stopping": 8, "optimizer": optimizer}
    if task == "regression" and (found := tails(target)).heavy:
        why.append(
            f"1 % of the rows hold {100 * found.held:.0f} % of the squared distance from the mean: with the loss huber "
            "they do not outweigh all others. Where the error in percent is what counts, derive the logarithm and "
            "predict that (docs/recipes/derive.md)."
        )
        train |= {"loss": "huber"}
    return Learning(model, train, tuple(why))
