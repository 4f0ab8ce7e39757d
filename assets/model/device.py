"""Where training runs: the device, and a fixed number of threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from assets.settings import Section

_DRIVERS = ("/dev/nvidiactl", "/dev/dxg")
"""Where Linux, and Windows' Linux, show a CUDA driver."""


class Compute(Section):
    """What the stage `train` runs on."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes a CUDA device where there is one, else the CPU."""
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    """CPU threads of a training step. More help wide networks on idle cores (on busy ones they wait for each other: two
    were ten times slower than one); another count adds up in another order, which changes the last bits."""


class DeviceError(ValueError):
    """The declared device is not there."""


@dataclass(frozen=True)
class Place:
    """Where a training runs; the same place and seed give the same bits.

    Attributes:
        device: `cpu` or `cuda`.
        name: `cpu`, or the GPU's model.
        threads: CPU threads of a step.
        torch: its version.
    """

    device: str
    name: str
    threads: int
    torch: str


def place(compute: Compute) -> Place:
    """The place that the settings and this machine give; torch is imported only where there may be a GPU.

    Raises:
        DeviceError: `cuda` is declared and torch finds no CUDA device.
    """
    threads, version = compute.threads, metadata.version("torch")
    if compute.device != "cpu" and not version.endswith("+cpu") and any(Path(path).exists() for path in _DRIVERS):
        import torch

        if torch.cuda.is_available():
            return Place("cuda", torch.cuda.get_device_name(), threads, version)
    if compute.device == "cuda":
        message = (
            f"compute.device is not there: 'cuda' was asked for, torch {version} must find a CUDA device; "
            "use 'auto' or 'cpu', or install a CUDA build of torch and its driver"
        )
        raise DeviceError(message)
    return Place("cpu", "cpu", threads, version)


@contextmanager
def pinned(at: Place) -> Iterator[None]:
    """Hold torch at the place's threads, and at deterministic kernels on the CPU; put both back after.

    The order in which threads add up changes the last bits of a sum, so a fixed count is part of reproducibility.
    """
    import torch

    threads = torch.get_num_threads()
    strict, warn_only = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    torch.set_num_threads(at.threads)
    torch.use_deterministic_algorithms(mode=at.device == "cpu")
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(mode=strict, warn_only=warn_only)
