import numpy as np
import pytest
import sklearn.metrics as sk

from assets.release.metrics import Scores, chosen, statistic, value
from data_checks.metric_names import METRICS, OwnMetric
from data_checks.named_function import FunctionError

ROWS, CLASSES = 400, 4


def _binary():
    random = np.random.default_rng(0)
    truth = (random.random(ROWS) < 0.3).astype(np.float32)
    # Rounded, so that there are many ties.
    return truth, np.round(np.clip(0.4 * truth + 0.6 * random.random(ROWS), 0.01, 0.99), 2)


def _multiclass():
    random = np.random.default_rng(1)
    truth = random.integers(0, CLASSES, ROWS)
    probability = random.dirichlet(np.ones(CLASSES), ROWS) + 0.5 * np.eye(CLASSES)[truth]
    return truth, probability / probability.sum(axis=1, keepdims=True)


def _regression():
    random = np.random.default_rng(2)
    truth = 1e5 + 100 * random.normal(size=ROWS)
    return truth, truth + 30 * random.normal(size=ROWS)


ROWS_OF = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}
REFERENCE = {
    ("roc_auc", "binary"): sk.roc_auc_score,
    ("average_precision", "binary"): sk.average_precision_score,
    ("brier", "binary"): sk.brier_score_loss,
    ("mae", "regression"): sk.mean_absolute_error,
    ("rmse", "regression"): sk.root_mean_squared_error,
    ("r2", "regression"): sk.r2_score,
    ("mape", "regression"): sk.mean_absolute_percentage_error,
    ("median_absolute_error", "regression"): sk.median_absolute_error,
}
OF_CLASSES = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "f1": sk.f1_score,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "macro_f1": lambda truth, said: sk.f1_score(truth, said, average="macro"),
    "quadratic_kappa": lambda truth, said: sk.cohen_kappa_score(truth, said, weights="quadratic"),
}


def _reference(metric, task, truth, values):
    if metric in OF_CLASSES:
        return OF_CLASSES[metric](truth, chosen(values))
    if metric == "log_loss":
        return sk.log_loss(truth, values, labels=list(range(2 if task == "binary" else CLASSES)))
    if metric == "roc_auc" and task == "multiclass":
        return sk.roc_auc_score(truth, values, multi_class="ovr")
    return REFERENCE[metric, task](truth, values)


PAIRS = [(name, task) for name, metric in METRICS.items() for task in metric.tasks]


@pytest.mark.parametrize(("metric", "task"), PAIRS)
def test_equals_scikit_learn(metric, task):
    truth, values = ROWS_OF[task]()
    assert value(metric, truth, values) == pytest.approx(_reference(metric, task, truth, values), rel=1e-9)


@pytest.mark.parametrize(("metric", "task"), PAIRS)
def test_a_weight_is_a_repeated_row(metric, task):
    truth, values = ROWS_OF[task]()
    random = np.random.default_rng(3)
    weights = np.stack([np.bincount(random.integers(0, ROWS, ROWS), minlength=ROWS) for _ in range(3)]).astype(np.int32)
    found = statistic(metric, truth, values)(weights)
    for drawn, each in zip(weights, found, strict=True):
        rows = np.repeat(np.arange(ROWS), drawn)
        assert each == pytest.approx(_reference(metric, task, truth[rows], values[rows]), rel=1e-9)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "recall", "f1"])
def test_is_undefined_without_a_positive_row(metric):
    truth, values = np.zeros(5), np.full(5, 0.1)
    assert np.isnan(value(metric, truth, values))


def test_is_undefined_without_a_negative_row():
    assert np.isnan(value("roc_auc", np.ones(5), np.linspace(0, 1, 5)))


def test_precision_of_no_positive_prediction_is_undefined():
    assert np.isnan(value("precision", np.array([0, 1]), np.array([0.1, 0.2])))


def test_r2_of_a_constant_target_is_undefined():
    assert np.isnan(value("r2", np.full(3, 2.0), np.array([1.0, 2.0, 3.0])))


def test_kappa_of_one_class_is_undefined():
    assert np.isnan(value("quadratic_kappa", np.zeros(3, dtype=int), np.tile([0.9, 0.1, 0.0], (3, 1))))


def test_roc_auc_leaves_out_classes_that_the_rows_do_not_hold():
    truth, values = _multiclass()
    kept = truth < 2
    areas = [sk.roc_auc_score(truth[kept] == code, values[kept][:, code]) for code in (0, 1)]
    assert value("roc_auc", truth[kept], values[kept]) == pytest.approx(np.mean(areas))


def test_log_loss_of_a_sure_and_wrong_answer_is_finite():
    assert value("log_loss", np.array([1.0]), np.array([0.0])) == pytest.approx(36.04, abs=0.01)


def test_scores_refuse_none_and_both():
    one = np.zeros(1)
    with pytest.raises(ValueError, match=r"scores.probability and scores.prediction do not fit together: 0 of them"):
        Scores().values  # noqa: B018
    with pytest.raises(ValueError, match=r"2 of them are set and exactly one must be; give the probability"):
        Scores(probability=one, prediction=one).values  # noqa: B018


def gained(truth: np.ndarray, scores: np.ndarray) -> float:
    taken = scores >= 0.5
    return float(np.where(truth[taken] > 0, 5.0, -1.0).mean()) if taken.any() else float("nan")


def says_so(truth: np.ndarray, scores: np.ndarray) -> str:
    return "good"


def own(name: str) -> OwnMetric:
    return OwnMetric(name="gain", use=f"{__name__}:{name}", better="higher")


def test_a_function_of_ones_own_sees_a_weight_as_a_repeated_row():
    truth, scores = _binary()
    weights = np.random.default_rng(4).integers(0, 3, (3, ROWS)).astype(np.int32)
    found = statistic(own("gained"), truth, scores)(weights)
    assert found.tolist() == [gained(np.repeat(truth, each), np.repeat(scores, each)) for each in weights]
    assert value(own("gained"), truth, scores) == gained(truth, scores)
    assert np.isnan(value(own("gained"), truth, np.zeros(ROWS)))
    assert np.isnan(statistic(own("gained"), truth, scores)(np.zeros((1, ROWS), np.int32))[0])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("says_so", r"evaluate\.metrics\.gain\.use returns no number: .* gave a str; return one number, NaN where"),
        ("absent", r"evaluate\.metrics\.gain\.use names a function that is not there"),
    ],
)
def test_refuses_a_function_that_gives_no_number(name, message):
    with pytest.raises(FunctionError, match=message):
        value(own(name), np.ones(2), np.ones(2))
