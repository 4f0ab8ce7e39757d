"""A training that is cut off anywhere and run again ends in the same bytes as one that was not."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from assets.model.networks import Mlp
from assets.model.optimize import Sgd
from assets.model.train import Train, Trained, TrainingData
from assets.model.tune import Tune

SETTINGS = {
    "adamw": Train(epochs=5),
    "sgd": Train(epochs=5, optimizer=Sgd(nesterov=True), gradient_clip=1.0, l1=1e-5),
}
FEW = 200  # rows, the last batch of them a part of one


@pytest.fixture
def run_train(run_train: Callable[..., Trained], parts: Callable[..., TrainingData]) -> Callable[..., Trained]:
    """`train` on few rows, since each is trained on again and again."""
    return partial(run_train, parts(rows=FEW))


class Cut(Exception):  # noqa: N818
    """Stands for a power cut."""


def cut_at(epoch: int) -> Callable[[int, Mapping[str, float]], None]:
    def raised(told: int, metrics: Mapping[str, float]) -> None:
        if told == epoch:
            raise Cut

    return raised


def same(one: Trained, other: Trained) -> bool:
    return (one.onnx, one.history, one.best_epoch) == (other.onnx, other.history, other.best_epoch)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
@pytest.mark.parametrize("epoch", [1, 2, 5])
def test_interrupted_equals_uninterrupted(
    run_train: Callable[..., Trained], checkpoint: Path, settings: Train, epoch: int
) -> None:
    whole = run_train(train=settings)
    with pytest.raises(Cut):
        run_train(train=settings, checkpoint=checkpoint, log_metrics=cut_at(epoch))
    told: list[int] = []
    resumed = run_train(train=settings, checkpoint=checkpoint, log_metrics=lambda epoch, metrics: told.append(epoch))
    assert same(resumed, whole)
    assert resumed.resumed_from_epoch == epoch - 1
    assert told == list(range(epoch, 6))


def test_early_stopping_counts_on_where_it_was(run_train: Callable[..., Trained], checkpoint: Path) -> None:
    settings = Train(epochs=60, batch_size=32, early_stopping=4, optimizer=Sgd(lr=0.5))
    whole = run_train(train=settings)
    assert len(whole.history) < 60
    with pytest.raises(Cut):
        run_train(train=settings, checkpoint=checkpoint, log_metrics=cut_at(len(whole.history) - 1))
    assert same(run_train(train=settings, checkpoint=checkpoint), whole)


@pytest.mark.slow
def test_a_killed_process_is_taken_up(run_train: Callable[..., Trained], checkpoint: Path) -> None:
    killed = f"""
import importlib.util, os, signal, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("conftest", sys.argv[1])
conftest = importlib.util.module_from_spec(spec)
spec.loader.exec_module(conftest)
from assets.model.train import Train
def kill(epoch, metrics):
    if epoch == 4:
        os.kill(os.getpid(), signal.SIGKILL)
few, checkpoint = conftest.make_parts(rows={FEW}), Path(sys.argv[2])
conftest.run_train.__wrapped__()(few, train=Train(epochs=6), checkpoint=checkpoint, log_metrics=kill)
"""
    conftest = Path(__file__).with_name("conftest.py")
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", killed, str(conftest), str(checkpoint)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    resumed = run_train(train=Train(epochs=6), checkpoint=checkpoint)
    assert resumed.resumed_from_epoch == 3
    assert same(resumed, run_train(train=Train(epochs=6)))


def test_a_finished_training_is_not_repeated(run_train: Callable[..., Trained], checkpoint: Path) -> None:
    whole = run_train(checkpoint=checkpoint)
    again = run_train(checkpoint=checkpoint, log_metrics=cut_at(1))
    assert same(again, whole)
    assert again.resumed_from_epoch == 4


@pytest.mark.parametrize(
    "change", [{"identity": "two"}, {"train": Train(epochs=4, seed=1)}, {"model": Mlp(hidden=(8,))}], ids=str
)
def test_progress_of_another_recipe_is_not_taken_up(
    run_train: Callable[..., Trained], checkpoint: Path, change: dict[str, object]
) -> None:
    run_train(checkpoint=checkpoint)
    lines: list[str] = []
    fresh = run_train(checkpoint=checkpoint, report=lines.append, **change)
    assert fresh.resumed_from_epoch == 0
    assert lines[0] == "checkpoint.pt is of other rows, settings or another machine; beginning anew"
    assert same(fresh, run_train(**change))


def test_damaged_progress_is_not_taken_up(run_train: Callable[..., Trained], checkpoint: Path) -> None:
    whole = run_train(checkpoint=checkpoint)
    stored = bytearray(checkpoint.read_bytes())
    stored[len(stored) // 2] ^= 4
    checkpoint.write_bytes(stored)
    assert same(run_train(checkpoint=checkpoint), whole)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
@pytest.mark.parametrize("pruner", ["hyperband", "median", None])
def test_an_interrupted_search_goes_on_as_it_would_have(
    run_train: Callable[..., Trained], checkpoint: Path, sampler: str, pruner: str | None
) -> None:
    tune = Tune.model_validate({"trials": 14, "sampler": sampler, "pruner": pruner, "maximize": "roc_auc"})
    whole = run_train(tune=tune)
    for trial in (1, 6, 12):
        lines: list[str] = []

        def cut(line: str, lines: list[str] = lines, trial: int = trial) -> None:
            lines.append(line)
            if line.startswith(f"trial {trial}/"):
                raise Cut

        with pytest.raises(Cut):
            run_train(tune=tune, checkpoint=checkpoint, report=cut)
    resumed = run_train(tune=tune, checkpoint=checkpoint)
    assert resumed.trials == whole.trials
    assert same(resumed, whole)
    assert len(lines) == 6
