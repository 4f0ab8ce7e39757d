"""Where an interrupted training goes on: files that are whole or absent, and known by what they belong to."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.versions.disk import Disk, replace_file

if TYPE_CHECKING:
    from torch import Tensor

_DIGEST = 32


@dataclass
class Progress:
    """A training after some epoch: all that the next epoch depends on, besides settings and rows.

    The order of the rows and the dropout are functions of (seed, epoch), and the learning rate is one of the step: so
    neither random states nor a scheduler are among it.

    Attributes:
        epoch: epochs completed.
        network: weights after that epoch.
        optimizer: its state after that epoch.
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
    """One file that keeps what was done.

    The file is the sha256 of all that follows, then the sha256 of the identity, then the content: a flipped bit in a
    tensor would otherwise be read back as another weight.

    Attributes:
        path: the file; its folder is made when needed.
        identity: all that the content depends on; a file of another identity is not taken up.
        report: told when a file is there and not taken up.
        disk: what carries the writes out.
    """

    path: Path
    identity: str
    report: Callable[[str], None]
    disk: Disk = field(default_factory=Disk)

    def write(self, content: bytes) -> None:
        """Replace the file: a kill at any moment leaves the old one or the new one, whole.

        Raises:
            StoreWriteError: the disk is full or gone; the old file is as it was.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        signed = self._owner() + content
        replace_file(self.disk, self.path, hashlib.sha256(signed).digest() + signed)

    def read(self) -> bytes | None:
        """The content that was written last; None if there is none, or it is damaged or of another identity."""
        if not self.path.exists():
            return None
        stored = self.path.read_bytes()
        digest, owner, content = stored[:_DIGEST], stored[_DIGEST : 2 * _DIGEST], stored[2 * _DIGEST :]
        if hashlib.sha256(owner + content).digest() != digest:
            self.report(f"{self.path.name} is damaged: {len(stored)} bytes of another sha256; beginning anew")
            return None
        if owner != self._owner():
            self.report(f"{self.path.name} is of other rows, settings or another machine; beginning anew")
            return None
        return content

    def _owner(self) -> bytes:
        return hashlib.sha256(self.identity.encode()).digest()


def save(checkpoint: Checkpoint, progress: Progress) -> None:
    """Keep the progress of a training; see `Checkpoint.write`."""
    import torch

    file = io.BytesIO()
    torch.save(vars(progress), file)
    checkpoint.write(file.getvalue())


def load(checkpoint: Checkpoint) -> Progress | None:
    """The progress that was kept; nothing of it is executed. See `Checkpoint.read`."""
    import torch

    content = checkpoint.read()
    if content is None:
        return None
    return Progress(**torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
