import pytest

from assets.release.evaluation import Evaluation

EMPTY = {
    "task": "regression",
    "rows": 3,
    "intervals": None,
    "candidates": {"model": {"metrics": {"mae": {"value": 1 / 3, "low": None, "high": None}}}},
    "differences": {},
    "slices": {},
    "fairness": {},
    "calibration": {},
    "confusion": None,
    "importance": [],
}


def test_rounds_figures_so_that_the_last_bits_of_a_sum_do_not_show():
    figure = Evaluation(**EMPTY).to_json()["candidates"]["model"]["metrics"]["mae"]
    assert figure == {"value": 0.3333333333, "low": None, "high": None}


def test_refuses_an_evaluation_of_another_form():
    with pytest.raises(TypeError, match="unexpected keyword argument 'score'"):
        Evaluation.from_json(EMPTY | {"score": 1})
    with pytest.raises(TypeError, match="missing"):
        Evaluation.from_json({"task": "binary"})
