from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.data.target import Labels
from assets.execution import carry_out, foresee
from assets.model.stored import package_of, run_of
from assets.release import package
from assets.release.evaluate import Evaluate, EvaluationError, evaluate
from assets.release.evaluation import Evaluation as Figures
from assets.release.metrics import Scores
from assets.release.stages.evaluation import Evaluation, champion_scores, drawn, gates_of, scores_of
from data_checks.gates import Gate
from tests.small_pipeline import TRAINED, Small, service_of

LAST = TRAINED[1]
BINARY = Labels("binary", (False, True))


def test_the_model_is_compared_with_champion_and_baselines_on_the_same_rows(trained: Small) -> None:
    version = trained.work(LAST).current("evaluation")
    figures: Any = version.json("evaluation")
    assert list(figures["candidates"]) == ["model", "champion", "gradient_boosting", "trivial"]
    first: Any = trained.work(TRAINED[0]).current("evaluation").json("evaluation")
    assert list(first["candidates"]) == ["model", "gradient_boosting", "trivial"]
    assert version.counts["test"] == version.table("predictions").num_rows
    assert version.counts["left out because the champion learned from them"] == 0


def test_what_was_evaluated_is_what_the_package_says(trained: Small) -> None:
    work = trained.work(LAST)
    told = work.current("evaluation").table("predictions")
    raw = work.current("raw").table("rows")
    rows = raw.take(pa.array(np.searchsorted(raw["_row"].to_numpy(), told["_row"].to_numpy())))
    served = package_of(work.current("model")).score(rows)
    np.testing.assert_allclose(told["probability"].to_numpy(), served["probability"].to_numpy(), atol=1e-6)
    assert set(told["_period"].to_pylist()) == {LAST}


def test_mlflow_has_the_figures_of_every_candidate(trained: Small) -> None:
    run = run_of(trained.work(LAST).current("model")).run_id
    client = service_of(trained.home).client
    metrics = client.get_run(run).data.metrics
    assert {"test_roc_auc", "test_roc_auc_champion", "test_brier_gradient_boosting", "test_roc_auc_trivial"} <= set(
        metrics
    )
    assert {item.path for item in client.list_artifacts(run, "figures")} >= {
        "figures/calibration.png",
        "figures/importance.png",
        "figures/learning_curve.png",
        "figures/roc_and_precision_recall.png",
        "figures/slices_shop.png",
    }


def spread(truth: np.ndarray, scores: np.ndarray) -> float:
    return float(scores[truth > 0].mean() - scores[truth == 0].mean())


def test_a_metric_of_the_pipelines_own_is_measured_gated_and_leans_on_columns(small_pipeline: Small) -> None:
    own = {"name": "spread", "use": f"{__name__}:spread", "better": "higher"}
    gates: Any = [{"metric": "spread", "at_least": 0.1}, {"metric": "spread", "slice": "shop", "not_worse_by": 0.9}]
    declared = small_pipeline.declare(evaluate={"metrics": [own], "rounds": 50, "slices": ["shop"]}, gates=gates)
    done = carry_out(Evaluation(), small_pipeline.work(LAST, declared))
    figures: Any = done.version.json("evaluation")
    assert list(figures["candidates"]["model"]["metrics"]) == ["spread"]
    assert figures["importance"][0]["column"] == "spent"
    assert [verdict.passed for verdict in done.verdicts] == [True, True]
    assert __name__ in done.version.recipe.code
    assert str(gates_of(small_pipeline.declare(evaluate={"metrics": [own]}, gates=[]), Figures.from_json(figures))[0])


def test_another_limit_is_judged_without_evaluating_again(small_pipeline: Small) -> None:
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99999}])
    done = carry_out(Evaluation(), small_pipeline.work(LAST, strict))
    assert done.reused
    found = {verdict.check: (verdict.passed, verdict.severity) for verdict in done.verdicts}
    assert found["gates"] == (False, "critical")
    assert found["beats_champion"][1] == "warning"


def test_a_challenger_that_is_not_better_is_no_failure(small_pipeline: Small) -> None:
    better = [{"metric": "roc_auc", "at_least": 0.5}, {"metric": "roc_auc", "against": "champion", "better_by": 0.5}]
    done = carry_out(Evaluation(), small_pipeline.work(LAST, small_pipeline.declare(gates=better)))
    found = {verdict.check: verdict for verdict in done.verdicts}
    assert found["gates"].passed
    assert not found["beats_champion"].passed
    assert not found["beats_champion"].blocks


