import re
from dataclasses import replace

import dagster as dg

from assets.execution import carry_out
from assets.lifecycle import LIFECYCLE
from assets.telling import tell_figures
from tests.assets.test_left_behind import mended
from tests.small_pipeline import MONTHS, NAME, TRAINED, Small, materialize, told


def test_a_run_ends_with_how_good_the_model_is(small_pipeline: Small) -> None:
    lines: list[str] = []
    work = replace(small_pipeline.work(TRAINED[1]), report=lines.append)
    for stage in ("model", "evaluation"):
        tell_figures(work, carry_out(LIFECYCLE[stage], work))
    (line,) = lines
    assert re.fullmatch(
        r"evaluation  roc_auc 0\.\d+ \(0\.\d+ to 0\.\d+\), brier 0\.\d+ on \d+ test rows; "
        r"gates passed \(1 of 1 gates kept\); beats_champion passed \(1 of 1 gates kept\)",
        line,
    )


def test_a_run_that_its_gates_stop_says_so(small_pipeline: Small) -> None:
    lines: list[str] = []
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99}])
    work = replace(small_pipeline.work(TRAINED[1], strict), report=lines.append)
    tell_figures(work, carry_out(LIFECYCLE["evaluation"], work))
    assert lines[0].endswith(" test rows; gates failed; beats_champion failed")


def test_later_periods_that_were_made_from_other_rows_say_so_on_their_page(small_pipeline: Small) -> None:
    loaded = small_pipeline.definitions(mended(small_pipeline))
    with dg.DagsterInstance.ephemeral() as instance:
        result = materialize(loaded, "clean", MONTHS[1], instance)
        assert result.success, told(result)
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey([NAME, "splits"]))
        observed = [record.asset_observation for record in instance.fetch_observations(wanted, limit=9).records]
        logged = [each.user_message for each in instance.all_logs(result.run_id)]
    assert {each.partition for each in observed if each} == set(TRAINED)
    shown = "clean of 2024-02 has other rows since: run the retraining of this period again"
    assert {str(each.metadata["out of date"].value).partition(";")[0] for each in observed if each} == {shown}
    said = "splits of 2024-03, 2024-04 read other rows of this period; run their retraining again, in order"
    assert f"clean of 2024-02: {said}" in logged
    for event in result.get_asset_materialization_events():
        assert event.step_materialization_data.materialization.metadata["later periods"].value == said
