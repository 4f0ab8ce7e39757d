import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest

from assets.model.candidate import Candidate, TuneError
from assets.model.checkpoint import Checkpoint
from assets.model.networks import Linear, Mlp
from assets.model.optimize import AdamW, Constant, Sgd
from assets.model.search import Attempt, search
from assets.model.train import Train, Trained, TrainingData
from assets.model.tune import Choices, Range, Tune

SPACE = {"train.optimizer.lr": Range(low=1e-5, high=1e-1, log=True), "model.hidden": Choices(choices=([4], [16, 16]))}


def test_keeps_the_best_settings_it_tried(run_train: Callable[..., Trained]) -> None:
    trained = run_train(tune=Tune(trials=8, pruner=None, space=SPACE))
    assert [trial.number for trial in trained.trials] == list(range(8))
    best = min(trained.trials, key=lambda trial: trial.value)
    assert trained.settings.optimizer == AdamW(lr=best.settings["train.optimizer.lr"])
    assert trained.model == Mlp(hidden=tuple(best.settings["model.hidden"]))
    assert trained.history[trained.best_epoch - 1]["validation_loss"] == best.value


def test_is_never_worse_than_what_was_declared(run_train: Callable[..., Trained]) -> None:
    declared = run_train(model=Mlp(hidden=(16, 16)), train=Train(epochs=4, optimizer=AdamW(lr=0.01)))
    tuned = run_train(
        model=Mlp(hidden=(16, 16)),
        train=Train(epochs=4, optimizer=AdamW(lr=0.01)),
        tune=Tune(trials=3, maximize="roc_auc", space=SPACE),
    )
    assert tuned.trials[0].settings == {"train.optimizer.lr": 0.01, "model.hidden": [16, 16]}
    assert tuned.trials[0].value == declared.history[declared.best_epoch - 1]["validation_roc_auc"]
    assert max(trial.value for trial in tuned.trials) >= tuned.trials[0].value


@pytest.mark.parametrize("model", [Linear(), Mlp(hidden=(8,))], ids=["linear", "mlp"])
def test_has_a_space_of_its_own(run_train: Callable[..., Trained], model: Linear | Mlp) -> None:
    (first, second) = run_train(model=model, tune=Tune(trials=2, pruner=None)).trials
    expected = {"train.optimizer.lr", "train.optimizer.weight_decay"}
    assert set(first.settings) == expected | ({"model.dropout"} if isinstance(model, Mlp) else set())
    assert first.settings["train.optimizer.lr"] == (0.005 if isinstance(model, Linear) else 0.002)
    assert second.settings != first.settings


@pytest.mark.parametrize("pruner", ["hyperband", "median"])
def test_ends_bad_trials_early(
    run_train: Callable[..., Trained], parts: Callable[..., TrainingData], pruner: str
) -> None:
    tune = Tune.model_validate({"trials": 20, "pruner": pruner, "space": SPACE, "sampler": "random"})
    trained = run_train(parts(rows=200), model=Mlp(hidden=(4,)), train=Train(epochs=9, early_stopping=None), tune=tune)
    pruned = [trial for trial in trained.trials if trial.state == "pruned"]
    assert pruned
    assert all(trial.epochs < 9 for trial in pruned)
    assert all(trial.epochs == 9 for trial in trained.trials if trial.state == "complete")


def test_the_same_seed_searches_the_same_way(run_train: Callable[..., Trained]) -> None:
    tune = Tune(trials=3, space=SPACE)
    one, same, other = (run_train(tune=tune, train=Train(epochs=2, seed=seed)) for seed in (0, 0, 1))
    assert (one.trials, one.onnx) == (same.trials, same.onnx)
    assert one.trials != other.trials


def test_tells_of_each_trial(run_train: Callable[..., Trained]) -> None:
    lines: list[str] = []
    run_train(tune=Tune(trials=2, space=SPACE), report=lines.append)
    assert lines[0].startswith("trial 1/2: complete after 4 epochs, loss 0.")
    assert "train.optimizer.lr=0.002, model.hidden=[16, 16]" in lines[0]


def test_leaves_optunas_logging_as_it_was(run_train: Callable[..., Trained]) -> None:
    before = optuna.logging.get_verbosity()
    run_train(tune=Tune(trials=1))
    assert optuna.logging.get_verbosity() == before


def test_goes_on_after_a_trial_that_diverged(run_train: Callable[..., Trained]) -> None:
    settings = Train(epochs=3, optimizer=Sgd(momentum=0.0), schedule=Constant(), l2=1.0)
    tune = Tune(trials=2, pruner=None, space={"train.optimizer.lr": Choices(choices=(100.0, 0.01))}, sampler="random")
    states = set()
    for seed in range(6):
        try:
            trained = run_train(train=settings.model_copy(update={"seed": seed}), tune=tune)
        except TuneError:
            continue
        states |= {(trial.state, trial.value is None) for trial in trained.trials}
    assert states == {("complete", False), ("diverged", True)}


def test_refuses_a_space_in_which_nothing_trains(run_train: Callable[..., Trained]) -> None:
    settings = Train(epochs=3, optimizer=Sgd(momentum=0.0), schedule=Constant(), l2=1.0)
    tune = Tune(trials=2, space={"train.optimizer.lr": Choices(choices=(99.0, 100.0))})
    with pytest.raises(TuneError, match=r"tune\.space holds nothing that trains: all 2 trials diverged"):
        run_train(train=settings, tune=tune)


def test_refuses_a_metric_of_another_task(run_train: Callable[..., Trained]) -> None:
    with pytest.raises(TuneError, match=r"names what is not measured here: 'accuracy' must be one of loss, roc_auc"):
        run_train(tune=Tune(trials=1, maximize="accuracy"))


def test_refuses_a_metric_that_validation_rows_of_one_class_do_not_have(
    run_train: Callable[..., Trained], parts: Callable[..., TrainingData]
) -> None:
    sound = parts()
    one_class = replace(sound.validation, target=np.zeros_like(sound.validation.target))
    with pytest.raises(TuneError, match=r"roc_auc also needs both classes among the validation rows"):
        run_train(replace(sound, validation=one_class), tune=Tune(trials=1, maximize="roc_auc"))


@pytest.mark.parametrize("pruner", ["hyperband", "median", None])
def test_a_trial_that_was_cut_off_is_tried_again_as_it_was(checkpoint: Path, pruner: str | None) -> None:
    tune = Tune.model_validate({"trials": 15, "pruner": pruner, "space": {"train.l1": SPACE["train.optimizer.lr"]}})
    record = Checkpoint(checkpoint, "one", lambda line: None)

    def attempt(cut: tuple[int, int] | None) -> Attempt:
        counted = itertools.count(len(json.loads(record.read() or b"[]")))

        def trained(candidate: Candidate, on_epoch: Callable[[Mapping[str, float]], None]) -> Mapping[str, float]:
            trial = next(counted)
            for epoch in range(1, 10):
                if (trial, epoch) == cut:
                    raise KeyboardInterrupt
                row = {"epoch": epoch, "validation_loss": (np.log(candidate.train.l1) + 5) ** 2 + 1 / epoch}
                on_epoch(row)
            return row

        return trained

    declared = Candidate(Linear(), Train(epochs=9))
    whole = search(tune, declared, attempt(None), record=None, report=lambda line: None)
    for cut in ((0, 5), (5, 1), (11, 1)):
        with pytest.raises(KeyboardInterrupt):
            search(tune, declared, attempt(cut), record=record, report=lambda line: None)
    assert search(tune, declared, attempt(None), record=record, report=lambda line: None) == whole
