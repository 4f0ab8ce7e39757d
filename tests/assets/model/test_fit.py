from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch

from assets.data.target import Labels
from assets.model.checkpoint import Progress
from assets.model.device import Compute, pinned, place
from assets.model.fit import Fitted, fit
from assets.model.networks import Linear, Mlp
from assets.model.optimize import AdamW, Constant, Sgd
from assets.model.train import DivergedError, Train
from assets.model.training_data import TrainingData

Fit = Callable[..., Fitted]


@pytest.fixture
def run_fit(parts: Callable[..., TrainingData], labels: Mapping[str, Labels]) -> Fit:
    def run(settings: Train, rows: TrainingData | None = None, model: Linear | Mlp | None = None) -> Fitted:
        with pinned(place(Compute(device="cpu", threads=1))):
            return fit(
                rows or parts(),
                model=model or Mlp(hidden=(16,)),
                settings=settings,
                labels=labels["binary"],
                device="cpu",
                progress=Progress(),
                on_epoch=lambda progress, seconds: None,
            )

    return run


def test_keeps_the_weights_of_the_best_epoch(run_fit: Fit) -> None:
    overfitting = Train(epochs=25, batch_size=32, optimizer=AdamW(lr=0.02), schedule=Constant(), early_stopping=None)
    fitted = run_fit(overfitting)
    losses = [row["validation_loss"] for row in fitted.history]
    assert fitted.best_epoch == int(np.argmin(losses)) + 1 < len(losses) == 25
    cut = run_fit(overfitting.model_copy(update={"epochs": fitted.best_epoch}))
    for name, weight in fitted.network.state_dict().items():
        assert torch.equal(weight, cut.network.state_dict()[name])


def test_stops_when_the_validation_loss_no_longer_falls(run_fit: Fit) -> None:
    settings = Train(epochs=200, batch_size=32, optimizer=AdamW(lr=0.02), schedule=Constant(), early_stopping=3)
    fitted = run_fit(settings)
    assert len(fitted.history) == fitted.best_epoch + 3 < 200


def test_a_fall_below_min_delta_is_not_a_better_loss(run_fit: Fit) -> None:
    settings = Train(epochs=20, optimizer=AdamW(lr=1e-6), early_stopping=2, min_delta=0.1)
    fitted = run_fit(settings)
    assert len(fitted.history) == 3
    assert fitted.best_epoch == 3


def test_a_loss_that_is_not_finite_names_the_place_and_the_remedy(
    run_fit: Fit, parts: Callable[..., TrainingData]
) -> None:
    sound = parts()
    number = sound.train.number.copy()
    number[:, 0] *= 1e30
    huge = replace(sound, train=replace(sound.train, number=number))
    settings = Train(batch_size=64, optimizer=Sgd(lr=100.0), schedule=Constant())
    message = (
        r"train\.optimizer\.lr let the loss become (nan|inf): in epoch 1, batch \d+ of 10, at learning rate 100, every "
        r"loss must be finite; lower train\.optimizer\.lr, set train\.gradient_clip, or clip extreme values"
    )
    with pytest.raises(DivergedError, match=message):
        run_fit(settings, huge)


def test_a_validation_loss_that_is_not_finite_is_refused_as_well(
    run_fit: Fit, parts: Callable[..., TrainingData]
) -> None:
    sound = parts()
    number = np.full_like(sound.validation.number, 3e38)
    huge = replace(sound, validation=replace(sound.validation, number=number))
    with pytest.raises(DivergedError, match=r"validation loss become (nan|inf): after epoch 1, at learning rate"):
        run_fit(Train(epochs=2), huge)


def test_clipping_tames_what_would_diverge(run_fit: Fit) -> None:
    wild = Train(epochs=3, optimizer=Sgd(lr=100.0, momentum=0.0), schedule=Constant(), l2=1.0)
    with pytest.raises(DivergedError):
        run_fit(wild)
    tame = run_fit(wild.model_copy(update={"gradient_clip": 1e-4}))
    assert tame.history[0]["validation_loss"] < 1


@pytest.mark.parametrize("penalty", [{"l1": 0.05}, {"l2": 0.05}, {"optimizer": AdamW(weight_decay=10.0)}])
def test_penalties_shrink_the_weights(run_fit: Fit, penalty: dict[str, object]) -> None:
    def size(fitted: Fitted) -> float:
        return sum(weight.abs().sum().item() for weight in fitted.network.penalised())

    plain = Train(epochs=10, early_stopping=None)
    assert size(run_fit(plain.model_copy(update=penalty))) < 0.8 * size(run_fit(plain))


def test_the_first_loss_does_not_count_the_penalty(run_fit: Fit) -> None:
    rate = {"epochs": 1, "optimizer": AdamW(lr=1e-9, weight_decay=0.0)}
    bare, penalised = run_fit(Train(**rate)), run_fit(Train(**rate, l1=10.0, l2=10.0))
    assert penalised.history[0]["train_loss"] == pytest.approx(bare.history[0]["train_loss"], rel=1e-4)


def test_every_row_counts_once_in_the_train_loss(run_fit: Fit) -> None:
    standing = {"epochs": 1, "optimizer": AdamW(lr=1e-9), "schedule": Constant()}
    model = Mlp(hidden=(16,), dropout=0.0)
    losses = [
        run_fit(Train(batch_size=size, **standing), model=model).history[0]["train_loss"] for size in (7, 64, 600, 5000)
    ]
    assert losses == pytest.approx([losses[0]] * 4, rel=1e-4)


def test_reads_rows_from_a_read_only_file(run_fit: Fit, parts: Callable[..., TrainingData]) -> None:
    sound = parts()
    for array in (sound.train.number, sound.train.category, sound.validation.number, sound.validation.target):
        array.flags.writeable = False
    assert run_fit(Train(epochs=1), sound).history


def test_does_not_change_the_rows(run_fit: Fit, parts: Callable[..., TrainingData]) -> None:
    rows, untouched = parts(), parts()
    run_fit(Train(epochs=2), rows)
    for name in ("number", "category", "target"):
        assert np.array_equal(getattr(rows.train, name), getattr(untouched.train, name))


def test_leaves_out_the_metric_that_one_class_does_not_have(run_fit: Fit, parts: Callable[..., TrainingData]) -> None:
    sound = parts()
    of_one_class = replace(sound.validation, target=np.zeros_like(sound.validation.target))
    fitted = run_fit(Train(epochs=1), replace(sound, validation=of_one_class))
    assert "validation_roc_auc" not in fitted.history[0]
