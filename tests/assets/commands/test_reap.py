import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, asset, job, materialize

from assets.commands import reap
from assets.home import REPOSITORY, Home

HOLD_A_POOL = """
import sys, time
from pathlib import Path
from dagster import DagsterInstance, asset, materialize
from assets.commands.reap import process_tags

@asset(pool="training")
def slow(context) -> None:
    context.instance.add_run_tags(context.run_id, process_tags())
    Path(sys.argv[1]).write_text(context.run_id)
    time.sleep(600)

with DagsterInstance.get() as instance:
    materialize([slow], instance=instance)
"""


@asset(pool="training")
def quick() -> None:
    """Needs the pool that the killed run held."""


@job
def nothing() -> None:
    """Stands for a run that another process holds."""


def start_run(report: Path) -> tuple[subprocess.Popen[bytes], str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD_A_POOL, str(report)], cwd=REPOSITORY)
    deadline = time.monotonic() + 60
    while not (report.exists() and report.read_text(encoding="utf-8")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, report.read_text(encoding="utf-8")


def test_closes_a_killed_run_and_frees_its_pool(home: Home, tmp_path: Path) -> None:
    process, run_id = start_run(tmp_path / "run")
    with DagsterInstance.get() as instance:
        assert reap.reap(instance) == ()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert status(instance, run_id) is DagsterRunStatus.STARTED
        assert instance.event_log_storage.get_concurrency_info("training").active_run_ids == {run_id}

        assert reap.reap(instance) == (run_id,)
        assert status(instance, run_id) is DagsterRunStatus.FAILURE
        assert materialize([quick], instance=instance).success
        assert reap.reap(instance) == ()


def status(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_says_which_runs_it_closed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with DagsterInstance.get() as instance:
        dead = create_started_run(instance, {**reap.process_tags(), reap.BOOT: "an earlier start of this machine"})
    assert reap.main([]) == 0
    assert capsys.readouterr().out == f"run {dead} is closed as failed: its process died\n"


@pytest.mark.parametrize(
    "change",
    [{reap.HOST: "another.example.org", reap.PID: "1"}, {}, {reap.PID: None}],
    ids=["another machine", "alive", "no process named"],
)
def test_leaves_other_runs_alone(home: Home, change: dict[str, str | None]) -> None:
    tags = {name: value for name, value in {**reap.process_tags(), **change}.items() if value is not None}
    with DagsterInstance.get() as instance:
        run_id = create_started_run(instance, tags)
        assert reap.reap(instance) == ()
        assert status(instance, run_id) is DagsterRunStatus.STARTED


def test_a_later_process_of_the_same_number_does_not_count(home: Home) -> None:
    with DagsterInstance.get() as instance:
        run_id = create_started_run(instance, {**reap.process_tags(), reap.STARTED: "1"})
        assert reap.reap(instance) == (run_id,)


def test_a_zombie_does_not_count(home: Home) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tags = reap.process_tags(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    with DagsterInstance.get() as instance:
        run_id = create_started_run(instance, tags)
        assert reap.reap(instance) == (run_id,)
    child.communicate()


def create_started_run(instance: DagsterInstance, tags: dict[str, str]) -> str:
    return instance.create_run_for_job(nothing, status=DagsterRunStatus.STARTED, tags=tags).run_id
