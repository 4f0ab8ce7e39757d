import numpy as np
import pytest

from assets.release.fairness import gaps

GROUPS = {"a": np.arange(100), "b": np.arange(100, 200), "few": np.arange(200, 210)}


def test_rates_and_gaps_of_a_binary_target():
    truth = np.tile([1, 0], 105)
    values = np.where(np.arange(210) < 100, 0.9, 0.9 * truth)
    found = gaps(truth, values, GROUPS, task="binary")
    assert found["groups"] == {
        "a": {"rows": 100, "selected": 1.0, "true_positive": 1.0, "false_positive": 1.0},
        "b": {"rows": 100, "selected": 0.5, "true_positive": 1.0, "false_positive": 0.0},
    }
    assert found["gaps"]["selected"] == {"value": 0.5, "largest": "a", "smallest": "b"}
    assert found["gaps"]["false_positive"]["value"] == 1.0
    assert found["gaps"]["true_positive"]["value"] == 0.0


def test_small_groups_are_named_and_left_out():
    assert gaps(np.zeros(210), np.zeros(210), GROUPS, task="regression")["left_out"] == ["few"]


def test_a_rate_that_fewer_than_two_groups_have_is_null_with_a_reason():
    truth = (np.arange(210) < 100).astype(float)
    found = gaps(truth, np.full(210, 0.9), GROUPS, task="binary")
    assert found["groups"]["b"]["true_positive"] is None
    assert found["gaps"]["true_positive"] == {
        "value": None,
        "largest": None,
        "smallest": None,
        "reason": "1 of 2 groups have this rate, two are needed",
    }


def test_regression_shows_bias_apart_from_error():
    truth = np.zeros(210)
    values = np.where(np.arange(210) < 100, 2.0, np.tile([-2.0, 2.0], 105))
    found = gaps(truth, values, GROUPS, task="regression")["gaps"]
    assert found["error"]["value"] == pytest.approx(2)
    assert found["absolute_error"]["value"] == 0


def test_several_classes_compare_accuracy():
    truth = np.zeros(210, dtype=int)
    values = np.where((np.arange(210) < 100)[:, None], [[0.8, 0.1, 0.1]], [[0.1, 0.8, 0.1]])
    assert gaps(truth, values, GROUPS, task="multiclass")["gaps"]["accuracy"]["value"] == 1.0


def test_no_group_that_is_large_enough_gives_no_gaps():
    assert gaps(np.zeros(5), np.zeros(5), {"a": np.arange(5)}, task="binary") == {
        "groups": {},
        "gaps": {},
        "left_out": ["a"],
    }
