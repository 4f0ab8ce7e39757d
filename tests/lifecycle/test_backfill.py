"""What a backfill relies on: its months come in order, and one that is stopped keeps no other from being run."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.home import REPOSITORY
from assets.pipeline import OUTPUTS
from tests.lifecycle.location import FOLDER
from tests.small_pipeline import MONTHS, NAME, QUIET, ROWS, TRAINED, Small, told, visits

BACKFILL = {"dagster/backfill": "abcdefgh"}
ALL = " ".join(output.name for outputs in OUTPUTS.values() for output in outputs)
FIRST, SECOND = MONTHS[4], MONTHS[5]
LOCATION = ("-m", "tests.lifecycle.location", "-d", str(REPOSITORY))
# what the page sends for "launch backfill"
LAUNCH = """mutation($asked: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $asked) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def part(loaded: dg.Definitions, assets: str, month: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run some assets of a month as one run of a backfill does."""
    return loaded.resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[dg.AssetKey([NAME, asset]) for asset in assets.split()],
        partition_key=month,
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
        tags=BACKFILL,
    )


def settled(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
    """Return what is told of each asset that counts as materialized."""
    events = [event.materialization for event in result.get_asset_materialization_events()]
    return {each.asset_key.path[-1]: {name: value.value for name, value in each.metadata.items()} for each in events}


def tags(result: dg.ExecuteInProcessResult, instance: dg.DagsterInstance) -> dict[str, str]:
    found = instance.get_run_by_id(result.run_id)
    return dict(found.tags) if found else {}


def spoilt(month: str) -> pa.Table:
    """Return rows in which the north shop never says what was spent in one month."""
    rows = visits()
    lost = pc.and_(pc.starts_with(rows["visit"], month), pc.equal(rows["shop"], "north"))
    place = rows.schema.get_field_index("spent")
    return rows.set_column(place, "spent", pc.if_else(lost, None, rows["spent"]))


def launched(months: Sequence[str]) -> str:
    """Ask for a backfill of all assets as the page does; return its id."""
    asked = {
        "partitionNames": list(months),
        "assetSelection": [{"path": [NAME, asset]} for asset in ALL.split()],
        "tags": [{"key": "dagster/from_ui", "value": "true"}],
    }
    program = str(Path(sys.executable).with_name("dagster-graphql"))
    command = [program, *LOCATION, "-t", LAUNCH, "-v", json.dumps({"asked": asked})]
    answer = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout
    (said,) = [json.loads(line) for line in answer.splitlines() if line.startswith("{")]
    return str(said["data"]["launchPartitionBackfill"]["backfillId"])


@contextmanager
def daemon(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Dagster's own daemon, as `make dev` starts it."""
    with log.open("wb") as sink:
        program = str(Path(sys.executable).with_name("dagster-daemon"))
        process = subprocess.Popen([program, "run", *LOCATION], cwd=REPOSITORY, stdout=sink, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def ended(backfill: str, instance: dg.DagsterInstance, *, within_seconds: float) -> list[dg.DagsterRun]:
    """Wait until the daemon has closed a backfill; return its runs in order, none of which overlaps another."""
    deadline = time.monotonic() + within_seconds
    while not (found := instance.get_backfill(backfill)) or not found.status.value.startswith("COMPLETED"):
        assert time.monotonic() < deadline, found
        time.sleep(0.5)
    records = instance.get_run_records(dg.RunsFilter(tags={"dagster/backfill": backfill}))
    records = sorted(records, key=lambda record: record.start_time or 0.0)
    for earlier, later in pairwise(records):
        assert (later.start_time or 0.0) > (earlier.end_time or 0.0)
    return [record.dagster_run for record in records]


def made_by(run: dg.DagsterRun, instance: dg.DagsterInstance) -> set[str]:
    """Return the assets that a run materialized."""
    logs = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    return {entry.dagster_event.asset_key.path[-1] for entry in logs if entry.dagster_event}


def failures(run: dg.DagsterRun, instance: dg.DagsterInstance) -> str:
    """Return what the steps of a run failed with."""
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)]
    return "\n".join(event.step_failure_data.error_display_string for event in events if event)


