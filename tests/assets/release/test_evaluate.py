import json

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.target import Labels
from assets.release.evaluate import DEFAULT_METRICS, Evaluate, EvaluationError, Importance, evaluate, metrics_of
from assets.release.evaluation import Evaluation
from assets.release.metrics import Scores
from data_checks.metric_names import METRICS

ROWS = 300
BINARY, REGRESSION = Labels("binary", (False, True)), Labels("regression")
MULTICLASS = Labels("multiclass", ("a", "b", "c"))


def _rows():
    random = np.random.default_rng(0)
    truth = (random.random(ROWS) < 0.4).astype(np.float32)
    candidates = {
        "model": Scores(probability=(0.6 * truth + 0.4 * random.random(ROWS)).astype(np.float32)),
        "champion": Scores(probability=(0.3 * truth + 0.7 * random.random(ROWS)).astype(np.float32)),
        "trivial": Scores(probability=np.full(ROWS, 0.4)),
    }
    slices = pa.table({"hotel": random.choice(["city", "resort"], ROWS), "nights": random.integers(0, 90, ROWS)})
    return truth, candidates, slices


def _evaluate(settings=None, **changes):
    truth, candidates, slices = _rows()
    given = {"truth": truth, "candidates": candidates, "labels": BINARY, "slices": slices} | changes
    settings = settings or Evaluate(rounds=60)
    return evaluate(
        given["truth"], given["candidates"], settings=settings, labels=given["labels"], slices=given["slices"]
    )


def test_the_form_that_gates_and_cards_read():
    found = _evaluate(Evaluate(rounds=60, slices=("hotel", "nights"), fairness=("hotel",))).to_json()
    assert list(found) == [
        "task", "rows", "intervals", "candidates", "differences", "slices", "fairness", "calibration", "confusion",
        "importance", "own_metrics",
    ]  # fmt: skip
    assert (found["task"], found["rows"]) == ("binary", ROWS)
    assert found["intervals"] == {"level": 0.95, "rounds": 60, "seed": 0}
    assert set(found["candidates"]) == {"model", "champion", "trivial"}
    assert tuple(found["candidates"]["model"]["metrics"]) == DEFAULT_METRICS["binary"]
    assert set(found["candidates"]["model"]["metrics"]["roc_auc"]) == {"value", "low", "high"}
    assert set(found["differences"]) == {"champion", "trivial"}
    assert found["differences"]["champion"]["roc_auc"]["low"] > 0
    city = found["slices"]["hotel"]["city"]
    assert city["candidates"]["champion"]["brier"]["value"] > 0
    assert sum(each["rows"] for each in found["slices"]["hotel"].values()) == ROWS
    assert len(found["slices"]["nights"]) == 5
    assert set(found["fairness"]["hotel"]["model"]["gaps"]) == {"selected", "true_positive", "false_positive"}
    assert set(found["calibration"]["model"]) == {"bins", "ece"}
    assert np.sum(found["confusion"]["candidates"]["model"]) == ROWS
    assert found["importance"] == []


def test_is_json_and_comes_back_from_it():
    found = _evaluate(Evaluate(rounds=60, slices=("hotel",)))
    text = json.dumps(found.to_json(), allow_nan=False)
    assert Evaluation.from_json(json.loads(text)).to_json() == json.loads(text)


def test_equal_seeds_give_equal_text_and_the_seed_moves_the_intervals_only():
    first, again, other = _evaluate(), _evaluate(), _evaluate(Evaluate(rounds=60, seed=1))
    assert json.dumps(first.to_json()) == json.dumps(again.to_json())
    one, two = (each.candidates["model"]["metrics"]["brier"] for each in (first, other))
    assert one["value"] == two["value"]
    assert one["low"] != two["low"]


def test_without_intervals_there_are_values_alone():
    found = _evaluate(Evaluate(intervals=None))
    figure = found.candidates["model"]["metrics"]["brier"]
    assert found.intervals is None
    assert (figure["low"], figure["high"]) == (None, None)
    assert figure["value"] is not None


def test_a_slice_of_one_class_is_null_with_a_reason():
    truth, _, _ = _rows()
    slices = pa.table({"late": truth > 0})
    found = _evaluate(Evaluate(rounds=60, slices=("late",)), slices=slices).slices["late"]["true"]
    figure = found["candidates"]["model"]["roc_auc"]
    assert figure["value"] is None
    assert "hold one value of the target only" in figure["reason"]
    assert found["candidates"]["model"]["brier"]["value"] > 0


