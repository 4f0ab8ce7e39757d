"""The training loop: mini-batches from tensors that stay on the device."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.model.checkpoint import Checkpoint, Progress
from assets.model.networks import Linear, Mlp, Shape, build
from assets.model.networks.network import Network
from assets.model.objective import METRICS, Objective, objective
from assets.model.optimize import optimizer, rate_share
from assets.model.train import DivergedError, Encoded, Train, TrainingData

if TYPE_CHECKING:
    from assets.data.target import Labels

_EVALUATION_ROWS = 65_536

EpochDone = Callable[[int, Mapping[str, float], Mapping[str, float]], None]
"""Called after each epoch with its number from 1, its history row, and its timings (seconds, rows_per_second)."""


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


@dataclass(frozen=True)
class Fitted:
    """A finished training.

    Attributes:
        network: with the best epoch's weights, in evaluation mode, on the CPU.
        history: one row an epoch: epoch, train_loss, validation_loss, baseline_loss, learning_rate, validation_<metric>.
        best_epoch: the epoch, from 1, whose weights it has.
        resumed_from: epochs that a checkpoint already held; 0 for a fresh start.
        objective: what was made small.
    """

    network: Network
    history: tuple[Mapping[str, float], ...]
    best_epoch: int
    resumed_from: int
    objective: Objective


def fit(
    parts: TrainingData,
    *,
    model: Linear | Mlp,
    settings: Train,
    labels: "Labels",
    device: torch.device,
    checkpoint: Checkpoint | None,
    on_epoch: EpochDone,
) -> Fitted:
    """Train one network, its first weights drawn from the seed; torch's own random state is as before.

    Raises:
        ObjectiveError: settings and target do not make a loss.
        DivergedError: a loss is NaN or infinite.
    """
    goal = objective(parts.train.target, labels=labels, class_weights=settings.class_weights, loss=settings.loss)
    shape = Shape(parts.train.number.shape[1], parts.cardinalities, goal.outputs)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(_seed("weights", settings.seed, 0))
        network = build(model, shape).to(device)
        loop = Loop(network, train=parts.train, validation=parts.validation, objective=goal, settings=settings)
        return loop.run(checkpoint, on_epoch)


class Loop:
    """One network's way through the epochs.

    Order of rows and dropout are pure functions of (seed, epoch), so a run that is cut off and resumed has the same
    weights as one that was not, bit for bit on a CPU with the same number of threads.
    """

    def __init__(
        self, network: Network, *, train: Encoded, validation: Encoded, objective: Objective, settings: Train
    ) -> None:
        """Take a network that is already on its device, and put the rows beside it."""
        self._network = network
        self._settings = settings
        self._objective = objective
        self._device = next(network.parameters()).device
        self._train = self._resident(train)
        self._validation = self._resident(validation)
        self._truth = validation.target
        self._optimizer = optimizer(settings.optimizer, network)
        self._penalised = list(network.penalised())
        constant = torch.tensor([objective.constant], device=self._device).expand(len(self._validation), -1)
        self._baseline = objective.loss(constant, self._validation.target).item()

    def run(self, checkpoint: Checkpoint | None, on_epoch: EpochDone) -> Fitted:
        """Train to the last epoch, or until the validation loss has stopped falling.

        Args:
            checkpoint: where progress is kept and taken up again; None to keep none.
            on_epoch: told of each epoch before its checkpoint is written, so that every epoch is told at least once.

        Raises:
            DivergedError: a loss is NaN or infinite.
        """
        progress = (checkpoint and checkpoint.load()) or Progress()
        resumed = progress.epoch
        if resumed:
            self._network.load_state_dict(progress.network)
            self._optimizer.load_state_dict(progress.optimizer)
        while not self._finished(progress):
            started = time.perf_counter()
            row = self._epoch(progress.epoch + 1)
            seconds = time.perf_counter() - started
            self._advance(progress, row)
            on_epoch(progress.epoch, row, {"seconds": seconds, "rows_per_second": len(self._train) / seconds})
            if checkpoint:
                progress.network = self._network.state_dict()
                progress.optimizer = self._optimizer.state_dict()
                checkpoint.save(progress)
        self._network.load_state_dict(progress.best_network)
        network = self._network.eval().cpu()
        return Fitted(network, tuple(progress.history), progress.best_epoch, resumed, self._objective)

    def _epoch(self, epoch: int) -> dict[str, float]:
        losses, rate = self._pass(epoch)
        train_loss = self._checked(losses, epoch)
        outputs = forward(self._network, self._validation.number, self._validation.category)
        validation_loss = self._objective.loss(outputs, self._validation.target).item()
        if not math.isfinite(validation_loss):
            raise DivergedError(_diverged("validation loss", validation_loss, f"epoch {epoch}", rate))
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
        """One time over the train rows: the loss of each batch, left on the device, and the last learning rate."""
        settings, rate = self._settings, 0.0
        batches = self._order(epoch).split(settings.batch_size)
        steps = len(batches) * settings.epochs
        self._network.train()
        torch.manual_seed(_seed("dropout", settings.seed, epoch))
        losses = torch.empty(len(batches), device=self._device)
        for number, rows in enumerate(batches):
            step = (epoch - 1) * len(batches) + number
            rate = settings.optimizer.lr * rate_share(settings.schedule, step, steps=steps, epochs=settings.epochs)
            losses[number] = self._step(rows, rate)
        return losses, rate

    def _step(self, rows: Tensor, rate: float) -> Tensor:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        outputs = self._network(self._train.number[rows], self._train.category[rows])
        loss = self._objective.loss(outputs, self._train.target[rows])
        (loss + self._penalty() if self._settings.l1 or self._settings.l2 else loss).backward()
        if self._settings.gradient_clip is not None:
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), self._settings.gradient_clip)
        self._optimizer.step()
        return loss.detach()

    def _penalty(self) -> Tensor:
        l1, l2 = self._settings.l1, self._settings.l2
        terms = [l1 * weight.abs().sum() + l2 * weight.square().sum() for weight in self._penalised]
        return torch.stack(terms).sum()

    def _checked(self, losses: Tensor, epoch: int) -> float:
        """Mean over the rows; one look an epoch, because reading a loss after every batch would stall a GPU."""
        values = losses.cpu()
        bad = (~values.isfinite()).nonzero()
        if len(bad):
            batch = int(bad[0])
            place = f"epoch {epoch}, batch {batch + 1} of {len(values)}"
            raise DivergedError(_diverged("loss", values[batch].item(), place, self._optimizer.param_groups[0]["lr"]))
        sizes = torch.full((len(values),), float(self._settings.batch_size))
        sizes[-1] = len(self._train) - self._settings.batch_size * (len(values) - 1)
        return float((values * sizes).sum() / len(self._train))

    def _advance(self, progress: Progress, row: dict[str, float]) -> None:
        loss = row["validation_loss"]
        progress.epoch += 1
        progress.history.append(row)
        if loss < progress.best_loss:
            progress.best_epoch, progress.best_loss, progress.best_network = progress.epoch, loss, self._weights()
        if loss < progress.reference - self._settings.min_delta:
            progress.reference, progress.waited = loss, 0
        else:
            progress.waited += 1

    def _finished(self, progress: Progress) -> bool:
        patience = self._settings.early_stopping
        return progress.epoch >= self._settings.epochs or (patience is not None and progress.waited >= patience)

    def _weights(self) -> dict[str, Tensor]:
        return {name: weight.detach().clone() for name, weight in self._network.state_dict().items()}

    def _order(self, epoch: int) -> Tensor:
        """Drawn on the CPU, so that every device trains on the same order."""
        generator = torch.Generator().manual_seed(_seed("order", self._settings.seed, epoch))
        return torch.randperm(len(self._train), generator=generator).to(self._device)

    def _resident(self, part: Encoded) -> Resident:
        number, category = torch.from_numpy(part.number), torch.from_numpy(part.category)
        target = torch.from_numpy(self._objective.encode(part.target))
        return Resident(number.to(self._device), category.to(self._device), target.to(self._device))


@torch.no_grad()
def forward(network: Network, number: Tensor, category: Tensor) -> Tensor:
    """Raw outputs (N, K) of any number of rows in evaluation mode, in pieces that bound the memory."""
    network.eval()
    pieces = zip(number.split(_EVALUATION_ROWS), category.split(_EVALUATION_ROWS), strict=True)
    return torch.cat([network(*piece) for piece in pieces])


def _seed(purpose: str, seed: int, epoch: int) -> int:
    """Seeds that do not run into each other: epoch 1 of seed 0 is not epoch 0 of seed 1."""
    digest = hashlib.blake2b(f"{purpose}:{seed}:{epoch}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _diverged(what: str, value: float, place: str, rate: float) -> str:
    return (
        f"train.optimizer.lr let the {what} become {value}: {place}, learning rate {rate:.3g}, every loss must be "
        "finite; lower train.optimizer.lr, set train.gradient_clip, or clip extreme values in the features"
    )
