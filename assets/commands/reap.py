"""Closes the runs whose process died: after a `kill -9` they would stay started and keep their pool slots for ever."""

import argparse
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from assets.home import Home

if TYPE_CHECKING:
    from dagster import DagsterInstance

HOST = "trainyard/host"
BOOT = "trainyard/boot"
PID = "trainyard/pid"
STARTED = "trainyard/process_started"


def main(arguments: Sequence[str]) -> int:
    """Close the runs of this machine whose process died.

    Returns:
        The exit status.
    """
    from dagster import DagsterInstance

    argparse.ArgumentParser(prog="reap", description=__doc__).parse_args(arguments)
    Home.from_environment().initialise()
    with DagsterInstance.get() as instance:
        closed = reap(instance)
    for run_id in closed:
        print(f"run {run_id} is closed as failed: its process died")
    return 0


def process_tags(pid: int | None = None) -> dict[str, str]:
    """Describe the process that holds a run, for the tags of that run.

    Args:
        pid: the process whose death ends the run, by default the one that asks. A step that runs in a process of its
            own must name its parent, because the run goes on when the step's process ends.
    """
    holder = os.getpid() if pid is None else pid
    return {HOST: socket.gethostname(), BOOT: _boot(), PID: str(holder), STARTED: _process_started(holder) or ""}


def reap(instance: "DagsterInstance") -> tuple[str, ...]:
    """Report as failed every unfinished run of this machine whose process is gone, and free its pool slots.

    Runs of other machines and runs without the tags of `process_tags` are left to Dagster's own monitoring.

    Args:
        instance: the Dagster instance that knows the runs.

    Returns:
        The ids of the runs that were closed.
    """
    from dagster import DagsterRunStatus, RunsFilter

    open_statuses = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING)
    mine = RunsFilter(statuses=list(open_statuses), tags={HOST: socket.gethostname()})
    closed = []
    for run in instance.get_runs(filters=mine):
        if _is_alive(run.tags):
            continue
        # Read again: the process may have finished its run between the first reading and its end.
        latest = instance.get_run_by_id(run.run_id)
        if latest is None or latest.status not in open_statuses:
            continue
        instance.report_run_failed(latest, message="The process of this run died without a word.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        closed.append(run.run_id)
    return tuple(closed)


def _is_alive(tags: Mapping[str, str]) -> bool:
    if tags.get(BOOT) != _boot() or PID not in tags:
        return PID not in tags
    return _process_started(int(tags[PID])) == tags.get(STARTED)


def _boot() -> str:
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    return boot_id.read_text(encoding="ascii").strip() if boot_id.exists() else str(int(psutil.boot_time()))


def _process_started(pid: int) -> str | None:
    """Say when a living process started, in a form that no later process of the same number shares, else None.

    Linux counts ticks since boot, which a correction of the clock does not move; elsewhere it is a time of day.
    """
    if Path("/proc/self/stat").exists():
        try:
            # proc(5): after the name in parentheses come the state, field 3, and at 22 the start.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in {"Z", "X"} else fields[19]
    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
