import numpy as np
import pytest

from assets.release.intervals import draws
from assets.release.measure import measure
from assets.release.metrics import value

ROWS = 120
BOOTSTRAP = {"level": 0.9, "rounds": 80, "seed": 3}


@pytest.fixture
def scored():
    random = np.random.default_rng(0)
    truth = (random.random(ROWS) < 0.4).astype(np.float32)
    better = 0.6 * truth + 0.4 * random.random(ROWS)
    return truth, {"model": better, "champion": np.clip(better + 0.03 * random.normal(size=ROWS), 0, 1)}


def test_the_interval_is_the_naive_one(scored):
    truth, values = scored
    (measured,) = measure(truth, values, metrics=["brier"], groups=[np.arange(ROWS)], bootstrap=BOOTSTRAP)
    naive = [
        value("brier", truth[rows], values["model"][rows])
        for weights in draws(ROWS, rounds=80, seed=3)
        for rows in (np.repeat(np.arange(ROWS), drawn) for drawn in weights)
    ]
    figure = measured.figure("model", "brier")
    assert [figure["low"], figure["high"]] == pytest.approx(np.quantile(naive, [0.05, 0.95]))
    assert figure["low"] < figure["value"] < figure["high"]


def test_a_difference_is_drawn_in_pairs(scored):
    truth, values = scored
    (measured,) = measure(truth, values, metrics=["brier"], groups=[np.arange(ROWS)], bootstrap=BOOTSTRAP)
    model, champion = measured.figure("model", "brier"), measured.figure("champion", "brier")
    difference = measured.figure("model", "brier", less="champion")
    assert difference["value"] == pytest.approx(model["value"] - champion["value"])
    assert difference["high"] - difference["low"] < model["high"] - model["low"]
    same = measure(
        truth,
        {"model": values["model"], "champion": values["model"]},
        metrics=["roc_auc"],
        groups=[np.arange(ROWS)],
        bootstrap=BOOTSTRAP,
    )[0].figure("model", "roc_auc", less="champion")
    assert same == {"value": 0, "low": 0, "high": 0}


def test_a_group_is_measured_on_its_own_rows(scored):
    truth, values = scored
    rows = np.arange(20, 70)
    _, group = measure(truth, values, metrics=["roc_auc"], groups=[np.arange(ROWS), rows], bootstrap=None)
    assert group.rows == 50
    assert group.figure("model", "roc_auc") == {
        "value": value("roc_auc", truth[rows], values["model"][rows]),
        "low": None,
        "high": None,
    }


def test_one_class_gives_null_with_a_reason_and_not_zero(scored):
    truth, values = scored
    (group,) = measure(truth, values, metrics=["roc_auc"], groups=[np.flatnonzero(truth > 0)[:9]], bootstrap=BOOTSTRAP)
    for figure in (group.figure("model", "roc_auc"), group.figure("model", "roc_auc", less="champion")):
        assert figure == {
            "value": None,
            "low": None,
            "high": None,
            "reason": "no roc_auc: the 9 rows hold one value of the target only",
        }


def test_names_the_rows_where_a_metric_is_undefined_for_another_reason(scored):
    truth, _ = scored
    (group,) = measure(
        truth, {"model": np.zeros(ROWS)}, metrics=["precision"], groups=[np.arange(ROWS)], bootstrap=None
    )
    assert group.figure("model", "precision")["reason"] == "no precision: the 120 rows do not define it"


def test_a_group_that_is_seldom_defined_has_a_value_but_no_interval(scored):
    truth, values = scored
    rows = np.array([np.flatnonzero(truth > 0)[0], *np.flatnonzero(truth == 0)[:5]])
    (group,) = measure(truth, values, metrics=["roc_auc"], groups=[rows], bootstrap=BOOTSTRAP)
    figure = group.figure("model", "roc_auc")
    assert figure["value"] is not None
    assert (figure["low"], figure["high"]) == (None, None)
    assert figure["reason"] == "no interval: roc_auc is undefined in too many draws of these 6 rows"
