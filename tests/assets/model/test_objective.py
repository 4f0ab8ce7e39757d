from collections.abc import Mapping

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score

from assets.data.target import Labels
from assets.model.objective import ObjectiveError, objective, roc_auc

CPU = torch.device("cpu")


def test_weighs_the_positive_class_by_the_ratio_of_the_class_weights(labels: Mapping[str, Labels]) -> None:
    target = np.array([0, 0, 0, 1], np.float32)
    goal = objective(target, labels=labels["binary"], class_weights={"true": 6.0, "false": 2.0}, loss="squared")
    outputs = torch.zeros(4, 1)
    expected = np.log(2) * np.mean([1, 1, 1, 3])
    assert goal.criterion(CPU)(outputs, torch.from_numpy(target)).item() == pytest.approx(expected)


def test_balanced_classes_pull_equally(labels: Mapping[str, Labels]) -> None:
    target = np.array([0, 0, 0, 1], np.float32)
    goal = objective(target, labels=labels["binary"], class_weights="balanced", loss="squared")
    assert goal.constant == pytest.approx((0.0,))
    three = objective(np.array([0, 1, 1, 2]), labels=labels["multiclass"], class_weights="balanced", loss="squared")
    assert three.constant == pytest.approx([np.log(1 / 3)] * 3)


def test_the_trivial_model_knows_the_shares_of_the_train_rows(labels: Mapping[str, Labels]) -> None:
    target = np.array([0, 1, 1, 2])
    goal = objective(target, labels=labels["multiclass"], class_weights=None, loss="squared")
    outputs = torch.tensor([goal.constant]).expand(4, -1)
    expected = log_loss(target, np.tile([0.25, 0.5, 0.25], (4, 1)))
    assert goal.criterion(CPU)(outputs, torch.from_numpy(target)).item() == pytest.approx(expected)


def test_standardises_a_regression_target_and_measures_in_its_own_units(labels: Mapping[str, Labels]) -> None:
    target = np.array([100, 200, 300], np.float32)
    goal = objective(target, labels=labels["regression"], class_weights=None, loss="squared")
    encoded = goal.encode(target)
    assert encoded.mean() == pytest.approx(0, abs=1e-6)
    assert encoded.std() == pytest.approx(1)
    assert goal.metric(encoded[:, None], target) == pytest.approx(0, abs=1e-4)
    assert goal.metric(np.zeros((3, 1), np.float32), target) == pytest.approx(np.std(target))


def test_huber_pulls_less_at_a_distance(labels: Mapping[str, Labels]) -> None:
    target = np.array([-1, 1], np.float32)
    losses = {}
    for loss in ("squared", "huber"):
        goal = objective(target, labels=labels["regression"], class_weights=None, loss=loss)
        losses[loss] = goal.criterion(CPU)(torch.full((2, 1), 10.0), torch.zeros(2)).item()
    assert losses == {"squared": pytest.approx(100), "huber": pytest.approx(9.5)}


def test_area_under_the_curve_equals_scikit_learns_ties_included() -> None:
    random = np.random.default_rng(0)
    scores, truth = random.integers(0, 20, 500) / 20, random.integers(0, 2, 500)
    assert roc_auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_area_under_the_curve_needs_both_classes() -> None:
    assert roc_auc(np.array([0.1, 0.2]), np.array([1, 1])) is None


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("regression", {"class_weights": "balanced"}, r"train\.class_weights has no classes to weigh"),
        ("binary", {"loss": "huber"}, r"train\.loss is for regression: 'huber' with task 'binary'"),
        ("binary", {"class_weights": {"yes": 2.0}}, r"class that is not there: yes must be among false, true"),
    ],
)
def test_refuses_settings_that_do_not_fit_the_task(
    labels: Mapping[str, Labels], task: str, settings: dict[str, object], message: str
) -> None:
    arguments: dict[str, object] = {"class_weights": None, "loss": "squared", **settings}
    with pytest.raises(ObjectiveError, match=message):
        objective(np.array([0, 1], np.float32), labels=labels[task], **arguments)


def test_refuses_a_target_that_does_not_vary(labels: Mapping[str, Labels]) -> None:
    with pytest.raises(ObjectiveError, match=r"target\.column does not vary: all 3 train rows hold 5"):
        objective(np.full(3, 5, np.float32), labels=labels["regression"], class_weights=None, loss="squared")


def test_refuses_train_rows_of_one_class(labels: Mapping[str, Labels]) -> None:
    with pytest.raises(ObjectiveError, match=r"target\.column has one class in the train rows: 3 of class false"):
        objective(np.zeros(3, np.float32), labels=labels["binary"], class_weights=None, loss="squared")
