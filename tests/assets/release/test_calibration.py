import numpy as np
import pytest

from assets.release.calibration import calibration, confusion


def test_true_probabilities_are_calibrated_and_squeezed_ones_are_not():
    random = np.random.default_rng(0)
    probability = random.random(20_000)
    truth = (random.random(20_000) < probability).astype(np.float32)
    assert calibration(truth, probability)["ece"] < 0.015
    assert calibration(truth, 0.5 + (probability - 0.5) / 2)["ece"] == pytest.approx(0.125, abs=0.015)


def test_bins_hold_every_row_and_rates_lie_within_their_intervals():
    random = np.random.default_rng(1)
    truth, probability = random.integers(0, 2, 500), np.round(random.random(500), 1)
    bins = calibration(truth, probability)["bins"]
    assert sum(each["rows"] for each in bins) == 500
    assert [each["stated"] for each in bins] == sorted(each["stated"] for each in bins)
    assert all(0 <= each["low"] <= each["observed"] <= each["high"] <= 1 for each in bins)


def test_interval_of_a_rate_is_wilsons():
    (each,) = calibration(np.array([1] * 8 + [0] * 2), np.full(10, 0.8))["bins"]
    assert (each["low"], each["high"]) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize("truth", [0, 1])
def test_one_class_and_one_score_is_one_bin(truth):
    found = calibration(np.full(7, truth), np.full(7, 0.25))
    assert len(found["bins"]) == 1
    assert found["ece"] == pytest.approx(abs(truth - 0.25))


def test_several_classes_are_judged_by_their_largest_probability():
    probability = np.tile([0.7, 0.2, 0.1], (10, 1))
    found = calibration(np.array([0] * 7 + [1] * 3), probability)
    assert found["ece"] == pytest.approx(0)
    assert found["bins"][0]["stated"] == pytest.approx(0.7)


def test_confusion_counts_true_by_predicted():
    found = confusion(np.array([0, 0, 1, 1, 1]), {"model": np.array([0.1, 0.9, 0.8, 0.5, 0.2])}, ("no", "yes"))
    assert found == {"classes": ["no", "yes"], "candidates": {"model": [[1, 1], [1, 2]]}}
