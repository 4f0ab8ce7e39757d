"""Where an interrupted training goes on: one file, whole or absent."""

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_FORMAT = 1


@dataclass
class Progress:
    """A training after some epoch: all that the next epoch depends on, besides settings and rows.

    The order of the rows and the dropout are functions of (seed, epoch), and the learning rate of the step: so neither
    random states nor a scheduler need to be kept.

    Attributes:
        epoch: epochs completed.
        network: weights after that epoch.
        optimizer: state after that epoch.
        best_epoch: the epoch with the lowest validation loss so far; 0 before the first.
        best_loss: that loss.
        best_network: the weights after the best epoch.
        waited: epochs since the validation loss last fell by more than `min_delta`.
        reference: the validation loss that the next one is held against for that.
        history: one row an epoch.
    """

    epoch: int = 0
    network: dict[str, "Tensor"] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    best_epoch: int = 0
    best_loss: float = float("inf")
    best_network: dict[str, "Tensor"] = field(default_factory=dict)
    waited: int = 0
    reference: float = float("inf")
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """One training's file.

    Attributes:
        path: the file; its folder is made when needed.
        identity: hash of everything that the training depends on; a file of another identity is not resumed.
    """

    path: Path
    identity: str

    def save(self, progress: Progress) -> None:
        """Replace the file: a kill at any moment leaves the old one or the new one, whole.

        Raises:
            OSError: the disk is full or gone; the old file is untouched.
        """
        import torch

        self.path.parent.mkdir(parents=True, exist_ok=True)
        staged = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        try:
            with staged.open("wb") as file:
                torch.save({"format": _FORMAT, "identity": self.identity, **vars(progress)}, file)
                file.flush()
                os.fsync(file.fileno())
            staged.replace(self.path)
        finally:
            staged.unlink(missing_ok=True)

    def load(self) -> Progress | None:
        """The progress that was saved; None if there is no file, or one that is of another identity or not readable."""
        import torch

        try:
            stored: Mapping[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        except (FileNotFoundError, EOFError, RuntimeError, pickle.UnpicklingError):
            return None
        if stored.get("format") != _FORMAT or stored.get("identity") != self.identity:
            return None
        return Progress(**{name: value for name, value in stored.items() if name not in {"format", "identity"}})
