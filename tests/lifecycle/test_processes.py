"""Processes that die, and processes that race: what they leave is whole."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from assets.commands.reap import reap
from assets.home import REPOSITORY
from data_checks.verdict import Json
from tests.small_pipeline import MONTHS, NAME, SCORED, TRAINED, Small, run, told

LAST = SCORED[-1]


def start(pipeline: Small, *more: str, **sections: Json) -> subprocess.Popen[str]:
    """Retrain the last month in another process."""
    command = [sys.executable, "-m", "tests.lifecycle.retrain", str(pipeline.folder), LAST, json.dumps(sections), *more]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(path: Path, pattern: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    while not list(path.glob(pattern)):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_a_killed_run_is_reaped_and_run_again_from_where_it_was(small_pipeline: Small) -> None:
    long: dict[str, Json] = {"train": {**small_pipeline.sections["train"], "epochs": 60, "early_stopping": None}}
    process = start(small_pipeline, **long)
    wait_for(small_pipeline.home.versions, f"{NAME}/model/checkpoints/{LAST}/*/checkpoint.pt", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert small_pipeline.store.head(small_pipeline.work(LAST).address("model")) is None
    with dg.DagsterInstance.get() as instance:
        (closed,) = reap(instance)
        assert instance.get_run_by_id(closed).is_failure
        result = run(small_pipeline.definitions(small_pipeline.declare(**long)), f"{NAME}_retrain", LAST, instance)
        assert result.success, told(result)
    shown = small_pipeline.work(LAST).current("model").manifest["metadata"]
    assert shown["resumed from epoch"] > 0
    assert [version.partition for version in small_pipeline.registry.versions(NAME)] == [*TRAINED, LAST]


@pytest.mark.slow
def test_two_runs_of_one_pipeline_at_once_agree(small_pipeline: Small) -> None:
    twin = start(small_pipeline, "wait")
    loaded = small_pipeline.definitions()
    wait_for(small_pipeline.home.root, "ready", twin)
    (small_pipeline.home.root / "go").touch()
    with dg.DagsterInstance.get() as instance:
        mine = run(loaded, f"{NAME}_retrain", LAST, instance)
    said = twin.communicate(timeout=240)[0]
    assert mine.success, told(mine)
    assert twin.returncode == 0, said
    versions = small_pipeline.registry.versions(NAME)
    assert [version.partition for version in versions] == [*TRAINED, LAST]
    assert [version.aliases for version in versions] == [(), (), ("champion",)]
    for address in small_pipeline.store.addresses(NAME):
        small_pipeline.store.head(address).verify()
    with dg.DagsterInstance.get() as instance:
        again = run(loaded, f"{NAME}_retrain", LAST, instance)
        assert again.success, told(again)
    reused = [
        event.step_materialization_data.materialization.metadata["reused"].value
        for event in again.get_asset_materialization_events()
    ]
    assert all(reused)
    assert MONTHS[5] not in {address.partition for address in small_pipeline.store.addresses(NAME)}
