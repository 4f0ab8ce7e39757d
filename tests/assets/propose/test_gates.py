import math

import numpy as np
import pytest

from assets.propose.gates import Gates, gates, tails
from data_checks.gates import Gate, judge
from data_checks.verdict import Json

DRAW = np.random.default_rng(0)
SKEWED = np.exp(11 + 1.2 * DRAW.normal(size=2000))
ZEROS = np.where(DRAW.random(2000) < 0.7, 0.0, np.exp(DRAW.normal(size=2000)))


def first(found: Gates) -> dict[str, Json]:
    gate = found.gates[0]
    assert isinstance(gate, dict)
    return gate


def is_kept(found: Gates, **metrics: tuple[float, float]) -> bool:
    """Whether the gates let a model pass, by its figure and the trivial model's of each metric."""
    of = {
        who: {"metrics": {name: {"value": pair[place]} for name, pair in metrics.items()}}
        for place, who in enumerate(("model", "trivial"))
    }
    return judge([Gate.model_validate(gate) for gate in found.gates], {"candidates": of})[0].passed


def test_a_model_of_two_classes_must_beat_chance() -> None:
    target = np.repeat([0.0, 1.0], [990, 10])
    assert first(gates("binary", target, 4000)) == {"metric": "roc_auc", "against": "trivial", "better_by": 0.092}
    few, many = gates("binary", target, 200), gates("binary", np.repeat([0.0, 1.0], [500, 500]), 20_000)
    assert first(few)["better_by"] == 0.4
    assert (
        "of a test part: two standard errors of the ROC AUC, with about 2 of these rows of the rarer class;" in few.why
    )
    assert first(many)["better_by"] == 0.0082
    drawn = [_auc(DRAW.random(200), np.arange(200) < 40) for _ in range(400)]
    room = first(gates("binary", np.repeat([0.0, 1.0], [80, 20]), 200))["better_by"]
    assert isinstance(room, float)
    assert np.mean(np.array(drawn) > 0.5 + room) < 0.05


def _auc(scores: np.ndarray, positive: np.ndarray) -> float:
    return float((scores[positive][:, None] > scores[~positive]).mean())


def test_whoever_says_the_median_of_a_skewed_target_does_not_pass() -> None:
    found = gates("regression", SKEWED, 400)
    mean, median = (float(np.abs(SKEWED - one).mean()) for one in (SKEWED.mean(), np.median(SKEWED)))
    assert first(found)["metric"] == "mae"
    assert median < mean
    assert not is_kept(found, mae=(median, mean))
    assert is_kept(found, mae=(0.8 * median, mean))
    assert " of its mean absolute error is won by whoever says the median of all rows" in found.why
    assert first(gates("regression", SKEWED / 1e9, 400))["better_by"] < 1e-3  # type: ignore[operator]


@pytest.mark.parametrize("target", [ZEROS, DRAW.normal(size=2000), DRAW.poisson(1.0, 2000).astype(float)])
def test_other_numbers_are_judged_by_the_squared_error_that_is_learned(target: np.ndarray) -> None:
    found = gates("regression", target, 400)
    assert first(found) == {"metric": "r2", "against": "trivial", "better_by": 0.01}
    assert "about 400 rows of a test part: in R², 4 divided by that number of rows; a model" in found.why
    assert not is_kept(found, r2=(0.009, -0.0005))
    assert is_kept(found, r2=(0.02, -0.0005))
    few = gates("regression", target, 5)
    assert first(few)["better_by"] == 0.3
    assert "about 5 rows of a test part: in R², 0.3, since they are so few; a model" in few.why


def test_classes_are_judged_by_their_log_loss() -> None:
    found = gates("multiclass", np.arange(300.0) % 3, 60)
    assert first(found) == {"metric": "log_loss", "against": "trivial", "better_by": 0.034}
    assert "about 60 rows of a test part: in log loss, 2 divided by that number of rows; a model" in found.why
    assert not is_kept(found, log_loss=(math.log(3) - 0.03, math.log(3)))
    assert is_kept(found, log_loss=(1.0, math.log(3)))


def test_tails_are_heavy_where_few_rows_that_differ_hold_much() -> None:
    assert tails(SKEWED).heavy
    assert not tails(ZEROS).heavy
    assert tails(ZEROS).held > 1 / 3
    assert not tails(np.zeros(5)).heavy
