"""A period of a backfill is released and scored after the releases of the periods before it."""

from collections.abc import Iterator

import dagster as dg
import pytest

from assets.backfill import PRIORITY, RETRY, TOO_EARLY
from tests.small_pipeline import MONTHS, NAME, QUIET, TRAINED, Small, told

BACKFILL = {"dagster/backfill": "abcdefgh"}
EARLIER, MONTH = TRAINED
Status = dg.DagsterRunStatus


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def asked(
    loaded: dg.Definitions,
    instance: dg.DagsterInstance,
    status: dg.DagsterRunStatus,
    *,
    month: str = EARLIER,
    assets: str | None = "splits release",
    **tags: str,
) -> dg.DagsterRun:
    """Leave a run of the backfill as the daemon would: of some assets, or of the whole job."""
    job = loaded.resolve_implicit_global_asset_job_def() if assets else loaded.resolve_job_def(f"{NAME}_retrain")
    return instance.create_run_for_job(
        job,
        tags={**job.tags, **BACKFILL, "dagster/partition": month, **tags},
        status=status,
        asset_selection=frozenset(dg.AssetKey([NAME, asset]) for asset in assets.split()) if assets else None,
    )


def materialized(
    loaded: dg.Definitions, instance: dg.DagsterInstance, asset: str = "release", **tags: str
) -> dg.ExecuteInProcessResult:
    return loaded.resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[dg.AssetKey([NAME, asset])],
        partition_key=MONTH,
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
        tags=tags,
    )


def tags_of(result: dg.ExecuteInProcessResult, instance: dg.DagsterInstance) -> dict[str, str]:
    found = instance.get_run_by_id(result.run_id)
    return dict(found.tags) if found else {}


@pytest.mark.parametrize("asset", ["release", "predictions"])
def test_what_asks_for_the_champion_is_refused_while_an_earlier_release_is_due(
    small_pipeline: Small, instance: dg.DagsterInstance, asset: str
) -> None:
    loaded = small_pipeline.definitions()
    earlier = asked(loaded, instance, Status.NOT_STARTED)
    result = materialized(loaded, instance, asset, **BACKFILL)
    assert not result.success
    assert (
        f"small/{asset} of {MONTH} comes too early: run {earlier.run_id[:8]} of {EARLIER} in the same backfill has not "
        "ended, and a period follows the releases before it; Dagster runs this one again, or do so once that one has "
        "ended" in told(result)
    )
    tags = tags_of(result, instance)
    assert (tags[RETRY], tags[TOO_EARLY], tags[PRIORITY]) == ("true", EARLIER, "1")
    assert "trainyard/stopped_by" not in tags


def died(loaded: dg.Definitions, instance: dg.DagsterInstance) -> None:
    """Leave a run that Dagster means to run again."""
    run = asked(loaded, instance, Status.STARTED)
    instance.report_run_failed(run)
    instance.add_run_tags(run.run_id, {"dagster/will_retry": "true"})


def test_a_run_that_is_under_way_is_waited_for(small_pipeline: Small, instance: dg.DagsterInstance) -> None:
    loaded = small_pipeline.definitions()
    asked(loaded, instance, Status.STARTED)
    assert "comes too early" in told(materialized(loaded, instance, **BACKFILL))


def test_a_run_that_died_is_waited_for_until_it_should_have_been_run_again(
    small_pipeline: Small, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = small_pipeline.definitions()
    died(loaded, instance)
    assert "comes too early" in told(materialized(loaded, instance, **BACKFILL))
    monkeypatch.setattr("assets.backfill.WAIT_SECONDS", 0.0)
    late = materialized(loaded, instance, **BACKFILL)
    assert late.success, told(late)


def test_a_backfill_of_the_whole_job_is_kept_in_order_too(small_pipeline: Small, instance: dg.DagsterInstance) -> None:
    loaded = small_pipeline.definitions()
    asked(loaded, instance, Status.NOT_STARTED, assets=None)
    assert "comes too early" in told(materialized(loaded, instance, **BACKFILL))


def test_nothing_else_is_waited_for(small_pipeline: Small, instance: dg.DagsterInstance) -> None:
    loaded = small_pipeline.definitions()
    asked(loaded, instance, Status.FAILURE)
    asked(loaded, instance, Status.CANCELED)
    asked(loaded, instance, Status.NOT_STARTED, assets="raw clean predictions")
    asked(loaded, instance, Status.NOT_STARTED, month=MONTHS[5])
    asked(loaded, instance, Status.NOT_STARTED, **{"dagster/backfill": "another"})
    result = materialized(loaded, instance, **BACKFILL)
    assert result.success, told(result)
    assert RETRY not in tags_of(result, instance)


def test_a_month_run_by_hand_waits_for_no_backfill(small_pipeline: Small, instance: dg.DagsterInstance) -> None:
    loaded = small_pipeline.definitions()
    asked(loaded, instance, Status.NOT_STARTED)
    result = materialized(loaded, instance)
    assert result.success, told(result)
    assert PRIORITY not in tags_of(result, instance)


def test_a_check_that_fails_when_the_order_is_mended_is_not_asked_again(
    small_pipeline: Small, instance: dg.DagsterInstance
) -> None:
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99999}])
    again = {**BACKFILL, RETRY: "true", TOO_EARLY: EARLIER}
    result = materialized(small_pipeline.definitions(strict), instance, **again)
    assert "is refused: its blocking check failed" in told(result)
    assert tags_of(result, instance)[RETRY] == "false"
