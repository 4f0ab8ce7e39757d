import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from assets.model.checkpoint import Checkpoint, Progress, load, save
from assets.versions.disk import Disk, StoreWriteError


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def make(checkpoint: Path, told: list[str]) -> Callable[..., Checkpoint]:
    return lambda identity="one", **more: Checkpoint(checkpoint, identity, told.append, **more)


def test_gives_back_what_was_kept(make: Callable[..., Checkpoint]) -> None:
    weights = {"w": torch.tensor([1.0, 2.0])}
    progress = Progress(
        3, weights, {"state": {0: {"step": torch.tensor(3.0)}}}, 2, 0.5, weights, 1, 0.6, [{"epoch": 1}]
    )
    save(make(), progress)
    back = load(make())
    assert back is not None
    assert torch.equal(back.network["w"], weights["w"])
    assert vars(back) | {"network": 0, "best_network": 0} == vars(progress) | {"network": 0, "best_network": 0}


def test_nothing_kept_is_nothing_to_take_up(make: Callable[..., Checkpoint], told: list[str]) -> None:
    assert load(make()) is None
    assert not told


def test_leaves_what_belongs_to_another_identity(make: Callable[..., Checkpoint], told: list[str]) -> None:
    make("one").write(b"content")
    assert make("two").read() is None
    assert told == ["checkpoint.pt is of other rows, settings or another machine; beginning anew"]


@pytest.mark.parametrize("position", [0, 40, 70, -1])
def test_notices_a_flipped_bit(
    make: Callable[..., Checkpoint], checkpoint: Path, told: list[str], position: int
) -> None:
    save(make(), Progress(1, {"w": torch.zeros(100)}))
    stored = bytearray(checkpoint.read_bytes())
    stored[position] ^= 1
    checkpoint.write_bytes(stored)
    assert load(make()) is None
    assert "checkpoint.pt is damaged" in told[0]


def test_notices_a_file_cut_short(make: Callable[..., Checkpoint], checkpoint: Path, told: list[str]) -> None:
    save(make(), Progress(1, {"w": torch.zeros(100)}))
    checkpoint.write_bytes(checkpoint.read_bytes()[:50])
    assert load(make()) is None
    assert "is damaged: 50 bytes" in told[0]


@pytest.mark.parametrize("operation", ["create", "write", "sync", "move"])
def test_a_failed_operation_leaves_the_old_file(
    make: Callable[..., Checkpoint], checkpoint: Path, operation: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    make().write(b"old")
    with pytest.raises(StoreWriteError, match="No space left on device"):
        make(disk=type("Full", (Disk,), {operation: full})()).write(b"new")
    assert make().read() == b"old"
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


class Planted:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("executed",))


def test_executes_nothing_of_what_it_reads(make: Callable[..., Checkpoint], capsys: pytest.CaptureFixture[str]) -> None:
    save(make(), Progress(1, {"w": Planted()}))
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        load(make())
    assert "executed" not in capsys.readouterr().out
