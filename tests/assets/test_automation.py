from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.automation import MOST_ATTEMPTS, upstream_of
from assets.data.sources import AssetSource, FilesSource, SqlSource
from assets.pipeline import definitions_of
from assets.resources import Machine
from tests.small_pipeline import NAME, ROWS, small

TIMELESS = {"partitions": None, "window": None, "split": None, "monitor": None}
JULY = datetime(2024, 7, 2, 6, tzinfo=UTC)


def loaded(folder: Path, **sections: object) -> dg.Definitions:
    resources = {"machine": dg.ResourceDefinition.none_resource()}
    return dg.Definitions.merge(
        definitions_of(NAME, small(folder, **sections)),  # type: ignore[arg-type]
        dg.Definitions(resources=resources),
    )


def tick(found: dg.Definitions, kind: str, instance: dg.DagsterInstance, now: datetime = JULY) -> Any:
    (schedule,) = [each for each in found.schedules or () if each.name == f"{NAME}_{kind}_schedule"]
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=now, repository_def=found.get_repository_def()
    )
    return schedule.evaluate_tick(context)


def look(found: dg.Definitions, instance: dg.DagsterInstance, cursor: str | None = None) -> Any:
    (sensor,) = found.sensors or ()
    home = Path(instance.root_directory)
    machine = Machine(versions=str(home / "versions"), docs=str(home), mlflow="sqlite://", mlflow_page="")
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, definitions=found, resources={"machine": machine}
    )
    return sensor.evaluate_tick(context)


def materialized(instance: dg.DagsterInstance, key: list[str], partition: str | None = None) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))


def selected(found: dg.Definitions, kind: str) -> set[str]:
    job = found.resolve_job_def(f"{NAME}_{kind}")
    return {key.path[-1] for key in job.asset_layer.selected_asset_keys}


