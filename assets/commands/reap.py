"""Closes the runs whose process died: after a `kill -9` they would stay started and keep their pool slots for ever."""

import argparse
import os
import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assets.home import Home
from assets.owner import Owner

if TYPE_CHECKING:
    from dagster import DagsterInstance

# Dagster's pages show no tag of this prefix; these would crowd the list of runs
HOST = ".dagster/trainyard_host"
BOOT = ".dagster/trainyard_boot"
PID = ".dagster/trainyard_pid"
STARTED = ".dagster/trainyard_process_started"


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
    owner = Owner.of(os.getpid() if pid is None else pid)
    return {HOST: socket.gethostname(), BOOT: owner.boot, PID: str(owner.pid), STARTED: str(owner.started)}


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
    if PID not in tags:
        return True
    there = Owner.of(int(tags[PID]))
    return bool(there.started) and (tags.get(BOOT), tags.get(STARTED)) == (there.boot, str(there.started))
