"""A column that gives the target away stops the run, whichever button starts it."""

from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.home import Home
from tests.small_pipeline import MONTHS, NAME, ROWS, Small, materialize, run, told, visits

MONTH = MONTHS[2]


def test_a_planted_leak_stops_the_run(home: Home, tmp_path: Path) -> None:
    rows = visits()
    pq.write_table(rows.append_column("points", rows["back"].cast(pa.int64())), tmp_path / ROWS)
    pipeline = Small(home, tmp_path)
    features = {"number": ["spent", "points"], "category": ["shop"]}
    loaded = pipeline.definitions(pipeline.declare(features=features))
    with dg.DagsterInstance.get() as instance:
        result = run(loaded, f"{NAME}_retrain", MONTH, instance)
        assert not result.success
        failed = {each.check_name: each for each in result.get_asset_check_evaluations() if not each.passed}
        assert set(failed) == {"no_leakage"}
        assert "points" in failed["no_leakage"].description
        made = {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}
        assert made == {"raw", "clean", "quarantine", "splits"}
        alone = materialize(loaded, "features", MONTH, instance)
        assert f"{NAME}/splits of {MONTH} is refused: its blocking check failed (no_leakage: " in told(alone)
        for asset in ("raw", "clean", "quarantine"):
            assert set(MONTHS[:2]) < instance.get_materialized_partitions(dg.AssetKey([NAME, asset]))
        accepted = pipeline.declare(features={**features, "accept": {"points": "a loyalty card, known before"}})
        loaded = pipeline.definitions(accepted)
        assert materialize(loaded, "splits", MONTH, instance).success
        result = materialize(loaded, "features", MONTH, instance)
        assert result.success, told(result)