def test_scoring_does_not_wait_for_retraining(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert selected(found, "score") == {"raw", "clean", "quarantine", "predictions", "drift"}
    assert selected(found, "retrain") == {
        *("raw", "clean", "quarantine", "splits", "features", "model", "evaluation", "release")
    }


def test_without_partitions_scoring_reads_no_rows_of_its_own(tmp_path: Path) -> None:
    assert selected(loaded(tmp_path, **TIMELESS), "score") == {"predictions", "drift"}


def test_runs_of_one_job_are_told_apart_from_those_of_another(tmp_path: Path) -> None:
    job = loaded(tmp_path).resolve_job_def(f"{NAME}_score")
    assert job.tags == {"trainyard/pipeline": NAME, "trainyard/job": f"{NAME}_score"}


def test_nothing_starts_by_itself_without_a_retrain_section(tmp_path: Path) -> None:
    found = loaded(tmp_path, retrain=None)
    assert not found.schedules
    assert not found.sensors
    assert {job.name for job in found.jobs or ()} == {f"{NAME}_score", f"{NAME}_retrain"}


def test_schedules_and_sensor_wait_to_be_switched_on(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert {each.default_status.value for each in (*found.schedules, *found.sensors)} == {"STOPPED"}
    found = loaded(tmp_path, retrain={"schedule": "0 6 2 * *", "switched_on": True, "time_zone": "Europe/Lisbon"})
    assert {each.default_status.value for each in (*found.schedules, *found.sensors)} == {"RUNNING"}
    assert {each.execution_timezone for each in found.schedules} == {"Europe/Lisbon"}


def test_a_first_tick_takes_the_newest_complete_period(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    (request,) = tick(loaded(tmp_path), "retrain", instance).run_requests
    assert request.partition_key == "2024-06"
    assert request.run_key == "small_retrain 2024-06"
    assert request.tags["trainyard/trigger"] == "schedule"
    assert request.tags["trainyard/reason"] == "newest complete period 2024-06"


@pytest.mark.parametrize(("kind", "witness"), [("score", "predictions"), ("retrain", "release")])
def test_a_tick_catches_up_in_order(tmp_path: Path, instance: dg.DagsterInstance, kind: str, witness: str) -> None:
    materialized(instance, [NAME, witness], "2024-03")
    requests = tick(loaded(tmp_path), kind, instance).run_requests
    assert [request.partition_key for request in requests] == ["2024-04", "2024-05", "2024-06"]
    assert [request.tags["dagster/priority"] for request in requests] == ["0", "-1", "-2"]
    assert [request.tags["trainyard/reason"] for request in requests] == [
        "missed period 2024-04",
        "missed period 2024-05",
        "newest complete period 2024-06",
    ]


def test_a_period_that_was_asked_for_is_not_asked_for_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = loaded(tmp_path)
    job = found.resolve_job_def(f"{NAME}_retrain")
    instance.create_run_for_job(job, tags={**job.tags, "dagster/partition": "2024-06"})
    result = tick(found, "retrain", instance)
    assert not result.run_requests
    assert result.skip_message == "small_retrain: every complete period up to 2024-07-02 was run or asked for"
    assert tick(found, "score", instance).run_requests


def ended(
    found: dg.Definitions,
    instance: dg.DagsterInstance,
    status: dg.DagsterRunStatus,
    *,
    assets: tuple[str, ...] = (),
    **tags: str,
) -> dg.DagsterRun:
    """Leave a run of June's retraining as a launcher would, or one of some assets as a backfill would."""
    job = found.resolve_job_def(f"{NAME}_retrain")
    asked = None
    if assets:
        job = found.resolve_implicit_global_asset_job_def()
        asked = frozenset(dg.AssetKey([NAME, asset]) for asset in assets)
    told = {"trainyard/pipeline": NAME, "dagster/partition": "2024-06"} | {
        f"trainyard/{name}": value for name, value in tags.items()
    }
    return instance.create_run_for_job(job, tags=told, status=status, asset_selection=asked)


def test_a_period_whose_run_failed_is_asked_for_again_at_the_next_tick(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    found = loaded(tmp_path)
    seen = []
    for _ in range(MOST_ATTEMPTS):
        failed = ended(found, instance, dg.DagsterRunStatus.FAILURE)
        seen.append([request.run_key for request in tick(found, "retrain", instance).run_requests])
        assert seen[-1] in ([f"small_retrain 2024-06 after run {failed.run_id}"], [])
    assert [len(keys) for keys in seen] == [1, 1, 0]


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.STARTED])
def test_a_period_that_somebody_ended_or_that_is_under_way_is_not_asked_for_again(
    tmp_path: Path, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    found = loaded(tmp_path)
    ended(found, instance, dg.DagsterRunStatus.FAILURE)
    ended(found, instance, status)
    assert not tick(found, "retrain", instance).run_requests


def test_a_period_that_a_check_refused_is_not_asked_for_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = loaded(tmp_path)
    ended(found, instance, dg.DagsterRunStatus.FAILURE, stopped_by="gates of evaluation")
    assert not tick(found, "retrain", instance).run_requests


def test_a_period_that_a_check_refused_in_a_backfill_is_scored_but_not_trained_again(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    found = loaded(tmp_path)
    ended(
        found,
        instance,
        dg.DagsterRunStatus.FAILURE,
        assets=("release", "predictions"),
        stopped_by="gates of evaluation",
    )
    assert not tick(found, "retrain", instance).run_requests
    (request,) = tick(found, "score", instance).run_requests
    assert request.partition_key == "2024-06"


def test_a_run_of_other_assets_is_not_taken_for_a_period_that_was_run(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    found = loaded(tmp_path)
    ended(found, instance, dg.DagsterRunStatus.SUCCESS, assets=("raw", "clean"))
    assert tick(found, "retrain", instance).run_requests


def test_a_failed_period_that_was_made_since_is_not_asked_for_again(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    found = loaded(tmp_path)
    ended(found, instance, dg.DagsterRunStatus.FAILURE)
    materialized(instance, [NAME, "release"], "2024-06")
    assert not tick(found, "retrain", instance).run_requests


def test_without_partitions_every_tick_runs(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = loaded(tmp_path, **TIMELESS)
    assert {schedule.name for schedule in found.schedules} == {"small_score_schedule", "small_retrain_schedule"}
    (request,) = tick(found, "retrain", instance).run_requests
    assert (request.run_key, request.tags["trainyard/reason"]) == ("2024-07-02T06:00", "due at 2024-07-02 06:00")


def test_new_data_runs_once_for_each_change(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = loaded(tmp_path)
    first = look(found, instance)
    (request,) = first.run_requests
    marker = small(tmp_path).source.fingerprint()
    assert marker
    assert request.tags["trainyard/reason"] == f"the source changed to {marker[:12]}"
    assert request.run_key.startswith(f"small_score {request.partition_key} {marker} ")
    again = look(found, instance, first.cursor)
    assert not again.run_requests
    assert again.skip_message.startswith("small: a changed file is read by the run of 20")
    (tmp_path / ROWS).write_bytes(b"another")
    assert look(found, instance, first.cursor).run_requests[0].run_key != request.run_key


def test_new_data_waits_for_a_complete_period(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = loaded(tmp_path, partitions={"every": "month", "column": "day", "start": "2999-01"})
    assert look(found, instance).skip_message == "small: no period is complete yet"


def test_without_partitions_new_data_retrains(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = loaded(tmp_path, **TIMELESS)
    assert [sensor.job_name for sensor in found.sensors] == ["small_retrain"]
    content, keys, cursor = (tmp_path / ROWS).read_bytes(), [], None
    for each in (content, b"another", content, b"another"):
        (tmp_path / ROWS).write_bytes(each)
        result = look(found, instance, cursor)
        (request,) = result.run_requests
        assert request.partition_key is None
        keys.append(request.run_key)
        cursor = result.cursor
        assert look(found, instance, cursor).skip_message == "small: the source is as it was"
    assert len(set(keys)) == 4


def test_an_upstream_asset_tells_of_new_data(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    sql = {"kind": "sql", "url_env": "URL", "query": "SELECT 1", "depends_on": ["shop/orders", "shop/items"]}
    found = loaded(tmp_path, source=sql)
    unknown = "small: the source tells no change before it is read; the schedule reads it"
    assert look(found, instance).skip_message == unknown
    materialized(instance, ["shop", "orders"])
    assert look(found, instance).skip_message == unknown
    materialized(instance, ["shop", "items"])
    first = look(found, instance)
    assert first.run_requests
    materialized(instance, ["shop", "orders"])
    assert look(found, instance, first.cursor).run_requests


def test_knows_what_fills_each_source() -> None:
    assert upstream_of(FilesSource(kind="files", path="x.csv")) == ()
    assert upstream_of(AssetSource(kind="asset", key="shop/orders")) == ("shop/orders",)
    sql = SqlSource(kind="sql", url_env="URL", query="SELECT 1", depends_on=("shop/orders",))
    assert upstream_of(sql) == ("shop/orders",)
