"""What training makes small, by task: the loss, its trivial baseline, and a metric cheap enough for every epoch."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from assets.data.target import Labels
    from assets.model.train import ClassWeights
    from data_checks.verdict import Json

Task = Literal["binary", "multiclass", "regression"]
METRICS: Mapping[Task, str] = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "rmse"}


@dataclass(frozen=True)
class Objective:
    """The loss of one task on one training part; everything fitted here is fitted on train rows only.

    Attributes:
        task: what is predicted.
        outputs: columns of the network's output.
        weights: the weight of each class in the loss; empty for regression.
        centre: mean of the train target (regression; else 0), in the target's units.
        scale: standard deviation of the train target (regression; else 1), in the target's units.
        huber: whether errors above one standard deviation count linearly instead of squared.
        constant: outputs (K,) of the best model without inputs: weighted log prevalence, or the mean.
    """

    task: Task
    outputs: int
    weights: tuple[float, ...]
    centre: float
    scale: float
    huber: bool
    constant: tuple[float, ...]

    def encode(self, target: np.ndarray) -> np.ndarray:
        """The target as the loss takes it: float32 (N,) for binary, int64 (N,) codes, standardised float32 (N,)."""
        match self.task:
            case "binary":
                return target.astype(np.float32)
            case "multiclass":
                return target.astype(np.int64)
            case "regression":
                return ((target.astype(np.float64) - self.centre) / self.scale).astype(np.float32)

    def criterion(self, device: "torch.device") -> Callable[["Tensor", "Tensor"], "Tensor"]:
        """The mean loss of a batch, as a function of (N, K) outputs and an (N,) encoded target on that device."""
        import torch
        from torch.nn import functional

        weights = torch.tensor(self.weights, device=device)  # here, because a copy a step would stall a GPU
        match self.task:
            case "binary":
                ratio = weights[1] / weights[0]
                return lambda outputs, target: functional.binary_cross_entropy_with_logits(
                    outputs[:, 0], target, pos_weight=ratio
                )
            case "multiclass":
                return lambda outputs, target: functional.cross_entropy(outputs, target, weight=weights)
            case "regression" if self.huber:
                return lambda outputs, target: functional.huber_loss(outputs[:, 0], target)
            case "regression":
                return lambda outputs, target: functional.mse_loss(outputs[:, 0], target)

    def metric(self, outputs: np.ndarray, target: np.ndarray) -> float | None:
        """The task's metric (see METRICS) of raw outputs (N, K) against the target as it came, in its own units.

        Returns:
            The figure; None where it is not defined: ROC AUC on rows of one class.
        """
        match self.task:
            case "binary":
                return roc_auc(outputs[:, 0], target)
            case "multiclass":
                return float(np.mean(outputs.argmax(axis=1) == target))
            case "regression":
                errors = outputs[:, 0].astype(np.float64) * self.scale + self.centre - target
                return float(np.sqrt(np.mean(errors**2)))


def objective(
    target: np.ndarray, *, labels: "Labels", class_weights: "ClassWeights", loss: Literal["squared", "huber"]
) -> Objective:
    """The objective of a training part.

    Args:
        target: (N,) target of the train rows: 0/1, class codes, or numbers in the target's units.
        labels: task and classes.
        class_weights: `balanced` weighs each class by the inverse of its share; a mapping names weights by class.
        loss: of regression.

    Raises:
        ObjectiveError: the settings do not fit the task or the target.
    """
    if labels.task == "regression":
        return _regression(target, class_weights=class_weights, huber=loss == "huber")
    if loss == "huber":
        message = f"train.loss is for regression: 'huber' with task {labels.task!r} must be left out; leave it out"
        raise ObjectiveError(message)
    counts = np.bincount(target.astype(np.int64), minlength=len(labels.classes)).astype(np.float64)
    if np.count_nonzero(counts) < 2:
        only = _named(labels.classes)[int(counts.argmax())]
        message = (
            f"target.column has one class in the train rows: {len(target)} of class {only}, at least two classes are "
            "needed; take more rows or another split"
        )
        raise ObjectiveError(message)
    weights = _weights(class_weights, counts, labels.classes)
    shares = np.maximum(counts * weights, np.finfo(np.float64).tiny)
    logs = np.log(shares / shares.sum())
    binary = labels.task == "binary"
    constant = (float(logs[1] - logs[0]),) if binary else tuple(map(float, logs))
    outputs = 1 if binary else len(labels.classes)
    return Objective(labels.task, outputs, tuple(map(float, weights)), 0.0, 1.0, huber=False, constant=constant)


class ObjectiveError(ValueError):
    """The loss cannot be made from these settings and this target."""


def roc_auc(scores: np.ndarray, truth: np.ndarray) -> float | None:
    """Area under the ROC curve by ranks, ties counted half (Mann-Whitney U); None if a class is absent.

    Args:
        scores: (N,) higher means positive.
        truth: (N,) 0 or 1.

    >>> roc_auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1]))
    0.875
    """
    positive = truth > 0.5
    positives = int(positive.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _regression(target: np.ndarray, *, class_weights: "ClassWeights", huber: bool) -> Objective:
    if class_weights is not None:
        message = "train.class_weights has no classes to weigh: the task is 'regression'; leave it out"
        raise ObjectiveError(message)
    scale = float(np.std(target, dtype=np.float64))
    if not scale:
        message = (
            f"target.column does not vary: all {len(target)} train rows hold {float(target[0]):g} and at least two "
            "values are needed; take another column or more rows"
        )
        raise ObjectiveError(message)
    return Objective("regression", 1, (), float(np.mean(target, dtype=np.float64)), scale, huber=huber, constant=(0.0,))


def _weights(declared: "ClassWeights", counts: np.ndarray, classes: tuple["Json", ...]) -> np.ndarray:
    if declared is None:
        return np.ones(len(counts))
    if declared == "balanced":
        return np.where(counts > 0, counts.sum() / (len(counts) * np.maximum(counts, 1)), 1.0)
    names = _named(classes)
    unknown = sorted(set(declared) - set(names))
    if unknown:
        message = (
            f"train.class_weights names a class that is not there: {', '.join(unknown)} must be among "
            f"{', '.join(names)}; correct the name"
        )
        raise ObjectiveError(message)
    return np.array([declared.get(name, 1.0) for name in names], dtype=np.float64)


def _named(classes: tuple["Json", ...]) -> list[str]:
    """As a declaration would write them."""
    return [value if isinstance(value, str) else json.dumps(value) for value in classes]
