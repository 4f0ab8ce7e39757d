from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
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
        "splits": {"small/clean"},
        "features": {"small/splits"},
        "model": {"small/features"},
        "evaluation": {"small/model"},
        "release": {"small/evaluation"},
        "predictions": {"small/clean"},
        "drift": {"small/predictions"},
    }


def test_no_asset_follows_another_period(tmp_path: Path) -> None:
    assert {mapping for asset in ops(tmp_path).values() for mapping in deps(asset).values()} == {None}


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


def a_table() -> pa.Table:
    return visits(["2024-01"])


def a_frame() -> pd.DataFrame:
    return visits(["2024-01"]).to_pandas()


def a_reader() -> pa.RecordBatchReader:
    return visits(["2024-01"]).to_reader(max_chunksize=100)


@pytest.mark.parametrize("rows", [a_table, a_frame, a_reader])
def test_a_source_may_be_an_asset(tmp_path: Path, home: Home, instance: dg.DagsterInstance, rows: Any) -> None:
    upstream = dg.asset(key=["shop", "visits"])(rows)
    declaration = small(tmp_path, source={"kind": "asset", "key": "shop/visits"})
    loaded = dg.Definitions.merge(definitions(home, declaration), dg.Definitions(assets=[upstream]))
    made = materialize(loaded, "visits", None, instance, name="shop")
    assert made.success, told(made)
    for reused in (False, True):
        result = materialize(loaded, "raw", "2024-01", instance)
        assert result.success, told(result)
        (event,) = result.get_asset_materialization_events()
        assert event.step_materialization_data.materialization.metadata["reused"].value is reused
    raw = work_on(home, declaration, "2024-01").current("raw")
    assert raw.table("rows").num_rows == raw.manifest["metadata"]["rows read from the source"] == 240


def test_an_asset_that_is_a_source_may_have_weeks_and_an_io_manager_of_its_own(
    tmp_path: Path, home: Home, instance: dg.DagsterInstance
) -> None:
    weeks = dg.WeeklyPartitionsDefinition("2023-12-31", end_date="2024-02-04")
    kept: dict[str, pd.DataFrame] = {}

    class Own(dg.IOManager):
        def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
            kept[context.partition_key] = obj

        def load_input(self, context: dg.InputContext) -> pd.DataFrame:
            return pd.concat([kept[key] for key in context.asset_partition_keys])

    def a_week(context: dg.AssetExecutionContext) -> pd.DataFrame:
        rows, week = visits(["2024-01"]).to_pandas(), context.partition_time_window
        return rows[(rows["day"] >= week.start.date()) & (rows["day"] < week.end.date())]

    of_own = dg.asset(key=["shop", "own"], partitions_def=weeks, io_manager_key="own")(a_week)
    of_ours = dg.asset(key=["shop", "ours"], partitions_def=weeks)(a_week)
    for name, upstream in (("own", of_own), ("ours", of_ours)):
        declaration = small(tmp_path, source={"kind": "asset", "key": f"shop/{name}"})
        theirs = dg.Definitions(assets=[upstream], resources={"own": Own()})
        loaded = dg.Definitions.merge(definitions(home, declaration), theirs)
        for week in weeks.get_partition_keys():
            assert materialize(loaded, name, week, instance, name="shop").success
        result = materialize(loaded, "raw", "2024-01", instance)
        assert result.success, told(result)
        rows = work_on(home, declaration, "2024-01").current("raw").table("rows")
        assert rows.num_rows == sum(map(len, kept.values())) == 240