@pytest.mark.slow
def test_each_month_of_a_backfill_is_run_in_order_or_says_what_stopped_it(
    small_pipeline: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the window of the second reaches back to the first, that of the third does not
    months = (MONTHS[0], *TRAINED)
    stopped = months[0]
    pq.write_table(spoilt(stopped), tmp_path / ROWS)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with daemon(tmp_path / "daemon.log"), dg.DagsterInstance.get() as instance:
        runs = ended(launched(months), instance, within_seconds=400)
        made = [made_by(run, instance) for run in runs]
        said = [failures(run, instance) for run in runs]
    assert [run.tags["dagster/partition"] for run in runs] == list(months)
    assert [run.status.value for run in runs] == ["FAILURE", "FAILURE", "SUCCESS"]
    stops = [run.tags.get("trainyard/stopped_by") for run in runs]
    assert stops == ["quarantine_share of clean", "an input of splits", None]
    assert made[0] == {"raw", "clean", "quarantine"}
    assert "blocking asset check failed" in said[0]
    assert "small/clean: quarantine_share" in said[0]
    assert made[1] == {"raw", "clean", "quarantine", "predictions", "drift"}
    assert f"small/splits: small/clean of {stopped} is refused: its blocking check failed" in said[1]
    assert made[2] == set(ALL.split())


@pytest.mark.slow
def test_months_that_were_evaluated_too_early_are_evaluated_again_before_their_release(
    small_pipeline: Small, instance: dg.DagsterInstance
) -> None:
    loaded = small_pipeline.definitions()
    for month in (FIRST, SECOND):
        assert part(loaded, "raw clean", month, instance).success
    for month in (FIRST, SECOND):
        assert part(loaded, "splits features model evaluation", month, instance).success
    first = part(loaded, "release", FIRST, instance)
    assert list(settled(first)) == ["release"]
    second = part(loaded, "release", SECOND, instance)
    assert second.success, told(second)
    assert settled(second)["release"]["champion before"] == settled(first)["release"]["champion"]
    assert f"input champion {FIRST} is new" in str(settled(second)["evaluation"]["why"])
    assert settled(second)["evaluation"]["dagster/row_count"]
    key = dg.AssetCheckKey(dg.AssetKey([NAME, "evaluation"]), "gates")
    newest, before = instance.event_log_storage.get_asset_check_execution_history(key, limit=2)
    versions = [
        record.event.dagster_event.event_specific_data.metadata["version"].value  # type: ignore[union-attr]
        for record in (newest, before)
    ]
    assert versions[0] == small_pipeline.work(SECOND).current("evaluation").key != versions[1]


@pytest.mark.slow
def test_a_refused_model_is_not_released_and_the_month_is_scored_all_the_same(
    small_pipeline: Small, instance: dg.DagsterInstance
) -> None:
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99999}])
    loaded = small_pipeline.definitions(strict)
    whole = part(loaded, ALL, TRAINED[1], instance)
    assert not whole.success
    assert tags(whole, instance)["trainyard/stopped_by"] == "gates of evaluation"
    assert set(ALL.split()) - settled(whole).keys() == {"release"}
    alone = part(loaded, "release", TRAINED[1], instance)
    assert "is refused: its blocking check failed (gates: " in told(alone)
    assert tags(alone, instance)["trainyard/stopped_by"] == "an input of release"
    assert not settled(alone)


@pytest.mark.parametrize("assets", ["predictions", "raw clean predictions drift"])
def test_a_period_before_the_first_champion_is_settled(
    small_pipeline: Small, instance: dg.DagsterInstance, assets: str
) -> None:
    skipped = part(small_pipeline.definitions(), assets, MONTHS[0], instance)
    assert skipped.success
    assert settled(skipped).keys() == set(assets.split())
    for asset in {"predictions", "drift"} & set(assets.split()):
        assert "was champion before" in str(settled(skipped)[asset]["skipped"])
