"""The training loop: mini-batches from tensors that stay on the device."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from assets.model.checkpoint import Progress
from assets.model.networks import Model, Shape, build
from assets.model.networks.network import Network
from assets.model.objective import METRICS, Objective, objective
from assets.model.optimize import learning_rate, optimizer, rate_share
from assets.model.train import DivergedError, Train
from assets.model.training_data import Encoded, TrainingData

if TYPE_CHECKING:
    from assets.data.target import Labels

_EVALUATION_ROWS = 65_536

EpochDone = Callable[[Progress, float], None]
"""Called after each epoch with the progress so far and the seconds that the epoch took; may raise to end training."""


@dataclass(frozen=True)
class Resident:
    """One part's rows on the device.

    Attributes:
        number: (N, Dn) float32.
        category: (N, Dc) int32.
        target: (N,) encoded for the loss.
    """

    number: Tensor
    category: Tensor
    target: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def rows(self, positions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The rows at (B,) positions; three times as quick on a CPU as indexing with brackets."""
        number, category = self.number.index_select(0, positions), self.category.index_select(0, positions)
        return number, category, self.target.index_select(0, positions)


@dataclass(frozen=True)
class Fitted:
    """A finished training.

    Attributes:
        network: with the best epoch's weights, in evaluation mode, on the CPU.
        history: one row an epoch, see `assets.model.train.Trained`.
        best_epoch: the epoch, from 1, whose weights it has.
        objective: what was made small.
    """

    network: Network
    history: tuple[Mapping[str, float], ...]
    best_epoch: int
    objective: Objective


def fit(
    parts: TrainingData,
    *,
    model: Model,
    settings: Train,
    labels: "Labels",
    device: str,
    progress: Progress,
    on_epoch: EpochDone,
) -> Fitted:
    """Train one network; torch's own random state is as before when it returns or raises.

    First weights, order of rows and dropout are pure functions of the seed and the epoch, so a training that is cut off
    and taken up again has the same weights as one that was not: bit for bit on a CPU with the same number of threads.

    Args:
        parts: encoded rows.
        model: which network.
        settings: how it is trained.
        labels: task and classes of the target.
        device: where it is trained.
        progress: where to begin; `Progress()` for the beginning. Modified as training goes on.
        on_epoch: told of each epoch.

    Raises:
        ObjectiveError: settings and target do not make a loss.
        DivergedError: a loss is NaN or infinite.
    """
    goal = objective(parts.train.target, labels=labels, class_weights=settings.class_weights, loss=settings.loss)
    shape = Shape(parts.train.number.shape[1], parts.cardinalities, goal.outputs)
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []):
        _reseed(device, _seed("weights", settings.seed, 0))
        lr = learning_rate(settings.optimizer, model)
        loop = _Loop(build(model, shape).to(device), parts, objective=goal, settings=settings, lr=lr)
        if progress.epoch:
            loop.take_up(progress)
        while not _finished(progress, settings):
            started = time.perf_counter()
            _advance(progress, loop.epoch(progress.epoch + 1), network=loop.network, min_delta=settings.min_delta)
            progress.network, progress.optimizer = loop.state()
            on_epoch(progress, time.perf_counter() - started)
    loop.network.load_state_dict(progress.best_network)
    return Fitted(loop.network.eval().cpu(), tuple(progress.history), progress.best_epoch, goal)


