import subprocess
import sys
from pathlib import Path

import pytest

from assets.mlflow_service import MlflowService, UnreachableError


@pytest.mark.parametrize("password", ["secret", "p@secret"])
def test_a_dead_server_is_one_error_without_the_password(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    dead = MlflowService(f"http://user:{password}@127.0.0.1:9")
    with pytest.raises(
        UnreachableError, match=r"mlflow.tracking_uri cannot be reached: http://127.0.0.1:9 .* start the server"
    ) as caught:
        dead.read(lambda client: client.search_experiments())
    assert "secret" not in str(caught.value)


def test_a_server_that_dies_later_is_the_same_error(service: MlflowService, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    service.client = MlflowClient(tracking_uri="http://127.0.0.1:9", registry_uri="http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match="start the server"):
        service.write("create_experiment", lambda client: client.create_experiment("e"))


def test_a_database_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, and long enough to be read as one" * 100)
    broken = MlflowService(f"sqlite:///{tmp_path / 'mlflow.db'}")
    with pytest.raises(UnreachableError, match="file is not a database"):
        broken.read(lambda client: client.search_experiments())


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    barred = MlflowService(f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")
    with pytest.raises(UnreachableError, match="cannot be reached"):
        barred.read(lambda client: client.search_experiments())


def test_an_answer_that_is_no_is_not_a_dead_server(service: MlflowService) -> None:
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException, match="No Experiment"):
        service.read(lambda client: client.get_experiment("12345"))


@pytest.mark.slow
def test_first_starts_at_once_leave_a_whole_database(tmp_path: Path) -> None:
    code = (
        "import sys; from assets.mlflow_service import MlflowService; "
        "print(len(MlflowService(sys.argv[1]).read(lambda client: client.search_experiments())))"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'mlflow.db'}"]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [start.communicate()[0] for start in starts] == [b"1\n"] * 2


def test_pickle_is_off_wherever_mlflow_is_used(service: MlflowService) -> None:
    from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION

    assert service.client is not None
    assert MLFLOW_ALLOW_PICKLE_DESERIALIZATION.get() is False