def test_other_metrics_are_measured_anew(trained: Small) -> None:
    changed = trained.declare(evaluate={**trained.sections["evaluate"], "metrics": ["roc_auc", "brier", "log_loss"]})
    assert not foresee(Evaluation(), trained.work(LAST, changed)).reuse


def figures(task: str, truth: np.ndarray, scores: dict[str, Scores], labels: Labels, **settings: Any) -> Figures:
    assert labels.task == task
    slices = pa.table({"shop": ["north", "south"] * (len(truth) // 2)})
    return evaluate(truth, scores, settings=Evaluate(rounds=50, **settings), labels=labels, slices=slices)


@pytest.mark.parametrize(
    ("gates", "added"),
    [
        ([], ["better than the trivial's", "not worse than the champion's"]),
        ([{"metric": "roc_auc", "at_least": 0.7}], ["not worse than the champion's"]),
        ([{"metric": "roc_auc", "against": "champion", "not_worse_by": 0.1}], ["better than the trivial's"]),
        ([{"metric": "roc_auc", "at_least": 0.7}, {"metric": "roc_auc", "against": "champion", "better_by": 0.1}], []),
    ],
)
def test_the_usual_gates_fill_what_the_declared_ones_leave_open(
    trained: Small, gates: list[dict[str, Any]], added: list[str]
) -> None:
    told = Figures.from_json(trained.work(LAST).current("evaluation").json("evaluation"))  # type: ignore[arg-type]
    found = gates_of(trained.declare(gates=gates), told)
    assert found[: len(gates)] == tuple(Gate.model_validate(gate) for gate in gates)
    assert [str(gate).removeprefix("roc_auc ").partition(" by ")[0] for gate in found[len(gates) :]] == added


def test_scores_are_arrays_in_the_order_of_the_classes() -> None:
    binary = scores_of(pa.table({"prediction": [True], "probability": [0.75]}), BINARY)
    assert binary.values.tolist() == [0.75]
    table = pa.table({"prediction": ["b"], "probability_b": [0.75], "probability_a": [0.25]})
    assert scores_of(table, Labels("multiclass", ("a", "b"))).values.tolist() == [[0.25, 0.75]]
    amounts = scores_of(pa.table({"prediction": [3.5, None]}), Labels("regression")).values
    assert amounts[0] == 3.5
    assert np.isnan(amounts[1])


def test_pictures_fit_the_task() -> None:
    draw = np.random.default_rng(0)
    truth = draw.normal(size=40)
    scores = {"model": Scores(prediction=truth + 0.1), "trivial": Scores(prediction=np.zeros(40))}
    told = figures("regression", truth, scores, Labels("regression"), slices=("shop",))
    assert set(drawn(told, truth, scores, where="x")) == {"figures/residuals.png", "figures/slices_shop.png"}
    codes = draw.integers(0, 3, 60)
    told_all = np.eye(3)[codes] * 0.7 + 0.1
    scores = {"model": Scores(probability=told_all), "trivial": Scores(probability=np.full((60, 3), 1 / 3))}
    told = figures("multiclass", codes, scores, Labels("multiclass", ("a", "b", "c")))
    assert "figures/confusion_matrix.png" in drawn(told, codes, scores, where="x")


def test_a_champion_of_the_same_classes_in_another_order_is_turned_round(trained: Small) -> None:
    work = trained.work(LAST)
    champion = package_of(work.current("model"))
    raw = work.current("raw").table("rows").slice(10, 20)
    same = champion_scores(champion, raw, BINARY).values
    turned = champion_scores(champion, raw, Labels("binary", (True, False))).values
    np.testing.assert_allclose(same, 1.0 - turned)


def test_a_champion_that_knows_fewer_classes_gives_the_new_one_no_chance(pack: Callable[..., Any]) -> None:
    packed = pack(task="multiclass")
    champion = package.load(packed.folder, packed.digest)
    more = Labels("multiclass", ("high", "low", "mid", "top"))
    scores = champion_scores(champion, packed.raw, more).values
    assert scores.shape == (packed.raw.num_rows, 4)
    assert (scores[:, 3] == 0).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)
    message = (
        "^evaluate.champion predicts something else: multiclass of .*, the model regression of .*; register the mod"
    )
    with pytest.raises(EvaluationError, match=message):
        champion_scores(champion, packed.raw, Labels("regression"))
    with pytest.raises(EvaluationError, match="predicts something else"):
        champion_scores(champion, packed.raw, Labels("multiclass", ("red", "green")))
