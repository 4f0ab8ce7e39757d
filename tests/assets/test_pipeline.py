from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.data.period import Partitions
from assets.home import Home
from assets.lifecycle import STAGES
from assets.pipeline import POOL, RELEASE_POOL, definitions_of, partitions_of
from tests.small_pipeline import NAME, definitions, materialize, small, told, visits, work_on

TIMELESS = {"partitions": None, "window": None, "split": None, "monitor": None}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def ops(folder: Path, **sections: object) -> dict[str, dg.AssetsDefinition]:
    found = definitions_of(NAME, small(folder, **sections))  # type: ignore[arg-type]
    return {each.op.name: each for each in found.assets or () if isinstance(each, dg.AssetsDefinition)}


def deps(asset: dg.AssetsDefinition) -> dict[str, dg.PartitionMapping | None]:
    (*_, spec) = asset.specs
    return {dep.asset_key.to_user_string(): dep.partition_mapping for dep in spec.deps}


def test_stages_become_ops_in_the_order_of_the_lifecycle(tmp_path: Path) -> None:
    assert list(ops(tmp_path)) == [f"{NAME}__{stage.name}" for stage in STAGES]


def test_assets_stand_in_the_rooms_of_the_repository(tmp_path: Path) -> None:
    rooms: dict[str, list[str]] = {}
    for asset in ops(tmp_path).values():
        for spec in asset.specs:
            rooms.setdefault(spec.group_name or "", []).append(spec.key.path[-1])
            assert spec.owners == ["team:tests"]
            assert spec.tags["trainyard/pipeline"] == NAME
            assert spec.code_version
    assert rooms == {
        "small_data": ["raw", "clean", "quarantine", "splits", "features"],
        "small_model": ["model"],
        "small_release": ["evaluation", "release", "predictions", "drift"],
    }


def test_each_stage_follows_what_it_reads(tmp_path: Path) -> None:
    follow = {name.removeprefix("small__"): set(deps(asset)) for name, asset in ops(tmp_path).items()}
    assert follow == {
        "raw": set(),
        "clean": {"small/raw"},
        "splits": {"small/clean", "small/splits"},
        "features": {"small/splits"},
        "model": {"small/features"},
        "evaluation": {"small/model"},
        "release": {"small/evaluation", "small/release"},
        "predictions": {"small/clean", "small/release"},
        "drift": {"small/predictions", "small/drift"},
    }


@pytest.mark.parametrize(
    ("asset", "before"), [("splits", "splits"), ("release", "release"), ("predictions", "release")]
)
def test_what_reads_the_period_before_names_it_in_dagster(tmp_path: Path, asset: str, before: str) -> None:
    mapping = deps(ops(tmp_path)[f"small__{asset}"])[f"small/{before}"]
    assert isinstance(mapping, dg.TimeWindowPartitionMapping)
    assert (mapping.start_offset, mapping.end_offset) == (-1, -1)


def test_without_partitions_predictions_follow_the_release(tmp_path: Path) -> None:
    found = ops(tmp_path, **TIMELESS)
    assert set(deps(found["small__predictions"])) == {"small/clean", "small/release"}
    assert set(deps(found["small__release"])) == {"small/evaluation"}
    assert all(asset.partitions_def is None for asset in found.values())


def test_trainings_and_releases_take_turns(tmp_path: Path) -> None:
    pools = {name: asset.op.pool for name, asset in ops(tmp_path).items()}
    assert {name: pool for name, pool in pools.items() if pool} == {
        "small__model": POOL,
        "small__release": RELEASE_POOL,
    }


def test_critical_checks_block_and_warnings_do_not(tmp_path: Path) -> None:
    blocking = {
        f"{check.asset_key.path[-1]}.{check.name}": check.blocking
        for asset in ops(tmp_path).values()
        for check in asset.check_specs
    }
    assert blocking == {
        "raw.contract": True,
        "clean.expect_column_values_to_be_between__visits": True,
        "clean.quarantine_share": True,
        "splits.no_leakage": True,
        "features.fitted_on_train_only": True,
        "model.converged": True,
        "evaluation.gates": True,
        "evaluation.beats_champion": False,
        "release.servable": True,
        "release.parity": True,
        "predictions.serving_contract": True,
        "drift.no_drift": False,
        "drift.performance": False,
    }


def test_two_pipelines_load_side_by_side(tmp_path: Path) -> None:
    declaration = small(tmp_path)
    home = Home(tmp_path)
    both = dg.Definitions.merge(definitions(home, declaration), definitions_of("other", declaration))
    dg.Definitions.validate_loadable(both)


def test_another_setting_is_another_code_version_of_its_stage_alone(tmp_path: Path) -> None:
    first, second = (
        {spec.key.path[-1]: spec.code_version for asset in found.values() for spec in asset.specs}
        for found in (ops(tmp_path), ops(tmp_path, train={"epochs": 5}))
    )
    assert {name for name in first if first[name] != second[name]} == {"model"}


@pytest.mark.parametrize(
    ("every", "start", "first_two"),
    [
        ("hour", "2024-03-31-00:00", ["2024-03-31-00:00", "2024-03-31-01:00"]),
        ("day", "2024-03-30", ["2024-03-30", "2024-03-31"]),
        ("week", "2024-03-24", ["2024-03-24", "2024-03-31"]),
        ("month", "2024-03", ["2024-03", "2024-04"]),
    ],
)
def test_dagster_has_the_same_keys(every: str, start: str, first_two: list[str]) -> None:
    ours = Partitions.model_validate({"every": every, "column": "x", "start": start, "end": first_two[1]})
    theirs = partitions_of(ours)
    assert theirs.get_partition_keys() == [period.key for period in ours.between(start, first_two[1])] == first_two


def test_a_source_may_be_an_asset(tmp_path: Path, home: Home, instance: dg.DagsterInstance) -> None:
    @dg.asset(key=["shop", "visits"])
    def shop_visits() -> pa.Table:
        return visits(["2024-01"])

    declaration = small(tmp_path, source={"kind": "asset", "key": "shop/visits"})
    loaded = dg.Definitions.merge(definitions(home, declaration), dg.Definitions(assets=[shop_visits]))
    upstream = materialize(loaded, "visits", None, instance, name="shop")
    assert upstream.success, told(upstream)
    for reused in (False, True):
        result = materialize(loaded, "raw", "2024-01", instance)
        assert result.success, told(result)
        (event,) = result.get_asset_materialization_events()
        assert event.step_materialization_data.materialization.metadata["reused"].value is reused
    assert work_on(home, declaration, "2024-01").current("raw").table("rows").num_rows == 240
