import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from assets.commands import CommandError
from assets.commands.dev import dagster_server, mlflow_servers
from assets.home import REPOSITORY, USUAL_PORTS, Home


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def get(port: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.mark.slow
def test_opens_all_pages_and_leaves_no_process(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    dagster_port, mlflow_port, docs_port = free_port(), free_port(), free_port()
    monkeypatch.setenv("TRAINYARD_DAGSTER_PORT", dagster_port)
    monkeypatch.setenv("TRAINYARD_MLFLOW_PORT", mlflow_port)
    monkeypatch.setenv("TRAINYARD_DOCS_PORT", docs_port)
    command = [sys.executable, "-u", "-m", "assets.commands", "dev"]
    pages = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert pages.stdout is not None
    said = [pages.stdout.readline() for _ in range(5)]
    assert said[0] == "starting Dagster, MLflow, Docs\n"
    assert said[1:4] == [
        f"Dagster  http://127.0.0.1:{dagster_port}\n",
        f"MLflow   http://127.0.0.1:{mlflow_port}/#/experiments?workflowType=machine_learning\n",
        f"Docs     http://127.0.0.1:{docs_port}\n",
    ]
    for setting in USUAL_PORTS:
        monkeypatch.delenv(setting)
    assert get(dagster_port, "/server_info")[0] == 200
    assert get(mlflow_port, "/health") == (200, "OK")
    status, docs = get(docs_port, "/")
    assert (status, "No rows were checked yet" in docs) == (200, True)
    assert list(home.ports().values()) == [dagster_port, mlflow_port, docs_port]
    below = psutil.Process(pages.pid).children(recursive=True)
    assert len(below) >= 5

    pages.send_signal(signal.SIGINT)
    assert pages.communicate(timeout=60)[0] == "stopping\n"
    assert pages.returncode == 0
    assert not [each for each in below if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    assert not (REPOSITORY / "mlruns").exists()


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1"])
def test_refuses_what_is_no_port(home: Home, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("TRAINYARD_DAGSTER_PORT", port)
    with pytest.raises(
        CommandError, match=rf"dev\.TRAINYARD_DAGSTER_PORT is not a port: '{port}' is not a whole number"
    ):
        dagster_server(home)


def test_an_address_with_a_password_is_not_on_the_command_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql+psycopg2://ann:secret@db/mlflow")
    (server,) = mlflow_servers(home)
    assert "secret" not in " ".join(server.command)
    assert server.environment["MLFLOW_BACKEND_STORE_URI"] == "postgresql+psycopg2://ann:secret@db/mlflow"


def test_starts_no_mlflow_where_a_team_serves_one(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    assert mlflow_servers(home) == ()
    assert capsys.readouterr().out == "MLflow   https://mlflow.example.org\n"


def test_a_taken_port_is_told_without_a_traceback(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("TRAINYARD_DAGSTER_PORT", str(other.getsockname()[1]))
        command = [sys.executable, "-m", "assets.commands", "dev"]
        told = subprocess.run(command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("dev.Dagster cannot use its port: ")
    assert len(told.stderr.splitlines()) == 1
    monkeypatch.delenv("TRAINYARD_DAGSTER_PORT")
    assert home.ports() == USUAL_PORTS
