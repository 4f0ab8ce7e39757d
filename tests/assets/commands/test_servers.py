import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from assets.commands import CommandError
from assets.commands.servers import Server, serve
from assets.home import REPOSITORY

# Each server has a child of its own, which must not outlive it; the second one's child also ignores the request to end.
SERVE = """
import sys
from pathlib import Path
from assets.commands import servers
servers.STOP_SECONDS = 2.0
folder, *ports = sys.argv[1:]
shell = ("trap 'exit' TERM; sleep 987 & exec $0 -m http.server $1 --bind 127.0.0.1",
         "(trap '' TERM; sleep 987) & exec $0 -m http.server $1 --bind 127.0.0.1")
servers.serve([
    servers.Server(name=f"s{i}", command=("sh", "-c", shell[i], sys.executable, port), port=int(port), probe="/",
                   setting="S_PORT", log=Path(folder, f"{i}.log"), folder=Path(folder))
    for i, port in enumerate(ports)
])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start two servers, wait until they are said to answer, and return all processes below."""
    ports = [str(free_port()), str(free_port())]
    command = [sys.executable, "-u", "-c", SERVE, str(folder), *ports]
    pipe = subprocess.PIPE
    parent = subprocess.Popen(command, cwd=REPOSITORY, stdout=pipe, stderr=pipe, text=True)
    assert parent.stdout is not None
    said = [parent.stdout.readline() for _ in range(4)]
    assert said == [
        "starting s0, s1\n",
        f"s0       http://127.0.0.1:{ports[0]}\n",
        f"s1       http://127.0.0.1:{ports[1]}\n",
        "Ctrl-C stops all of it\n",
    ]
    below = psutil.Process(parent.pid).children(recursive=True)
    assert len([each for each in below if each.name() == "sleep"]) == 2
    return parent, below


def none_left(processes: list[psutil.Process]) -> bool:
    return not [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_request_stops_everything(tmp_path: Path, request_to_stop: signal.Signals) -> None:
    parent, below = start(tmp_path)
    parent.send_signal(request_to_stop)
    out, err = parent.communicate(timeout=30)
    assert (parent.returncode, out, err) == (0, "stopping\n", "")
    assert none_left(below)


def test_when_one_dies_the_other_stops(tmp_path: Path) -> None:
    parent, below = start(tmp_path)
    next(each for each in below if "http.server" in each.cmdline() and each.ppid() == parent.pid).kill()
    _, err = parent.communicate(timeout=30)
    assert parent.returncode == 1
    assert "CommandError: dev.s0 ended by itself with status -9: " in err
    assert none_left(below)


def server(folder: Path, *command: str, port: int) -> Server:
    return Server(
        name="Page", command=command, port=port, probe="/", setting="PAGE_PORT", log=folder / "log", folder=folder
    )


def test_refuses_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        expected = (
            rf"dev\.Page cannot use its port: {port} is held by another program; .* PAGE_PORT={port + 1} make dev"
        )
        with pytest.raises(CommandError, match=expected):
            serve([server(tmp_path, "true", port=port)])
    assert not (tmp_path / "log").exists()


def test_shows_the_last_words_of_a_server_that_cannot_start(tmp_path: Path) -> None:
    failing = server(tmp_path, "sh", "-c", "echo no database; exit 3", port=free_port())
    with pytest.raises(
        CommandError, match=r"dev\.Page ended by itself with status 3: no database are its last lines; read .*log"
    ):
        serve([failing])


def test_gives_up_on_a_server_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.commands.servers.START_SECONDS", 0.5)
    before = time.monotonic()
    with pytest.raises(CommandError, match=r"dev\.Page does not answer after 0 seconds: "):
        serve([server(tmp_path, "sleep", "986", port=free_port())])
    assert time.monotonic() - before < 20
    assert not [each for each in psutil.Process(os.getpid()).children(recursive=True) if each.name() == "sleep"]
