import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets import stage
from assets.commands.reap import HOST, PID
from assets.declaration import Declaration
from assets.home import Home
from assets.mlflow_service import UnreachableError
from tests.small_pipeline import (
    MONTHS,
    NAME,
    QUIET,
    ROWS_A_MONTH,
    TRAINED,
    Small,
    definitions,
    materialize,
    run,
    small,
    told,
)

LAST = TRAINED[1]


@pytest.fixture
def seen(trained: Small) -> Iterator[dg.DagsterInstance]:
    """What Dagster knows of the small pipeline's life."""
    with dg.DagsterInstance.from_config(str(trained.home.dagster)) as instance:
        yield instance


def materialization(instance: dg.DagsterInstance, asset: str, month: str = LAST) -> dg.AssetMaterialization:
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey([NAME, asset]), asset_partitions=[month])
    found = instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert found is not None
    return found


def test_a_version_is_shown_with_its_counts_statistics_and_first_rows(seen: dg.DagsterInstance, trained: Small) -> None:
    shown = materialization(seen, "clean")
    version = trained.work(LAST).current("clean")
    values = {name: value.value for name, value in shown.metadata.items()}
    assert values["read"] == values["kept"] + values["quarantined"] == ROWS_A_MONTH
    assert values["dagster/row_count"] == values["kept"]
    assert [column.name for column in values["dagster/column_schema"].columns][:3] == ["_row", "visit", "day"]
    assert values["version"] == version.key
    assert values["folder"] == str(version.folder)
    assert values["reused"] is True
    assert values["why"].startswith("unchanged since ")
    assert values["statistics"].startswith("| column | nulls |")
    assert values["preview"].count("\n") == 1 + 5
    assert values["quarantined for"].startswith("| reason | rows |")


def test_dagster_sees_the_content_as_data_version(seen: dg.DagsterInstance, trained: Small) -> None:
    tags = {name: materialization(seen, name).tags or {} for name in ("clean", "quarantine", "model")}
    files = trained.work(LAST).current("clean").manifest["files"]
    assert tags["clean"]["dagster/data_version"] == files["rows.parquet"]["digest"][:16]
    assert tags["quarantine"]["dagster/data_version"] == files["quarantine.parquet"]["digest"][:16]
    assert tags["model"]["dagster/data_version"] == trained.work(LAST).current("model").digest[:16]


def test_pictures_and_links_are_shown_in_the_page(seen: dg.DagsterInstance) -> None:
    shown = materialization(seen, "evaluation").metadata
    assert isinstance(shown["plots"], dg.MarkdownMetadataValue)
    assert "![roc and precision recall](data:image/png;" in shown["plots"].value
    assert shown["MLflow"].value.startswith("http://127.0.0.1:5000/#/experiments/")  # type: ignore[union-attr]
    assert shown["comparison"].value.startswith("| candidate | roc_auc | brier |")  # type: ignore[union-attr]


def test_every_verdict_is_a_check_of_its_asset(seen: dg.DagsterInstance, trained: Small) -> None:
    checks = {
        "raw": ["contract"],
        "clean": ["expect_column_values_to_be_between__visits", "quarantine_share"],
        "splits": ["no_leakage"],
        "features": ["fitted_on_train_only"],
        "model": ["converged"],
        "evaluation": ["beats_champion", "gates"],
        "release": ["parity", "servable"],
    }
    for asset, names in checks.items():
        version = trained.work(LAST).current(asset)
        for name in names:
            key = dg.AssetCheckKey(dg.AssetKey([NAME, asset]), name)
            records = seen.event_log_storage.get_asset_check_execution_history(key, limit=10)
            said = [record.event.asset_check_evaluation for record in records if record.event]
            (found, *_) = [each for each in said if each and each.metadata["partition"].value == LAST]
            assert found.passed
            assert found.metadata["version"].value == version.key


def test_a_stage_with_nothing_to_do_says_why_and_the_run_goes_on(seen: dg.DagsterInstance) -> None:
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey([NAME, "predictions"]), asset_partitions=[MONTHS[0]])
    (record,) = seen.fetch_observations(wanted, limit=5).records
    observed = record.asset_observation
    assert observed is not None
    assert observed.metadata["skipped"].value == (
        "no model of small was champion before 2024-01; predictions begin with the next period"
    )


