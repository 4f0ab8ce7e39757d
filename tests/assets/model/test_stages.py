import math
from typing import cast

import pyarrow as pa
import pytest

from assets.execution import carry_out, foresee
from assets.mlflow_service import UnreachableError
from assets.model.stages import Model
from assets.model.stored import encoded, labels_of, package_of, run_of
from assets.model.train import DivergedError
from assets.tracking import Run, Tracking
from assets.versions.recipe import Recipe
from data_checks.grid_profile import counts_in
from data_checks.profile import Profile, count
from data_checks.verdict import Json
from tests.small_pipeline import MONTHS, TRAINED, Small, service_of

LAST = TRAINED[1]


def test_a_model_is_packed_with_all_that_serves_it(trained: Small) -> None:
    model = trained.work(LAST).current("model")
    assert {name for name in model.manifest["files"] if not name.startswith("package/")} == {
        "figures/learning_curve.png",
        "history.json",
        "network.onnx",
        "profile.json",
        "validation_output.npy",
    }
    scored = package_of(model).score(trained.work(LAST).current("raw").table("rows").slice(10, 3))
    assert all(0 < probability < 1 for probability in scored["probability"].to_pylist())


def test_what_is_packed_says_what_the_network_said(trained: Small) -> None:
    model = trained.work(LAST).current("model")
    (features,) = (trained.work(LAST).current("features"),)
    assert model.array("validation_output").shape == (len(encoded(features, "validation").target), 1)
    assert labels_of(features).task == "binary"


def test_the_profile_counts_features_and_predictions(trained: Small) -> None:
    profile = trained.work(LAST).current("model").json("profile")
    assert isinstance(profile, dict)
    assert set(profile) == {"spent", "visits", "shop", "_prediction", "_probability"}


def test_its_features_are_those_of_all_kept_rows_of_the_periods_it_learned_from(trained: Small) -> None:
    work = trained.work(LAST)
    stored = Profile.from_json(cast("dict[str, Json]", work.current("model").json("profile")))
    features = Profile({name: stored.columns[name] for name in ("spent", "visits", "shop")})
    rows = pa.concat_tables([work.current("clean", month).table("rows") for month in MONTHS[1:3]])
    by_row = count(features, rows)
    for name, column in features.columns.items():
        assert column.counts.sum(axis=0).tolist() == by_row.columns[name].counts[0].tolist()
    assert features.rows == rows.num_rows
    assert [column.counts.shape[0] for column in features.columns.values()] == [rows.num_rows // 100] * 3
    month = work.current("clean", LAST).table("counts")
    assert list(counts_in(features, month).columns) == list(features.columns)  # its bins end with cells
    learned = sum(len(work.current("features").array(f"{part}_target")) for part in ("train", "validation"))
    assert stored.columns["_probability"].counts.sum() == learned


def mlflow_run(trained: Small, run: Run) -> dict[str, dict[str, str]]:
    found = service_of(trained.home).client.get_run(run.run_id)
    return {
        "params": dict(found.data.params),
        "metrics": {name: str(value) for name, value in found.data.metrics.items()},
        "tags": dict(found.data.tags),
        "info": {"status": found.info.status, "name": found.info.run_name},
    }


def test_a_training_is_a_finished_run_with_its_settings_curves_and_lineage(trained: Small) -> None:
    model = trained.work(LAST).current("model")
    run = mlflow_run(trained, run_of(model))
    assert run["info"] == {"status": "FINISHED", "name": f"small {LAST}"}
    assert run["params"]["model.kind"] == "linear"
    assert run["params"]["train.epochs"] == "4"
    assert {"train_loss", "validation_loss", "validation_roc_auc", "test_roc_auc"} <= set(run["metrics"])
    assert run["tags"]["trainyard.partition"] == LAST
    history = service_of(trained.home).client.get_metric_history(run_of(model).run_id, "validation_loss")
    assert [point.step for point in history] == [1, 2, 3, 4]


def test_device_threads_and_seed_are_part_of_the_recipe(trained: Small) -> None:
    recipe = trained.work(LAST).current("model").recipe
    assert (recipe.environment["device"], recipe.environment["threads"], recipe.seed) == ("cpu", "1", 0)
    more = trained.declare(compute={"device": "cpu", "threads": 2})
    assert foresee(Model(), trained.work(LAST, more)).why == ("environment threads 1 -> 2",)


def test_what_is_only_shown_or_limited_trains_nothing_again(trained: Small) -> None:
    changed = trained.declare(
        description="Another", gates=[], register={"name": "other"}, evaluate={"metrics": ["brier"]}, retrain=None
    )
    assert foresee(Model(), trained.work(LAST, changed)).reuse


def test_a_loss_above_the_trivial_one_does_not_converge(small_pipeline: Small) -> None:
    work = small_pipeline.work(LAST)
    model = work.current("model")
    assert Model().judge(work, {}, model)[0].passed
    history: Json = [{"epoch": 1, "train_loss": 0.5, "validation_loss": 0.8, "baseline_loss": 0.7}]
    with work.store.draft(model.address) as draft:
        draft.write_json("history", history)
        other = work.store.publish(draft, Recipe.from_json({**model.manifest["recipe"], "seed": 9}))
    (verdict,) = Model().judge(work, {}, other)
    assert not verdict.passed
    assert verdict.summary.startswith("train.epochs ended without learning: the best validation loss 0.8 is not below")


def test_a_training_that_fails_ends_its_run_and_leaves_no_version(small_pipeline: Small) -> None:
    wild = small_pipeline.declare(train={"epochs": 3, "optimizer": {"kind": "sgd", "lr": 100.0}, "l2": 1e6})
    work = small_pipeline.work(LAST, wild)
    before = work.current("model")
    with pytest.raises(DivergedError, match=r"lower train.optimizer.lr, set train.gradient_clip"):
        carry_out(Model(), work)
    assert work.current("model") == before
    client = service_of(small_pipeline.home).client
    experiment = client.get_experiment_by_name("small")
    statuses = [run.info.status for run in client.search_runs([experiment.experiment_id])]
    assert sorted(statuses) == ["FAILED", "FINISHED", "FINISHED"]
    assert math.isfinite(float(mlflow_run(small_pipeline, run_of(before))["metrics"]["validation_loss"]))


def test_what_stopped_a_training_is_told_though_mlflow_is_away_too(
    small_pipeline: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Tracking, run: Run, status: str) -> None:
        raise UnreachableError("mlflow.tracking_uri cannot be reached")

    wild = small_pipeline.declare(train={"epochs": 3, "optimizer": {"kind": "sgd", "lr": 100.0}, "l2": 1e6})
    monkeypatch.setattr(Tracking, "end", away)
    with pytest.raises(DivergedError, match=r"lower train.optimizer.lr"):
        carry_out(Model(), small_pipeline.work(LAST, wild))


def test_no_progress_is_kept_of_what_is_published(trained: Small) -> None:
    folder = trained.home.versions / "small/model/checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == list(TRAINED)
    assert not [path for month in TRAINED for path in (folder / month).iterdir()]
