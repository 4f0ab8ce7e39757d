import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.data.stages.clean import Clean
from assets.data.stages.raw import Raw
from assets.execution import carry_out
from assets.release.stages.drift import Drift
from assets.release.stages.predictions import Predictions
from assets.versions.layout import DamagedError
from assets.work import SkippedError
from tests.small_pipeline import MONTHS, SCORED, Small, visits

LAST, NEXT = SCORED[-1], MONTHS[5]


def test_a_quiet_month_is_quiet(trained: Small) -> None:
    version = trained.work(LAST).current("drift")
    verdicts = {name: stored.verdict for name, stored in trained.store.verdicts(version).items()}
    assert verdicts["no_drift"].passed, verdicts["no_drift"].summary
    assert verdicts["performance"].passed, verdicts["performance"].summary
    assert (
        f" of {MONTHS[3]}, scored by version 1 (version 2 is champion in {LAST}), " in verdicts["performance"].summary
    )
    assert version.manifest["metadata"]["columns drifted"] == 0
    assert version.manifest["metadata"]["columns watched"] == 5
    history: Any = version.json("history")
    assert list(history) == [MONTHS[3], LAST]


def test_the_first_scored_month_has_no_labels_to_judge_by(trained: Small) -> None:
    verdicts = trained.store.verdicts(trained.work(MONTHS[3]).current("drift"))
    assert verdicts["performance"].verdict.passed
    assert "no label" in verdicts["performance"].verdict.summary or not verdicts["performance"].verdict.evidence["rows"]


def test_a_month_that_was_not_scored_is_not_watched(trained: Small) -> None:
    message = "^nothing of 2024-01 was scored, so that there is nothing to watch$"
    with pytest.raises(SkippedError, match=message):
        carry_out(Drift(), trained.work(MONTHS[0]))


def test_stricter_gates_do_not_stop_the_watch_over_the_champion(small_pipeline: Small) -> None:
    strict = small_pipeline.declare(gates=[{"metric": "roc_auc", "at_least": 0.99999}])
    assert carry_out(Drift(), small_pipeline.work(LAST, strict)).reused


def test_lost_verdicts_are_read_from_the_comparison_itself(small_pipeline: Small) -> None:
    version = small_pipeline.work(LAST).current("drift")
    for path in (small_pipeline.home.versions / "small/drift/verdicts" / version.key).iterdir():
        path.unlink()
    done = carry_out(Drift(), small_pipeline.work(LAST))
    assert done.reused
    assert [(verdict.check, verdict.passed) for verdict in done.verdicts] == [("no_drift", True), ("performance", True)]


def test_without_the_champions_evaluation_its_performance_is_not_judged(small_pipeline: Small) -> None:
    (small_pipeline.home.versions / "small/evaluation/heads").rename(small_pipeline.home.root / "lost")
    done = carry_out(Drift(), small_pipeline.work(LAST))
    assert not done.reused
    verdict = {verdict.check: verdict for verdict in done.verdicts}["performance"]
    assert verdict.passed
    assert not verdict.evidence["rows"]


def test_the_rows_of_the_month_are_not_read(small_pipeline: Small) -> None:
    before: Any = small_pipeline.work(LAST).current("drift").json("drift")
    clean = small_pipeline.work(LAST).current("clean")
    (small_pipeline.home.versions / "small/drift/heads").rename(small_pipeline.home.root / "lost")
    (clean.folder / "rows.parquet").chmod(0o600)
    (clean.folder / "rows.parquet").write_bytes(b"unreadable")
    with pytest.raises(DamagedError):
        clean.table("rows")
    done = carry_out(Drift(), small_pipeline.work(LAST))
    assert not done.reused
    assert done.version.json("drift") == before
    assert done.version.counts == {"rows": clean.counts["kept"]}


def turned_about(rows: pa.Table) -> pa.Table:
    """Return rows whose last month spends more, and the month before whose answers are the other way round."""
    month = pc.utf8_slice_codeunits(rows["visit"], 0, 7)
    back = pc.if_else(pc.equal(month, LAST), pc.invert(rows["back"]), rows["back"])
    spent = pc.if_else(pc.equal(month, NEXT), pc.add(rows["spent"], 60.0), rows["spent"])
    for name, column in (("back", back), ("spent", spent)):
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def test_shifted_rows_and_a_champion_that_errs_are_told_and_stop_nothing(small_pipeline: Small, tmp_path: Path) -> None:
    file = tmp_path / "turned.parquet"
    pq.write_table(turned_about(visits()), file)
    declaration = small_pipeline.declare(source={"kind": "files", "path": str(file)})
    for month in (LAST, NEXT):
        for stage in (Raw(), Clean(), Predictions()):
            carry_out(stage, small_pipeline.work(month, declaration))
    done = carry_out(Drift(), small_pipeline.work(NEXT, declaration))
    verdicts = {verdict.check: verdict for verdict in done.verdicts}
    assert not verdicts["no_drift"].passed
    assert "spent" in verdicts["no_drift"].summary
    assert not verdicts["performance"].passed
    assert re.search(
        rf" labelled rows of {LAST}, scored by version 2 \(champion still in {NEXT}\), .* at evaluation, ",
        verdicts["performance"].summary,
    )
    assert done.version.manifest["metadata"]["performance"] == verdicts["performance"].summary
    assert not any(verdict.blocks for verdict in done.verdicts)
    assert done.version.manifest["metadata"]["columns drifted"]
    drifts: Any = done.version.json("drift")
    assert {drift["column"] for drift in drifts if drift["drifted"]} >= {"spent"}
    assert all(np.isfinite(drift["distance"]) for drift in drifts)