def test_a_skipped_stage_is_not_warned_of(small_pipeline: Small, caplog: pytest.LogCaptureFixture) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(small_pipeline.definitions(), f"{NAME}_score", MONTHS[0], instance)
    assert result.success, told(result)
    assert {event.step_key for event in result.all_events if event.is_step_skipped} == {f"{NAME}__drift"}
    assert not [record for record in caplog.records if "emitted no result" in record.getMessage()]


def test_a_run_says_which_process_holds_it_and_what_started_it(seen: dg.DagsterInstance) -> None:
    for found in seen.get_runs():
        assert {HOST, PID} <= set(found.tags)
        assert found.tags["trainyard/pipeline"] == NAME
        assert found.tags["trainyard/trigger"] == "command"
        assert found.tags["trainyard/reason"] == "asked for by hand"


def test_mlflow_says_what_started_a_training(trained: Small) -> None:
    tags = trained.registry.versions(NAME)[0].tags
    assert tags["trainyard.trigger"] == "command"
    assert len(tags["trainyard.dagster_run"]) == 36


def test_a_failure_says_what_to_do_without_a_stack(small_pipeline: Small) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(small_pipeline.definitions(), "clean", MONTHS[5], instance)
    assert not result.success
    (event,) = [event for event in result.all_events if event.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    assert failure.description == (
        "small/clean: small/raw of 2024-06 is missing: it was never materialized; materialize it first"
    )
    assert event.step_failure_data.error is not None
    assert event.step_failure_data.error.cause is None
    assert not any(event.is_step_up_for_retry for event in result.all_events)


def test_a_skip_is_one_line_that_says_why(small_pipeline: Small, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "trainyard")
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(small_pipeline.definitions(), "predictions", MONTHS[0], instance)
        logged = [each.user_message for each in instance.all_logs(result.run_id) if each.level >= logging.INFO]
    assert result.success, told(result)
    (line,) = logged
    why = "no model of small was champion before 2024-01; predictions begin with the next period"
    assert line == f"predictions skipped: {why}"
    assert f"small 2024-01  {line}" in [record.getMessage() for record in caplog.records]


def test_a_run_s_log_says_what_a_failed_check_found(small_pipeline: Small) -> None:
    strict = {**small_pipeline.sections["contract"], "rows_that_fail": {"action": "quarantine", "at_most": 0.001}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(
            small_pipeline.definitions(small_pipeline.declare(contract=strict)), "clean", LAST, instance
        )
        logged = [each for each in instance.all_logs(result.run_id) if each.level == logging.ERROR]
    assert not result.success
    (error,) = [each.user_message for each in logged if each.user_message.startswith("check quarantine_share ")]
    assert error.startswith("check quarantine_share of small/clean[2024-04]: contract.rows_that_fail.at_most is ")


def test_what_is_away_for_a_moment_is_tried_again(small_pipeline: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "FIRST_WAIT_SECONDS", 0)
    tries = []

    def away(stage: object, work: object) -> None:
        tries.append(work)
        raise UnreachableError("mlflow.tracking_uri cannot be reached")

    monkeypatch.setattr(stage, "carry_out", away)
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(small_pipeline.definitions(), "clean", LAST, instance)
    assert not result.success
    assert len(tries) == 3
    (event,) = [event for event in result.all_events if event.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    assert failure.description == "small/clean: mlflow.tracking_uri cannot be reached"


def test_an_interrupted_step_is_not_tried_again(small_pipeline: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(stage: object, work: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "carry_out", interrupted)
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(small_pipeline.definitions(), "clean", LAST, instance)
    assert not result.success
    assert not any(event.is_step_up_for_retry for event in result.all_events)


def check_alone(home: Home, declaration: Declaration, asset: str, check: str) -> dg.ExecuteInProcessResult:
    """Do what a click on a check's own button does."""
    key = dg.AssetCheckKey(dg.AssetKey([NAME, asset]), check)
    jobs = [dg.define_asset_job("check_alone", selection=dg.AssetSelection.checks(key))]
    loaded = dg.Definitions.merge(definitions(home, declaration), dg.Definitions(jobs=jobs))
    with dg.DagsterInstance.ephemeral() as instance:
        return loaded.resolve_job_def("check_alone").execute_in_process(
            instance=instance, raise_on_error=False, run_config=QUIET
        )


def test_a_check_runs_by_itself(home: Home, tmp_path: Path) -> None:
    timeless = small(tmp_path, partitions=None, window=None, split=None, monitor=None)
    with dg.DagsterInstance.ephemeral() as instance:
        assert materialize(definitions(home, timeless), "raw", None, instance).success
    result = check_alone(home, timeless, "raw", "contract")
    assert result.success, told(result)
    assert [each.check_name for each in result.get_asset_check_evaluations()] == ["contract"]
    assert not result.get_asset_materialization_events()


def test_a_check_of_what_is_not_there_yet_is_skipped(home: Home, tmp_path: Path) -> None:
    timeless = small(tmp_path, partitions=None, window=None, split=None, monitor=None)
    result = check_alone(home, timeless, "predictions", "serving_contract")
    assert result.success, told(result)
    assert not result.get_asset_check_evaluations()


def test_a_check_by_itself_has_no_period_and_says_so(small_pipeline: Small) -> None:
    result = check_alone(small_pipeline.home, small_pipeline.declaration, "raw", "contract")
    assert not result.success
    (event,) = [event for event in result.all_events if event.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    periods = small_pipeline.declaration.partitions
    assert periods is not None
    last = periods.keys_known(datetime.now(UTC))[1]
    assert failure.description == (
        "small needs a period: this run has none, as that of a check by itself; choose a partition on the page, or add "
        f"--partition {last} in a terminal, of 2024-01 to {last}; checks run with it"
    )


def test_one_of_two_outputs_can_be_asked_for(small_pipeline: Small) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(small_pipeline.definitions(), "quarantine", LAST, instance)
    assert result.success, told(result)
    assert [event.asset_key.path[-1] for event in result.get_asset_materialization_events()] == ["quarantine"]


def test_no_value_of_a_sensitive_column_reaches_dagster(small_pipeline: Small) -> None:
    columns = small_pipeline.sections["contract"]["columns"]
    private = {**columns, "shop": {"type": "category", "sensitive": True}}
    contract = {**small_pipeline.sections["contract"], "columns": private}
    loaded = small_pipeline.definitions(small_pipeline.declare(contract=contract, evaluate=None))
    with dg.DagsterInstance.ephemeral() as instance:
        results = [materialize(loaded, asset, MONTHS[5], instance) for asset in ("raw", "clean")]
    for result in results:
        assert result.success, told(result)
        for event in result.get_asset_materialization_events():
            metadata = event.step_materialization_data.materialization.metadata
            shown = [str(metadata[name].value) for name in ("preview", "statistics")]
            assert all("shop" in text for text in shown)
            assert not any("north" in text or "south" in text for text in shown)


@pytest.mark.parametrize(
    ("tags", "trigger", "reason"),
    [
        ({"dagster/backfill": "abc"}, "backfill", "backfill abc"),
        ({"dagster/from_ui": "true", "user": "ada"}, "page", "asked for by ada"),
    ],
)
def test_a_run_that_says_nothing_is_told_by_what_dagster_knows(
    small_pipeline: Small, tags: dict[str, str], trigger: str, reason: str
) -> None:
    job = small_pipeline.definitions().resolve_job_def(f"{NAME}_score")
    selection = [dg.AssetKey([NAME, "quarantine"])]
    with dg.DagsterInstance.ephemeral() as instance:
        job.execute_in_process(
            partition_key=LAST,
            instance=instance,
            tags=tags,
            asset_selection=selection,
            raise_on_error=False,
            run_config=QUIET,
        )
        (found,) = instance.get_runs()
    assert (found.tags["trainyard/trigger"], found.tags["trainyard/reason"]) == (trigger, reason)