class _Loop:
    """A network, its optimizer and the rows, side by side on one device."""

    def __init__(
        self, network: Network, parts: TrainingData, *, objective: Objective, settings: Train, lr: float
    ) -> None:
        self.network = network
        self._lr = lr
        self._batch_size = settings.batch_size or batch_size(len(parts.train.target))
        self._settings = settings
        self._objective = objective
        self._device = next(network.parameters()).device
        self._loss = objective.criterion(self._device)
        self._train = self._resident(parts.train)
        self._validation = self._resident(parts.validation)
        self._truth = parts.validation.target
        self._optimizer = optimizer(settings.optimizer, network, lr=lr)
        self._penalised = list(network.penalised())
        constant = torch.tensor([objective.constant], device=self._device).expand(len(self._validation), -1)
        self._baseline = self._loss(constant, self._validation.target).item()

    def take_up(self, progress: Progress) -> None:
        """Set weights and optimizer to those after the progress' last epoch."""
        self.network.load_state_dict(progress.network)
        self._optimizer.load_state_dict(progress.optimizer)

    def state(self) -> tuple[dict[str, Tensor], dict[str, object]]:
        """Weights and optimizer as they are: views, which the next step changes."""
        return self.network.state_dict(), self._optimizer.state_dict()

    def epoch(self, epoch: int) -> dict[str, float]:
        """Go once over the train rows and judge the outcome on the validation rows: the epoch's history row."""
        losses, rate = self._pass(epoch)
        train_loss = self._mean(losses, epoch)
        outputs = forward(self.network, self._validation.number, self._validation.category)
        validation_loss = self._loss(outputs, self._validation.target).item()
        if not math.isfinite(validation_loss):
            raise DivergedError(_diverged("validation loss", validation_loss, f"after epoch {epoch}", rate))
        row = {
            "epoch": epoch,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "baseline_loss": self._baseline,
            "learning_rate": rate,
        }
        metric = self._objective.metric(outputs.cpu().numpy(), self._truth)
        return row if metric is None else {**row, f"validation_{METRICS[self._objective.task]}": metric}

    def _pass(self, epoch: int) -> tuple[Tensor, float]:
        """The loss of each batch, left on the device, and the last learning rate."""
        rate = 0.0
        batches = torch.split(self._order(epoch), self._batch_size)
        losses = torch.empty(len(batches), device=self._device)
        self.network.train()
        _reseed(self._device.type, _seed("dropout", self._settings.seed, epoch))
        for number, rows in enumerate(batches):
            rate = self._rate(epoch, number, len(batches))
            losses[number] = self._step(rows, rate)
        return losses, rate

    def _rate(self, epoch: int, batch: int, batches: int) -> float:
        schedule, epochs = self._settings.schedule, self._settings.epochs
        share = rate_share(schedule, (epoch - 1) * batches + batch, steps=batches * epochs, epochs=epochs)
        return self._lr * share

    def _step(self, rows: Tensor, rate: float) -> Tensor:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        number, category, target = self._train.rows(rows)
        loss = self._loss(self.network(number, category), target)
        torch.autograd.backward(loss + self._penalty() if self._settings.l1 or self._settings.l2 else loss)
        if self._settings.gradient_clip is not None:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self._settings.gradient_clip)
        self._optimizer.step()
        return loss.detach()

    def _penalty(self) -> Tensor:
        l1, l2 = self._settings.l1, self._settings.l2
        return torch.stack([l1 * weight.abs().sum() + l2 * weight.square().sum() for weight in self._penalised]).sum()

    def _mean(self, losses: Tensor, epoch: int) -> float:
        """Mean over the rows; looked at once an epoch, because reading every batch's loss would stall a GPU."""
        values, size = losses.cpu(), self._batch_size
        bad = (~values.isfinite()).nonzero()
        if len(bad):
            batch = int(bad[0])
            rate = self._rate(epoch, batch, len(values))
            place = f"in epoch {epoch}, batch {batch + 1} of {len(values)}"
            raise DivergedError(_diverged("loss", values[batch].item(), place, rate))
        sizes = torch.full((len(values),), size, dtype=torch.float64)
        sizes[-1] = len(self._train) - size * (len(values) - 1)
        return float((values.double() * sizes).sum() / len(self._train))

    def _order(self, epoch: int) -> Tensor:
        """Drawn on the CPU, so that every device trains on the same order."""
        generator = torch.Generator().manual_seed(_seed("order", self._settings.seed, epoch))
        return torch.randperm(len(self._train), generator=generator).to(self._device)

    def _resident(self, part: Encoded) -> Resident:
        arrays = part.number, part.category, self._objective.encode(part.target)
        return Resident(*(tensor(array).to(self._device) for array in arrays))


def tensor(array: np.ndarray) -> Tensor:
    """The array as a tensor on the CPU, sharing its memory unless that is read-only, which torch cannot express."""
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def batch_size(rows: int) -> int:
    """Rows a step where none are declared: about a hundred steps an epoch, within what is quick and what learns well.

    >>> [batch_size(rows) for rows in (3, 500, 20_000, 1_000_000)]
    [32, 32, 128, 1024]
    """
    return min(1024, 1 << max(32, rows // 100).bit_length() - 1)


@torch.no_grad()
def forward(network: torch.nn.Module, number: Tensor, category: Tensor) -> Tensor:
    """Outputs (N, K) in evaluation mode of any number of rows, in pieces that bound the memory."""
    network.eval()
    pieces = zip(torch.split(number, _EVALUATION_ROWS), torch.split(category, _EVALUATION_ROWS), strict=True)
    return torch.cat([network(*piece) for piece in pieces])


def _advance(progress: Progress, row: dict[str, float], *, network: Network, min_delta: float) -> None:
    loss = row["validation_loss"]
    progress.epoch += 1
    progress.history.append(row)
    if loss < progress.best_loss:
        progress.best_epoch, progress.best_loss = progress.epoch, loss
        progress.best_network = {name: weight.detach().clone() for name, weight in network.state_dict().items()}
    if loss < progress.reference - min_delta:
        progress.reference, progress.waited = loss, 0
    else:
        progress.waited += 1


def _finished(progress: Progress, settings: Train) -> bool:
    patience = settings.early_stopping
    return progress.epoch >= settings.epochs or (patience is not None and progress.waited >= patience)


def _reseed(device: str, seed: int) -> None:
    """Not `torch.manual_seed`, which reseeds every device there is."""
    torch.default_generator.manual_seed(seed)
    if device == "cuda":
        torch.cuda.manual_seed(seed)


def _seed(purpose: str, seed: int, epoch: int) -> int:
    """Seeds that do not run into each other, as sums would: epoch 1 of seed 0 is not epoch 0 of seed 1."""
    digest = hashlib.blake2b(f"{purpose}:{seed}:{epoch}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _diverged(what: str, value: float, place: str, rate: float) -> str:
    return (
        f"train.optimizer.lr let the {what} become {value}: {place}, at learning rate {rate:.3g}, every loss must be "
        "finite; lower train.optimizer.lr, set train.gradient_clip, or clip extreme values in the features"
    )
