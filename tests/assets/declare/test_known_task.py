from pathlib import Path

import pytest

from assets.declare.known_task import unfit
from assets.testing import pipeline_of
from assets.work import InputError
from data_checks.verdict import Json
from tests.small_pipeline import declare

SECTIONS: dict[str, Json] = {
    "source": {"kind": "files", "path": "x.csv"},
    "target": {"column": "late"},
    "features": {"number": ["km"]},
    "model": {"kind": "linear"},
}


@pytest.mark.parametrize(
    ("sections", "task", "told"),
    [
        ({"evaluate": {"metrics": ["rmse"]}}, "binary", "evaluate.metrics does not fit the task: 'rmse' is not a"),
        (
            {"evaluate": {"metrics": ["r2"]}},
            "binary",
            "evaluate.metrics does not fit the task: 'r2' is not a",
        ),
        (
            {"gates": [{"metric": "brier", "at_most": 0.2}]},
            "regression",
            "gates.0.metric does not fit the task: 'brie",
        ),
        ({"train": {"class_weights": "balanced"}}, "regression", "train.class_weights has no effect: 'balanced' needs"),
        ({"train": {"loss": "huber"}}, "binary", "train.loss has no effect: 'huber' is of regression, the task is bin"),
    ],
)
def test_what_waits_for_the_task_is_told_once_it_is_known(sections: dict[str, Json], task, told: str) -> None:
    (sentence,) = unfit(declare({**SECTIONS, **sections}), task)
    assert sentence.startswith(told)


def test_what_fits_and_what_was_judged_before_is_not_told() -> None:
    gates: Json = [{"metric": "brier", "at_most": 0.2}]
    assert unfit(declare({**SECTIONS, "gates": gates}), "binary") == ()
    declared: Json = {"column": "late", "task": "binary"}
    assert unfit(declare({**SECTIONS, "target": declared, "gates": gates}), "regression") == ()


def test_nothing_is_trained_for_a_metric_that_the_target_can_not_have(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("km,late\n" + "".join(f"{place},{place // 3 % 2}\n" for place in range(200)))
    sections = {**SECTIONS, "source": {"kind": "files", "path": str(file)}, "evaluate": {"metrics": ["rmse"]}}
    with pipeline_of(sections, expectations=False) as pipeline:
        for stage in ("raw", "clean", "splits", "features"):
            pipeline.run(stage)
        with pytest.raises(InputError, match=r"evaluate\.metrics does not fit the task: 'rmse' is not a metric of bin"):
            pipeline.run("model")
