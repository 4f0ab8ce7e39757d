import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assets.home import QUIET, REPOSITORY, USUAL_PORTS, Home, HomeError

WORK_WITH_EVERY_LIBRARY = """
from assets.home import Home
Home.from_environment().initialise()
import great_expectations as gx, mlflow, pandas as pd, torch, sklearn, onnxruntime, optuna
import matplotlib.pyplot as plt
from dagster import DagsterInstance, asset, materialize

@asset
def one() -> int:
    return 1

with DagsterInstance.get() as instance:
    assert materialize([one], instance=instance).success
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
rows = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
batches = rows.add_batch_definition_whole_dataframe("all")
expectation = gx.expectations.ExpectColumnValuesToNotBeNull(column="a")
assert batches.get_batch({"dataframe": pd.DataFrame({"a": [1]})}).validate(expectation).success
client = mlflow.MlflowClient()
run = client.create_run(client.create_experiment("e")).info.run_id
figure, axes = plt.subplots()
axes.set_title("a title needs the font cache")
client.log_figure(run, figure, "figure.png")
client.set_terminated(run)
torch.nn.Linear(1, 1)(torch.ones(1, 1)).sum().backward()
"""


def own_environment(root: Path) -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if name not in Home(root).environment()}
    return {**outside, "TRAINYARD_HOME": str(root), "PYTHONPATH": str(REPOSITORY)}


def test_lies_in_the_repository_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINYARD_HOME")
    assert Home.from_environment().root == REPOSITORY / ".trainyard"


def test_moves_with_one_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRAINYARD_HOME", str(tmp_path / "elsewhere"))
    home = Home.from_environment()
    folders = (home.dagster, home.mlflow, home.versions, home.docs, home.logs, home.cache)
    assert all(folder.is_relative_to(tmp_path / "elsewhere") for folder in folders)
    assert str(tmp_path / "elsewhere") in home.environment()["MLFLOW_TRACKING_URI"]


def test_a_variable_that_is_set_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    monkeypatch.delenv("GX_ANALYTICS_ENABLED", raising=False)
    Home(tmp_path).use()
    assert os.environ["MLFLOW_TRACKING_URI"] == "https://mlflow.example.org"
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_links_lead_where_the_pages_were_opened_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page, port = "TRAINYARD_DAGSTER_PAGE", "TRAINYARD_DAGSTER_PORT"
    assert Home(tmp_path).environment()[page] == "http://127.0.0.1:3000"
    monkeypatch.setenv(port, "3001")
    Home(tmp_path).remember_ports()
    monkeypatch.delenv(port)
    assert Home(tmp_path).environment()[page] == "http://127.0.0.1:3001"
    assert Home(tmp_path).environment()["TRAINYARD_DOCS_PAGE"] == "http://127.0.0.1:5050"
    monkeypatch.setenv(port, "3002")
    assert Home(tmp_path).environment()[page] == "http://127.0.0.1:3002"


@pytest.mark.parametrize("text", ["no json", "[]"])
def test_ports_that_cannot_be_read_are_the_usual_ones(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text, encoding="utf-8")
    assert Home(tmp_path).ports() == USUAL_PORTS


def test_dagster_reads_the_settings_it_is_given(home: Home) -> None:
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        assert instance.root_directory == str(home.dagster)
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert instance.python_log_level == "INFO"
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.tag_concurrency_limits == [
            {"key": key, "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
            for key in ("trainyard/job", "dagster/backfill")
        ]


@pytest.mark.slow
def test_keeps_settings_that_the_user_changed(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    (home.root / "initialised.json").write_text('{"dagster": "1.13.1", "mlflow": "3.17.0"}', encoding="utf-8")
    home.initialise()
    assert yaml.safe_load((home.dagster / "dagster.yaml").read_text(encoding="utf-8")) == {
        "telemetry": {"enabled": False}
    }
    (line,) = [record.getMessage() for record in caplog.records if record.name == "trainyard"]
    assert line.endswith(
        "dagster.yaml has no python_logs, and is yours: terminals show Dagster's debug lines; "
        "add python_logs: {python_log_level: INFO}"
    )


@pytest.mark.slow
def test_settings_that_an_earlier_version_wrote_get_what_it_did_not_know(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    settings = home.dagster / "dagster.yaml"
    whole = settings.read_text(encoding="utf-8")
    earlier = whole.removesuffix(QUIET).replace("what you change is never", "it is never")
    settings.write_text(earlier, encoding="utf-8")
    (home.root / "initialised.json").write_text('{"dagster": "1.13.1", "mlflow": "3.17.0"}', encoding="utf-8")
    home.initialise()
    assert settings.read_text(encoding="utf-8") == earlier + QUIET
    assert not [record for record in caplog.records if record.name == "trainyard"]


def test_leaves_databases_of_a_team_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "theirs"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    home = Home(tmp_path / "home")
    home.initialise()
    assert not list((tmp_path / "theirs").iterdir())
    assert not list(home.dagster.iterdir())
    assert not (home.mlflow / "mlflow.db").exists()


@pytest.mark.usefixtures("home")  # whose variables are put back
def test_says_which_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(
        HomeError, match=r"home\.root cannot be made ready: .*file/home' gave 'Not a directory'; set TRAINYARD_HOME"
    ):
        Home(tmp_path / "file" / "home").initialise()


@pytest.mark.slow
def test_says_what_a_migration_said(home: Home) -> None:
    (home.root / "initialised.json").unlink()
    (home.mlflow / "mlflow.db").write_bytes(b"not a database, and long enough to be seen as a broken header" * 40)
    with pytest.raises(HomeError, match=r"'mlflow db upgrade' ended with 1: .*file is not a database"):
        home.initialise()
    assert not (home.root / "initialised.json").exists()


@pytest.mark.slow
def test_nothing_is_written_elsewhere(home: Home, tmp_path: Path) -> None:
    users, here = tmp_path / "user", tmp_path / "here"
    users.mkdir()
    here.mkdir()
    environment = {**own_environment(home.root), "HOME": str(users)}
    command = [sys.executable, "-c", WORK_WITH_EVERY_LIBRARY]
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [str(path) for folder in (users, here) for path in folder.rglob("*")] == []
    assert list(home.mlflow.rglob("figure.png"))
