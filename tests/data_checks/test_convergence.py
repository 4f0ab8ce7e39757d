import math

import pytest

from data_checks.convergence import converged


def history(*losses):
    return [{"epoch": n, "train_loss": loss, "validation_loss": loss} for n, loss in enumerate(losses, start=1)]


def test_passes_when_the_best_epoch_beats_the_baseline():
    verdict = converged(history(0.9, 0.5, 0.7), 0.6)
    assert verdict.passed
    assert verdict.check == "converged"
    assert verdict.summary == "validation_loss 0.5 after epoch 2 of 3, better than the trivial model's 0.6"
    assert verdict.evidence == {
        "epochs": 3, "best": 0.5, "best_epoch": 2, "baseline": 0.6, "loss": "validation_loss",
    }  # fmt: skip


def test_passes_without_a_baseline():
    assert converged(history(0.9), None).passed


@pytest.mark.parametrize(
    ("rows", "baseline", "message"),
    [
        ([], 0.6, "train.epochs left no history"),
        (
            history(0.9, math.nan),
            0.6,
            "train.optimizer diverged: train_loss is nan in epoch 2 of 2; lower the learning",
        ),
        (history(math.inf), 0.6, "train_loss is inf in epoch 1"),
        ([{"epoch": 1, "train_loss": 0.5}], 0.6, "the history does not hold it"),
        (history(0.6, 0.7), 0.6, "the best validation loss 0.6 is not below the trivial model's 0.6"),
    ],
)
def test_fails_when_training_led_nowhere(rows, baseline, message):
    verdict = converged(rows, baseline)
    assert verdict.blocks
    assert message in verdict.summary
