"""Train a network on the encoded rows: the stage `train`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from assets.model.device import Compute, place
from assets.model.networks import Model
from assets.model.optimize import AdamW, Cosine, Optimizer, Schedule, Strength
from assets.model.training_data import Encoded, TrainingData
from assets.model.tune import Trial, Tune
from assets.settings import Section

if TYPE_CHECKING:
    import numpy as np

    from assets.data.target import Labels

__all__ = ["Compute", "DivergedError", "Encoded", "Model", "Train", "Trained", "TrainingData", "Tune", "train"]


Report = Callable[[str], None]
LogMetrics = Callable[[int, Mapping[str, float]], None]
ClassWeights = Literal["balanced"] | dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] | None


class Train(Section):
    """How a network is trained; rivals in tuning differ in these settings too."""

    epochs: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Times over the train rows, at most."""
    batch_size: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Rows a step; absent: about a hundredth of the train rows, a power of two from 32 to 1024."""
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
    """Epochs without a better validation loss after which training ends, null: never; the best epoch's weights are kept
    anyway."""
    min_delta: Strength = 0.0
    """How much lower the validation loss must be to count as better for early stopping."""
    gradient_clip: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The largest norm of the gradient; longer ones are cut to it."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Draws the first weights, the order of rows and the dropout."""


class DivergedError(ValueError):
    """A loss became NaN or infinite."""


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
    validation_output: "np.ndarray"
    model: Model
    settings: Train
    trials: tuple[Trial, ...]
    device: str
    threads: int
    seconds: float
    resumed_from_epoch: int


def train(
    parts: TrainingData,
    *,
    model: Model,
    train: Train,
    tune: Tune | None,
    compute: Compute,
    labels: "Labels",
    checkpoint: Path | None,
    identity: str,
    report: Report,
    log_metrics: LogMetrics,
) -> Trained:
    """Fit the declared network, tuned first where that is declared, and export it.

    On a CPU with the same number of threads the result is a function of parts, settings and seed, interrupted or not.
    Torch's random state, threads and determinism are as before when it returns or raises.

    Args:
        parts: encoded train and validation rows.
        model: which network.
        train: how it is trained.
        tune: which settings are searched; None to take them as they are.
        compute: device and threads.
        labels: task and classes of the target.
        checkpoint: file that keeps progress, and takes it up when called again, with one beside it for tuning; or None.
        identity: hash of all that the result depends on; progress of another identity is not taken up.
        report: told one line an epoch or trial, for people.
        log_metrics: told each epoch from 1, with its history row, `seconds` and `rows_per_second`; after an
            interruption the last epoch may be told again.

    Raises:
        ObjectiveError: settings and target do not make a loss.
        DeviceError: the declared device is not there.
        DivergedError: a loss became NaN or infinite.
        TuneError: the search cannot be made, or found nothing.
        ExportError: the ONNX graph differs from the network.
    """
    from assets.model.run import Run

    return Run(parts, labels, place(compute), checkpoint, identity, report, log_metrics).trained(model, train, tune)
