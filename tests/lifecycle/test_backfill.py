"""What a backfill relies on: its runs come in an order that Dagster chooses, and one refusal must not end it."""

from collections.abc import Iterator

import dagster as dg
import pytest

from tests.small_pipeline import MONTHS, NAME, QUIET, TRAINED, Small, told

BACKFILL = {"dagster/backfill": "abcdefgh"}
FIRST, SECOND = MONTHS[4], MONTHS[5]


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


def test_a_refused_model_fails_its_run_but_not_the_months_that_follow(
    small_pipeline: Small, instance: dg.DagsterInstance
) -> None:
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99999}])
    loaded = small_pipeline.definitions(strict)
    judged = part(loaded, "evaluation", TRAINED[1], instance)
    assert tags(judged, instance)["trainyard/stopped_by"] == "gates of evaluation"
    refused = part(loaded, "release", TRAINED[1], instance)
    assert not refused.success
    assert tags(refused, instance)["trainyard/stopped_by"] == "an input of release"
    assert "is refused: its blocking check failed (gates: " in str(settled(refused)["release"]["refused"])


def test_a_period_before_the_first_champion_is_settled(small_pipeline: Small, instance: dg.DagsterInstance) -> None:
    skipped = part(small_pipeline.definitions(), "predictions", MONTHS[0], instance)
    assert skipped.success
    assert "was champion before" in str(settled(skipped)["predictions"]["skipped"])
