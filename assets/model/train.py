"""Train a network on the encoded rows: the stage `train`."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from assets.model.device import Compute
from assets.model.networks import Linear, Mlp, Model
from assets.model.optimize import AdamW, Cosine, Optimizer, Schedule, Strength
from assets.model.tune import Trial, Tune
from assets.settings import Section

if TYPE_CHECKING:
    from assets.data.target import Labels
    from assets.model.fit import EpochDone

__all__ = ["Compute", "DivergedError", "Encoded", "Model", "Train", "Trained", "TrainingData", "Tune", "train"]


ClassWeights = Literal["balanced"] | dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] | None


class Train(Section):
    """How a network is trained; rivals in tuning differ in these settings too."""

    epochs: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Times over the train rows, at most."""
    batch_size: Annotated[int, Field(ge=1)] = 1024
    """Rows a step."""
    optimizer: Optimizer = AdamW()
    """How gradients move the weights."""
    schedule: Schedule = Cosine()
    """How the learning rate changes over the steps."""
    loss: Literal["squared", "huber"] = "squared"
    """Regression only: `huber` is linear for errors above one standard deviation, so that outliers pull less."""
    l1: Strength = 0.0
    """Added to the loss: times the sum of the weights' absolute values, biases left out."""
    l2: Strength = 0.0
    """Added to the loss: times the sum of the weights' squares, biases left out."""
    class_weights: ClassWeights = None
    """Weight of each class in the loss, by its name; `balanced`: by the inverse of its share of the train rows."""
    early_stopping: Annotated[int, Field(ge=1)] | None = 5
    """Epochs without a better validation loss after which training ends; the best epoch's weights are kept anyway."""
    min_delta: Strength = 0.0
    """How much lower the validation loss must be to count as better for early stopping."""
    gradient_clip: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The largest norm of the gradient; longer ones are cut to it."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Draws the first weights, the order of rows and the dropout."""


class DivergedError(ValueError):
    """A loss became NaN or infinite."""


class TrainingDataError(ValueError):
    """The encoded rows cannot be trained on."""


@dataclass(frozen=True)
class Encoded:
    """One part's encoded rows; not modified.

    Attributes:
        number: (N, Dn) float32, finite.
        category: (N, Dc) int32 codes.
        target: (N,) 0/1 for binary, int64 class codes for multiclass, float32 in the target's units for regression.
    """

    number: np.ndarray
    category: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class TrainingData:
    """What training may see: the train and the validation part, never the test part.

    Attributes:
        train: rows the weights are fitted on.
        validation: rows that choose the epoch and the tuned settings.
        cardinalities: how many codes each category column has.
    """

    train: Encoded
    validation: Encoded
    cardinalities: tuple[int, ...]


@dataclass(frozen=True)
class Trained:
    """A trained network and how it came about.

    Attributes:
        onnx: the network: `number` float32 (N, Dn), `category` int64 (N, Dc) -> `output` float32 (N, K): logits for
            binary (K = 1) and multiclass, the prediction in the target's units for regression (K = 1).
        history: one row an epoch: epoch, train_loss, validation_loss, baseline_loss (the trivial model's validation
            loss: weighted prevalence or mean of the train rows), learning_rate, validation_<metric>. No timings, so
            that the same seed gives the same history.
        best_epoch: the epoch, from 1, whose weights were kept.
        validation_output: (N, K) float32 of the torch network on the validation rows, in the units of `onnx`.
        model: the network's settings, as tuned.
        settings: the training's settings, as tuned.
        trials: what tuning tried, in order.
        device: `cpu` or the name of the CUDA device.
        threads: CPU threads of a step.
        seconds: wall time of the whole stage.
        resumed_from_epoch: epochs that a checkpoint already held; 0 for a fresh start.
    """

    onnx: bytes
    history: tuple[Mapping[str, float], ...]
    best_epoch: int
    validation_output: np.ndarray
    model: Linear | Mlp
    settings: Train
    trials: tuple[Trial, ...]
    device: str
    threads: int
    seconds: float
    resumed_from_epoch: int


