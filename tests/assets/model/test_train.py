"""The stage as its callers know it: three tasks, two networks, the same seed, the same bytes."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from assets.model.device import Compute
from assets.model.export import run
from assets.model.networks import Linear, Mlp
from assets.model.optimize import AdamW, Constant, Cosine, OneCycle, Sgd, Step
from assets.model.train import DivergedError, Train, Trained, TrainingData

METRIC = {"binary": "validation_roc_auc", "multiclass": "validation_accuracy", "regression": "validation_rmse"}
OUTPUTS = {"binary": 1, "multiclass": 3, "regression": 1}


@pytest.mark.parametrize("model", [Linear(), Mlp(hidden=(32,))], ids=["linear", "mlp"])
@pytest.mark.parametrize("task", METRIC)
def test_learns_every_task(
    run_train: Callable[..., Trained], parts: Callable[..., TrainingData], model: Linear | Mlp, task: str
) -> None:
    trained = run_train(task=task, model=model, train=Train(epochs=15, optimizer=AdamW(lr=0.02)))
    best = trained.history[trained.best_epoch - 1]
    assert best["validation_loss"] < 0.7 * best["baseline_loss"]

    validation = parts(task).validation
    output = run(trained.onnx, validation.number, validation.category)
    np.testing.assert_allclose(output, trained.validation_output, rtol=1e-4, atol=1e-4)
    assert output.shape == (len(validation.target), OUTPUTS[task])


def test_regression_predicts_in_the_targets_units(
    run_train: Callable[..., Trained], parts: Callable[..., TrainingData]
) -> None:
    trained = run_train(task="regression", train=Train(epochs=15))
    truth = parts("regression").validation.target
    rmse = np.sqrt(np.mean((trained.validation_output[:, 0] - truth) ** 2))
    assert rmse == pytest.approx(trained.history[trained.best_epoch - 1]["validation_rmse"], rel=1e-4)
    assert rmse < 0.7 * truth.std()


@pytest.mark.parametrize(
    "settings",
    [
        Train(optimizer=Sgd(), schedule=Constant()),
        Train(optimizer=Sgd(nesterov=True), schedule=OneCycle()),
        Train(optimizer=AdamW(), schedule=Step(every=2, factor=0.5)),
        Train(schedule=Cosine(warm_up=0.1, final=0.1), l1=1e-4, l2=1e-4, gradient_clip=1.0),
        Train(class_weights="balanced", batch_size=64),
        Train(class_weights={"true": 3.0}, batch_size=10_000, optimizer=AdamW(lr=0.05)),
    ],
    ids=["sgd", "nesterov", "step", "penalties", "balanced", "whole batch"],
)
def test_learns_by_every_way_of_training(run_train: Callable[..., Trained], settings: Train) -> None:
    trained = run_train(train=settings.model_copy(update={"epochs": 10}))
    assert trained.history[trained.best_epoch - 1]["validation_roc_auc"] > 0.85


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(run_train: Callable[..., Trained]) -> None:
    at = Compute(device="cpu", threads=2)
    one, same, other = (run_train(train=Train(epochs=3, seed=seed), compute=at) for seed in (0, 0, 1))
    assert one.onnx == same.onnx
    assert one.history == same.history
    assert one.validation_output.tobytes() == same.validation_output.tobytes()
    assert other.onnx != one.onnx
    assert other.history != one.history


@pytest.mark.parametrize("rate", [0.01, 1e30], ids=["finished", "raised"])
def test_leaves_torchs_global_state_as_it_was(run_train: Callable[..., Trained], rate: float) -> None:
    def state() -> tuple[object, ...]:
        strict = torch.are_deterministic_algorithms_enabled()
        return torch.get_rng_state().tolist(), torch.get_num_threads(), strict, torch.is_grad_enabled()

    torch.rand(3)
    before = state()
    settings = Train(epochs=2, optimizer=Sgd(lr=min(rate, 100.0), momentum=0.99), schedule=Constant(), l2=rate)
    if rate > 1:
        with pytest.raises(DivergedError):
            run_train(train=settings, compute=Compute(device="cpu", threads=2))
    else:
        run_train(train=settings, compute=Compute(device="cpu", threads=2))
    assert state() == before


def test_the_random_state_of_the_caller_changes_nothing(run_train: Callable[..., Trained]) -> None:
    one = run_train()
    torch.rand(5)
    assert run_train().onnx == one.onnx


def test_tells_of_each_epoch_while_it_trains(run_train: Callable[..., Trained]) -> None:
    lines: list[str] = []
    metrics: dict[int, Mapping[str, float]] = {}
    trained = run_train(train=Train(epochs=3), report=lines.append, log_metrics=metrics.__setitem__)
    told = ["epoch 1/3", "epoch 2/3", "epoch 3/3", f"the best of 3 epochs was number {trained.best_epoch}"]
    assert [line.split(":")[0] for line in lines] == told
    assert "validation roc auc 0." in lines[0]
    assert lines[0].endswith("rows/s")
    assert list(metrics) == [1, 2, 3]
    row = {name: value for name, value in metrics[2].items() if name not in {"seconds", "rows_per_second"}}
    assert row == trained.history[1]
    assert metrics[2]["rows_per_second"] == pytest.approx(600 / metrics[2]["seconds"])
    expected = {"epoch", "train_loss", "validation_loss", "baseline_loss", "learning_rate", "validation_roc_auc"}
    assert set(row) == expected


def test_says_how_it_came_about(run_train: Callable[..., Trained]) -> None:
    trained = run_train(model=Mlp(hidden=(8,)), train=Train(epochs=2))
    assert (trained.device, trained.threads, trained.resumed_from_epoch) == ("cpu", 1, 0)
    assert trained.seconds > 0
    assert (trained.model, trained.settings, trained.trials) == (Mlp(hidden=(8,)), Train(epochs=2), ())


@pytest.mark.parametrize(
    "wrong",
    [
        '{"epochs": 0}',
        '{"epochs": 2.5}',
        '{"batch_size": "64"}',
        '{"optimizer": {"kind": "adam"}}',
        '{"optimizer": {"kind": "adamw", "momentum": 0.9}}',
        '{"optimizer": {"kind": "sgd", "lr": 0}}',
        '{"schedule": {"kind": "constant", "every": 3}}',
        '{"class_weights": {"true": -1}}',
        '{"learning_rate": 0.1}',
    ],
)
def test_refuses_senseless_settings(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Train.model_validate_json(wrong)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
@pytest.mark.parametrize("task", METRIC)
def test_a_gpu_trains_what_the_cpu_trains(run_train: Callable[..., Trained], task: str) -> None:
    settings = Train(epochs=3)
    model = Mlp(hidden=(32,), dropout=0.0)  # the devices draw other units to drop
    cpu = run_train(task=task, model=model, train=settings)
    gpu = run_train(task=task, model=model, train=settings, compute=Compute(device="cuda", threads=2))
    for ours, theirs in zip(gpu.history, cpu.history, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-2)
    scale = np.abs(cpu.validation_output).max()
    np.testing.assert_allclose(gpu.validation_output, cpu.validation_output, atol=0.02 * scale)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_gpus_random_state_is_as_before(run_train: Callable[..., Trained]) -> None:
    torch.rand(1, device="cuda")
    before = torch.cuda.get_rng_state()
    run_train(compute=Compute(device="cuda", threads=2))
    assert torch.equal(torch.cuda.get_rng_state(), before)
