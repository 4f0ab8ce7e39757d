"""Starts programs that answer HTTP, waits until they do, and stops all of them together."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from assets.commands import CommandError

START_SECONDS = 180.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Server:
    """A program that answers HTTP on a port of this machine.

    Attributes:
        name: what the user calls it.
        command: the program and its arguments.
        port: where it listens, on 127.0.0.1.
        probe: a path that answers 200 once the server is ready.
        setting: the environment variable that moves the port.
        log: the file for all that it prints.
        folder: its working directory.
        environment: variables beside those of this process.
        page: the path where a visitor starts.
    """

    name: str
    command: tuple[str, ...]
    port: int
    probe: str
    setting: str
    log: Path
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    page: str = ""


@dataclass(frozen=True)
class Running:
    """A server and the process that leads its group."""

    server: Server
    process: subprocess.Popen[bytes]


def serve(servers: Sequence[Server], *, opened: Callable[[], None] = lambda: None) -> None:
    """Start the servers, print where they are once all answer, and stop all of them together.

    Returns when the user asks to stop (Ctrl-C, or SIGTERM, or a closed terminal). No process of theirs is left behind.

    Args:
        servers: started in this order.
        opened: called once they answer.

    Raises:
        CommandError: A port is taken, or a server dies or never answers.
    """
    for server in servers:
        _refuse_taken_port(server)
    running: list[Running] = []
    with _stop_requests() as stop:
        try:
            for server in servers:
                running.append(_start(server))  # noqa: PERF401  # what was started is on record when a later start fails
            print("starting " + ", ".join(server.name for server in servers), flush=True)
            _wait_for_answers(running, stop)
            opened()
            while not stop.wait(POLL_SECONDS):
                _refuse_death(running)
            print("stopping", flush=True)
        finally:
            _stop([each.process for each in running])


def _wait_for_answers(running: Sequence[Running], stop: threading.Event) -> None:
    deadline = time.monotonic() + START_SECONDS
    silent = [each.server for each in running]
    while silent:
        if stop.wait(POLL_SECONDS):
            return
        _refuse_death(running)
        silent = [server for server in silent if not _answers(server)]
        if silent and time.monotonic() > deadline:
            raise CommandError(_told(silent[0], f"does not answer after {START_SECONDS:.0f} seconds"))
    for each in running:
        print(f"{each.server.name:<9}http://127.0.0.1:{each.server.port}{each.server.page}")
    print("Ctrl-C stops all of it", flush=True)


@contextmanager
def _stop_requests() -> Iterator[threading.Event]:
    """Turn the signals that ask to stop into an event, so that none can strike between a start and its record."""
    stop = threading.Event()
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in asked}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(server: Server) -> Running:
    """Start a server in a process group of its own: Ctrl-C reaches only us, and the group can be stopped whole."""
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            server.command,
            cwd=server.folder,
            env={**os.environ, **server.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(server, process)


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask every group to end, and kill what is left of it after a while."""
    groups = {process.pid for process in processes}
    for group in groups:
        _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and (_any_alive(groups) or any(process.poll() is None for process in processes)):
        time.sleep(POLL_SECONDS)
    for group in groups:
        _signal_group(group, signal.SIGKILL)
    for process in processes:
        process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _any_alive(groups: set[int]) -> bool:
    for process in psutil.process_iter(["status"]):
        try:
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) in groups:
                return True
        except ProcessLookupError:
            continue
    return False


def _refuse_death(running: Sequence[Running]) -> None:
    for each in running:
        if each.process.poll() is not None:
            raise CommandError(_told(each.server, f"ended by itself with status {each.process.returncode}"))


def _told(server: Server, fault: str) -> str:
    last = server.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    return f"dev.{server.name} {fault}: {' | '.join(last)} are its last lines; read {server.log}"


def _answers(server: Server) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
    try:
        connection.request("GET", server.probe)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _refuse_taken_port(server: Server) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", server.port))
        except OSError as error:
            raise CommandError(
                f"dev.{server.name} cannot use its port: {server.port} is held by another program; "
                f"stop that one or choose another port, as in {server.setting}={server.port + 1} make dev"
            ) from error