def train(
    parts: TrainingData,
    *,
    model: Linear | Mlp,
    train: Train,
    tune: Tune | None,
    compute: Compute,
    labels: "Labels",
    checkpoint: Path | None,
    identity: str,
    report: Callable[[str], None],
    log_metrics: Callable[[int, Mapping[str, float]], None],
) -> Trained:
    """Fit the declared network, tuned first where that is declared, and export it.

    On a CPU with the same number of threads the result is a function of parts, settings and seed, whether or not the
    run was interrupted. Torch's random state, threads and determinism are as before when it returns or raises.

    Args:
        parts: encoded train and validation rows.
        model: which network.
        train: how it is trained.
        tune: which settings are searched; None to take them as they are.
        compute: device and threads.
        labels: task and classes of the target.
        checkpoint: the file that keeps progress, and takes it up when called again; None to keep none.
        identity: hash of all that the result depends on; progress of another identity is not taken up.
        report: told one line an epoch or trial, for people.
        log_metrics: told each epoch, from 1, with its history row, `seconds` and `rows_per_second`; after an
            interruption the last epoch may be told again.

    Raises:
        TrainingDataError: shapes, codes or numbers of the parts are not as declared.
        ObjectiveError: settings and target do not make a loss.
        DeviceError: the declared device is not there.
        DivergedError: a loss became NaN or infinite.
        ExportError: the ONNX graph differs from the network.
    """
    from assets.model.checkpoint import Checkpoint
    from assets.model.device import pinned, place
    from assets.model.export import export
    from assets.model.fit import fit

    started = time.perf_counter()
    _check(parts)
    where = place(compute)
    with pinned(where):
        trials: tuple[Trial, ...] = ()
        keep = Checkpoint(checkpoint, f"{identity} {where} {model!r} {train!r}") if checkpoint else None
        fitted = fit(
            parts,
            model=model,
            settings=train,
            labels=labels,
            device=where.device,
            checkpoint=keep,
            on_epoch=_teller(train.epochs, report, log_metrics),
        )
        onnx, output = export(
            fitted.network, parts.validation, centre=fitted.objective.centre, scale=fitted.objective.scale
        )
    return Trained(
        onnx=onnx,
        history=fitted.history,
        best_epoch=fitted.best_epoch,
        validation_output=output,
        model=model,
        settings=train,
        trials=trials,
        device=where.name,
        threads=where.threads,
        seconds=time.perf_counter() - started,
        resumed_from_epoch=fitted.resumed_from,
    )


def _teller(
    epochs: int, report: Callable[[str], None], log_metrics: Callable[[int, Mapping[str, float]], None]
) -> "EpochDone":
    def told(epoch: int, row: Mapping[str, float], timings: Mapping[str, float]) -> None:
        figures = ", ".join(
            f"{name.replace('_', ' ')} {row[name]:.4g}" for name in row if name.startswith(("train_", "validation_"))
        )
        report(f"epoch {epoch}/{epochs}: {figures}, {timings['rows_per_second']:,.0f} rows/s")
        log_metrics(epoch, {**row, **timings})

    return told


def _check(parts: TrainingData) -> None:
    for name, part in (("train", parts.train), ("validation", parts.validation)):
        fault = _fault(part, parts.cardinalities, parts.train.number.shape[1])
        if fault:
            raise TrainingDataError(f"features.{name} {fault}")


def _fault(part: Encoded, cardinalities: tuple[int, ...], numbers: int) -> str | None:
    rows = len(part.target)
    shapes = part.number.shape, part.category.shape
    if not rows:
        return "is empty: 0 rows and at least 1 is needed; change the split"
    if not numbers and not cardinalities:
        return "has no inputs: 0 number and 0 category columns and at least 1 is needed; name some features"
    if shapes != ((rows, numbers), (rows, len(cardinalities))):
        expected = (rows, numbers), (rows, len(cardinalities))
        return f"does not fit together: shapes {shapes} must be {expected}; run transform again"
    if not np.isfinite(part.number).all() or not np.isfinite(part.target).all():
        return "holds a value that is not finite: every number and target must be; look at the contract and transform"
    low, high = part.category.min(axis=0, initial=0), part.category.max(axis=0, initial=0)
    for column, codes in enumerate(cardinalities):
        if low[column] < 0 or high[column] >= codes:
            span = f"{low[column]} to {high[column]}"
            return f"holds unknown category codes: column {column} has {span}, must be 0 to {codes - 1}; run transform again"
    return None