def test_regression_has_neither_calibration_nor_confusion():
    truth, _, slices = _rows()
    candidates = {"model": Scores(prediction=truth + 1), "trivial": Scores(prediction=truth * 0)}
    found = _evaluate(candidates=candidates, labels=REGRESSION, slices=slices)
    assert tuple(found.candidates["model"]["metrics"]) == DEFAULT_METRICS["regression"]
    assert found.candidates["model"]["metrics"]["mae"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert (found.calibration, found.confusion) == ({}, None)


def test_several_classes():
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, ROWS)
    probability = 0.5 * np.eye(3)[truth] + 0.5 * random.dirichlet(np.ones(3), ROWS)
    found = _evaluate(truth=truth, candidates={"model": Scores(probability=probability)}, labels=MULTICLASS)
    assert tuple(found.candidates["model"]["metrics"]) == DEFAULT_METRICS["multiclass"]
    assert found.confusion["classes"] == ["a", "b", "c"]
    assert found.differences == {}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_usual_metrics_are_known_and_fit(task):
    assert all(task in METRICS[name].tasks for name in metrics_of(Evaluate(), task))


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"metrics": ["roc_auk"]}, "evaluate.metrics names an unknown metric: 'roc_auk'; did you mean 'roc_auc'?"),
        ({"metrics": []}, "evaluate.metrics is empty: at least one is needed; leave it out for the usual ones"),
        ({"metrics": ["r2", "r2"]}, r"evaluate.metrics names a metric twice: \['r2'\]; name each once"),
        ({"slices": ["a", "a"]}, r"evaluate.slices names a column twice: \['a'\]; name each once"),
        ({"intervals": 1.0}, "less than 1"),
        ({"rounds": 1}, "greater than or equal to 50"),
        ({"importance": {"repeat": 3}}, "Extra inputs are not permitted"),
    ],
)
def test_refuses_settings_that_can_not_be_meant(declared, message):
    with pytest.raises(ValidationError, match=message):
        Evaluate.model_validate_json(json.dumps(declared))


def test_settings_are_read_from_json():
    declared = {"metrics": ["r2"], "slices": ["a"], "intervals": None, "importance": {"repeats": 2, "max_rows": 10}}
    assert Evaluate.model_validate_json(json.dumps(declared)) == Evaluate(
        metrics=("r2",), slices=("a",), intervals=None, importance=Importance(repeats=2, max_rows=10)
    )


PROBABILITY = np.full(ROWS, 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"settings": Evaluate(metrics=("rmse",))},
            "evaluate.metrics does not fit the task: 'rmse' is not a metric of binary targets; ",
        ),
        (
            {"candidates": {"model": Scores(probability=PROBABILITY[:5])}},
            r"evaluate.candidates.model has the wrong shape: \(5,\), and binary scores of these rows are \(300,\)",
        ),
        (
            {"candidates": {"model": Scores(probability=np.where(np.arange(ROWS) < 2, np.nan, 0.5))}},
            "evaluate.candidates.model has scores that are not finite: 2 of 300 must be none; lower the learning rate",
        ),
        (
            {"candidates": {"model": Scores(probability=PROBABILITY + 1)}},
            "evaluate.candidates.model has probabilities outside 0 to 1: 300 of 300 must be none; hand over",
        ),
        (
            {"candidates": {"model": Scores(prediction=PROBABILITY)}},
            "evaluate.candidates.model holds a prediction: binary targets need a probability; hand over",
        ),
        (
            {"candidates": {"champion": Scores(probability=PROBABILITY)}},
            r"evaluate.candidates has no 'model': \['champion'\] are there; hand over the scores of the model",
        ),
        ({"truth": np.full(ROWS, np.nan)}, "evaluate.truth is not finite: 300 of 300 must be none; drop rows"),
        (
            {"settings": Evaluate(slices=("hotle",))},
            "evaluate.slices names a column that is not there: 'hotle'; did you mean 'hotel'?",
        ),
        (
            {"settings": Evaluate(slices=("hotel",)), "slices": pa.table({"hotel": ["a"]})},
            "evaluate.slices has other rows than the truth: 1 and 300 must be equal; hand over the rows of the test",
        ),
        (
            {"truth": np.zeros(0), "candidates": {"model": Scores(probability=np.zeros(0))}},
            "evaluate has no rows: the test part holds 0 and needs at least 1; enlarge split.test",
        ),
    ],
)
def test_refuses_what_can_not_be_evaluated(changes, message):
    with pytest.raises(EvaluationError, match=message):
        _evaluate(**changes)


def hits(truth: np.ndarray, scores: np.ndarray) -> float:
    return float(np.mean((scores >= 0.5) == (truth > 0)))


def test_a_metric_of_ones_own_has_intervals_slices_and_differences():
    own = {"name": "hits", "use": f"{__name__}:hits", "better": "higher"}
    settings = Evaluate.model_validate_json(
        json.dumps({"metrics": [own, "accuracy"], "rounds": 60, "slices": ["hotel"]})
    )
    found = _evaluate(settings)
    champion = found.candidates["champion"]["metrics"]
    assert champion["hits"] == champion["accuracy"]
    assert champion["hits"]["low"] < champion["hits"]["value"] < champion["hits"]["high"]
    city = found.slices["hotel"]["city"]["candidates"]["champion"]
    assert city["hits"] == city["accuracy"]
    assert found.differences["champion"]["hits"] == found.differences["champion"]["accuracy"]
    assert Evaluation.from_json(found.to_json()).metric("hits") == settings.own_metrics[0]
    assert found.metric("accuracy") == "accuracy"


def test_refuses_two_metrics_of_one_name():
    own = {"name": "hits", "use": f"{__name__}:hits", "better": "higher"}
    with pytest.raises(ValidationError, match=r"evaluate\.metrics names a metric twice: \['hits'\]; name each once"):
        Evaluate.model_validate_json(json.dumps({"metrics": [own, own]}))
