"""A small pipeline through Dagster, MLflow and the store, from its first row to its second champion."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from assets.release.roll_back import roll_back
from assets.release.standing import throne
from tests.small_pipeline import (
    EMPTY,
    MONTHS,
    NAME,
    NEGATIVE,
    ROWS_A_MONTH,
    SCORED,
    TRAINED,
    Small,
    materialize,
    run,
    told,
)

SCORE, RETRAIN = f"{NAME}_score", f"{NAME}_retrain"


def why(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Return what each asset of a run said of its reuse."""
    events = result.get_asset_materialization_events()
    found = [event.step_materialization_data.materialization for event in events]
    return {each.asset_key.path[-1]: str(each.metadata["why"].value) for each in found}


def test_every_row_that_was_read_is_kept_quarantined_or_a_duplicate(trained: Small) -> None:
    for month in SCORED:
        counts = trained.work(month).current("clean").counts
        assert counts["read"] == ROWS_A_MONTH
        assert counts["quarantined"] == EMPTY + NEGATIVE
        assert counts["read"] == counts["kept"] + counts["quarantined"] + counts["duplicates"]


def test_every_training_is_registered_with_its_lineage(trained: Small) -> None:
    versions = trained.registry.versions(NAME)
    assert [(version.version, version.partition) for version in versions] == [("1", TRAINED[0]), ("2", TRAINED[1])]
    for version in versions:
        assert version.proof
        assert version.tags["trainyard.model"] == trained.work(version.partition).current("model").key
    assert versions[1].aliases == ("champion",)


def test_each_month_is_scored_by_the_champion_that_stood_before_it(trained: Small) -> None:
    champions = {
        address.partition: trained.work(address.partition).current("predictions").manifest["metadata"]["champion of"]
        for address in trained.store.addresses(NAME, "predictions")
    }
    assert champions == {MONTHS[3]: TRAINED[0], MONTHS[4]: TRAINED[1]}


def test_performance_is_judged_as_soon_as_labels_are_known(trained: Small) -> None:
    verdicts = trained.store.verdicts(trained.work(MONTHS[4]).current("drift"))
    assert verdicts["performance"].verdict.passed
    assert verdicts["performance"].verdict.evidence["rows"]


def test_the_champion_is_scored_anew_on_the_very_rows_of_its_challenger(trained: Small) -> None:
    evaluation = trained.work(TRAINED[1]).current("evaluation")
    assert {"model roc_auc", "champion roc_auc"} <= set(evaluation.manifest["metadata"])


def test_a_second_run_recomputes_nothing_and_says_so(small_pipeline: Small) -> None:
    loaded = small_pipeline.definitions()
    with dg.DagsterInstance.get() as instance:
        said = {}
        for job in (SCORE, RETRAIN):
            result = run(loaded, job, TRAINED[1], instance)
            assert result.success, told(result)
            said |= why(result)
    assert len(said) == 10
    assert all(reason.startswith("unchanged since ") for reason in said.values())
    assert len(small_pipeline.registry.versions(NAME)) == 2


@pytest.mark.slow
def test_rerunning_an_old_month_with_another_seed_moves_no_alias(small_pipeline: Small) -> None:
    before = small_pipeline.work(TRAINED[1]).current("release")
    changed = {"train": {**small_pipeline.sections["train"], "seed": 1}}
    loaded = small_pipeline.definitions(small_pipeline.declare(**changed))
    with dg.DagsterInstance.get() as instance:
        result = run(loaded, RETRAIN, TRAINED[0], instance)
        assert result.success, told(result)
    assert why(result)["model"].startswith("declaration train.seed changed: 0 -> 1; ")
    assert why(result)["features"].startswith("unchanged since ")
    versions = small_pipeline.registry.versions(NAME)
    assert [(version.partition, version.aliases) for version in versions] == [
        (TRAINED[0], ()),
        (TRAINED[1], ("champion",)),
        (TRAINED[0], ()),
    ]
    assert small_pipeline.work(TRAINED[1]).current("release") == before


def test_a_failed_gate_cannot_be_walked_around(small_pipeline: Small) -> None:
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99999}])
    loaded = small_pipeline.definitions(strict)
    with dg.DagsterInstance.get() as instance:
        result = run(loaded, RETRAIN, TRAINED[1], instance)
        assert not result.success
        assert why(result)["evaluation"].startswith("unchanged since ")
        assert "release" not in why(result)
        for _ in range(2):
            alone = materialize(loaded, "release", TRAINED[1], instance)
            assert not alone.success
            assert f"{NAME}/evaluation of {TRAINED[1]} is refused: its blocking check failed (gates: " in told(alone)
        assert small_pipeline.registry.standing(NAME).version == "2"
        lenient = materialize(small_pipeline.definitions(), "release", TRAINED[1], instance)
        assert lenient.success, told(lenient)
        assert why(lenient)["release"].startswith("unchanged since ")


def test_checks_of_periods_that_were_made_first_count_for_what_was_made(small_pipeline: Small) -> None:
    contract = small_pipeline.sections["contract"]
    fewer = {"contract": {**contract, "expectations": contract["expectations"][1:]}}
    loaded = small_pipeline.definitions(small_pipeline.declare(**fewer))
    key, check = dg.AssetKey([NAME, "clean"]), dg.AssetCheckKey(dg.AssetKey([NAME, "clean"]), "quarantine_share")
    with dg.DagsterInstance.get() as instance:
        result = materialize(loaded, "splits", TRAINED[1], instance)
        assert result.success, told(result)
        (made,) = instance.fetch_materializations(key, limit=1).records
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
    assert result.run_id == made.run_id
    assert made.timestamp < found[check].create_timestamp


def test_a_roll_back_serves_from_the_next_month_on(small_pipeline: Small) -> None:
    last = small_pipeline.work(MONTHS[4])
    assert throne(last).before(MONTHS[4]).registered == "2"
    roll_back(small_pipeline.registry, NAME, "1", who="ann", why="complaints", now=datetime.now(UTC))
    assert throne(last).before(MONTHS[4]).registered == "1"
