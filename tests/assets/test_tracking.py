import json
from pathlib import Path

import pytest

from assets.mlflow_service import MlflowService
from assets.tracking import FOR_TRAINING, IDENTITY, Run, Tracking, version_url


@pytest.fixture
def tracking(service: MlflowService) -> Tracking:
    return Tracking(service)


@pytest.fixture
def run(tracking: Tracking) -> Run:
    return tracking.run_for("hotels", "2016-01", identity="key-1", tags={"trainyard.pipeline": "hotels"})


def test_a_retried_step_goes_on_in_its_run(tracking: Tracking, run: Run) -> None:
    tracking.end(run, "FAILED")
    again = tracking.run_for("hotels", "2016-01", identity="key-1", tags={})
    assert again == run
    assert tracking.service.client.get_run(run.run_id).info.status == "RUNNING"


def test_another_identity_is_another_run(tracking: Tracking, run: Run) -> None:
    other = tracking.run_for("hotels", "2016-01", identity="key-2", tags={})
    assert other.run_id != run.run_id
    assert other.experiment_id == run.experiment_id


def test_tags_say_where_a_run_comes_from(tracking: Tracking, run: Run) -> None:
    tags = tracking.service.client.get_run(run.run_id).data.tags
    assert tags["trainyard.pipeline"] == "hotels"
    assert tags[IDENTITY] == "key-1"


def test_metrics_of_an_epoch_are_one_write(failing: MlflowService) -> None:
    tracking = Tracking(failing)
    run = tracking.run_for("hotels", "r", identity="k", tags={})
    failing.written.clear()
    for epoch in range(3):
        tracking.log_metrics(run, epoch, {"train_loss": 1 / (epoch + 1), "validation_loss": float("nan")})
    assert failing.written == ["log_metrics"] * 3
    history = failing.client.get_metric_history(run.run_id, "train_loss")
    assert [(point.step, point.value) for point in history] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]


def test_settings_are_logged_whatever_their_number_and_length(tracking: Tracking, run: Run) -> None:
    settings = {f"p{index}": index for index in range(150)} | {"hidden": [256, 256], "kind": "mlp", "long": "x" * 7000}
    for _ in range(2):
        tracking.log_params(run, settings)
    params = tracking.service.client.get_run(run.run_id).data.params
    assert len(params) == 153
    assert params["hidden"] == "[256, 256]"
    assert params["kind"] == "mlp"
    assert len(params["long"]) == 6000


def test_files_are_kept_under_their_paths(tracking: Tracking, run: Run, tmp_path: Path) -> None:
    tracking.log_files(run, {"figures/roc.png": b"\x89PNG", "model_card.md": "# Größe"})
    client = tracking.service.client
    assert Path(client.download_artifacts(run.run_id, "figures/roc.png", str(tmp_path))).read_bytes() == b"\x89PNG"
    assert Path(client.download_artifacts(run.run_id, "model_card.md", str(tmp_path))).read_text() == "# Größe"


def test_an_input_has_our_own_digest(tracking: Tracking, run: Run) -> None:
    tracking.log_input(run, "hotels/features", digest="d" * 64, source="versions/1", context="training")
    (logged,) = tracking.service.client.get_run(run.run_id).inputs.dataset_inputs
    assert logged.dataset.name == "hotels/features"
    assert logged.dataset.digest == "d" * 36
    assert json.loads(logged.dataset.source) == {"uri": "versions/1"}
    assert logged.tags[0].value == "training"


def test_a_finished_run_is_closed(tracking: Tracking, run: Run) -> None:
    tracking.end(run, "FINISHED")
    assert tracking.service.client.get_run(run.run_id).info.status == "FINISHED"


def test_a_deleted_experiment_says_how_to_restore_it(tracking: Tracking, run: Run) -> None:
    tracking.service.client.delete_experiment(run.experiment_id)
    with pytest.raises(ValueError, match=r"mlflow.experiment 'hotels' was deleted: .*`mlflow experiments restore -x"):
        tracking.run_for("hotels", "r", identity="k", tags={})


def test_pages_have_addresses(run: Run) -> None:
    page = f"http://host:5000/#/experiments/{run.experiment_id}/runs/{run.run_id}"
    assert run.url("http://host:5000/") == f"{page}?{FOR_TRAINING}"
    assert version_url("http://host:5000", "a b", "3") == f"http://host:5000/#/models/a%20b/versions/3?{FOR_TRAINING}"
