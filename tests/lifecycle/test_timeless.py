"""A pipeline without periods, of numbers, that scores the rows of a source of their own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.data.parts import lineage
from assets.data.sources import SourceError
from assets.execution import Done, carry_out
from assets.home import Home
from assets.lifecycle import LIFECYCLE, STAGES
from assets.versions.recipe import Recipe
from assets.versions.version import Version
from assets.work import SkippedError
from data_checks.drift import compare
from data_checks.profile import Profile, count
from data_checks.verdict import Json
from tests.small_pipeline import NAME, Small, declare, service_of, work_on

pytestmark = pytest.mark.slow


def houses(rows: int, *, seed: int) -> pa.Table:
    """Return houses whose price follows their size, with noise."""
    draw = np.random.default_rng(seed)
    size = draw.uniform(40.0, 200.0, rows)
    return pa.table(
        {
            "house": [f"{seed}-{number}" for number in range(rows)],
            "size": size,
            "place": draw.choice(["hill", "shore"], rows),
            "price": 3000.0 * size + draw.normal(0.0, 20_000.0, rows),
        }
    )


def declared(folder: Path) -> dict[str, Json]:
    return {
        "source": {"kind": "files", "path": str(folder / "houses.parquet")},
        "contract": {
            "columns": {"size": "number"},
            "expectations": [{"expect_column_values_to_be_between": {"column": "size", "min_value": 40}}],
        },
        "target": {"column": "price"},
        "features": {"never": {"house": "is an identifier"}},
        "model": {"kind": "linear"},
        "train": {"epochs": 30, "optimizer": {"kind": "adamw", "lr": 0.1}},
        "compute": {"device": "cpu", "threads": 1},
        "evaluate": {"metrics": ["mae", "r2"], "rounds": 50, "importance": {"repeats": 1}},
        "predict": predicting(folder / "new.parquet"),
    }


def predicting(file: Path) -> Json:
    return {"source": {"kind": "files", "path": str(file)}, "keep": ["house"]}


def live(pipeline: Small, **sections: Json) -> dict[str, Done]:
    work = work_on(pipeline.home, declare(declared(pipeline.folder) | sections), None)
    return {stage.name: carry_out(stage, work) for stage in STAGES}


def first_life(folder: Path, home: Home) -> None:
    pq.write_table(houses(600, seed=1), folder / "houses.parquet")
    pq.write_table(houses(50, seed=2).drop_columns(["price"]), folder / "new.parquet")
    first = live(Small(home, folder))
    assert not [verdict for done in first.values() for verdict in done.verdicts if not verdict.passed]
    assert not any(done.reused for done in first.values())


@pytest.fixture
def pipeline(lived_once: Callable[..., Small], copied: Callable[[Small], Small]) -> Small:
    """A pipeline that lived once."""
    return copied(lived_once("timeless", first_life))


def test_new_rows_are_scored_and_a_second_life_repeats_nothing(pipeline: Small) -> None:
    again = live(pipeline)
    assert {name: done.reused for name, done in again.items()} == {stage.name: True for stage in STAGES}
    scored = again["predictions"].version.table("rows")
    assert scored.column_names == ["_row", "house", "prediction", "_champion"]
    assert np.isfinite(scored["prediction"].to_numpy()).all()
    assert again["drift"].version.counts == {"rows": 50}


def watched_again(pipeline: Small) -> Version:
    """Return the drift of what was predicted, found anew."""
    for path in (pipeline.home.versions / "small/drift/heads").iterdir():
        path.unlink()
    work = work_on(pipeline.home, declare(declared(pipeline.folder)), None)
    return carry_out(LIFECYCLE["drift"], work).version


def standing(pipeline: Small, stage: str) -> Version:
    return work_on(pipeline.home, declare(declared(pipeline.folder)), None).current(stage)


def features_of(model: Version) -> Profile:
    said = Profile.from_json(cast("dict[str, Json]", model.json("profile")))
    return Profile({name: said.columns[name] for name in ("size", "place")})


def test_drift_is_told_by_counts_as_by_all_rows_of_which_none_is_read(pipeline: Small) -> None:
    clean, predictions, drift = (standing(pipeline, name) for name in ("clean", "predictions", "drift"))
    features = features_of(standing(pipeline, "model"))
    for name, column in count(features, clean.table("rows")).columns.items():
        assert features.columns[name].counts.tolist() == column.counts.tolist()
    found = {each["column"]: each for each in cast("list[dict[str, Json]]", drift.json("drift"))}
    for by_row in compare(features, predictions.table("source")):
        assert found[by_row.column]["distance"] == by_row.distance
        assert found[by_row.column]["null_gap"] == by_row.null_gap
    (predictions.folder / "source.parquet").chmod(0o600)
    (predictions.folder / "source.parquet").write_bytes(b"unreadable")
    again = watched_again(pipeline)
    assert again.json("drift") == drift.json("drift")
    assert again.counts == drift.counts


def test_new_rows_are_read_where_they_were_not_counted_when_they_were_scored(pipeline: Small) -> None:
    predictions, drift = (standing(pipeline, name) for name in ("predictions", "drift"))
    store = pipeline.store
    with store.draft(predictions.address) as draft:
        for name in ("rows", "refused", "source"):
            draft.write_table(name, predictions.table(name))
        recipe = Recipe.from_json({**predictions.manifest["recipe"], "seed": 9})
        inputs = {"champion": lineage(store, predictions, "champion")}
        made = store.publish(draft, recipe, inputs=inputs, counts=predictions.counts)
    store.record(made, [stored.verdict for stored in store.verdicts(predictions).values()], "")
    store.point(made)
    again = watched_again(pipeline)
    assert again.manifest["inputs"][0]["key"] == made.key
    assert again.json("drift") == drift.json("drift")
    assert again.counts == drift.counts == {"rows": 50}


def test_another_training_repeats_nothing_that_stands_before_it(pipeline: Small) -> None:
    longer: Json = {"epochs": 40, "optimizer": {"kind": "adamw", "lr": 0.1}}
    second = live(pipeline, train=longer)
    made = {name for name, done in second.items() if not done.reused}
    assert {"model", "evaluation", "release"} <= made
    assert not made & {"raw", "clean", "splits", "features"}
    shown = second["evaluation"].version.manifest["metadata"]
    assert shown["champion mae"] is not None
    assert [version.partition for version in pipeline.registry.versions(NAME)] == [None, None]
    assert all(done.reused for done in live(pipeline, train=longer).values())
    assert len(service_of(pipeline.home).client.search_registered_models()) == 1


def test_new_rows_that_break_an_expectation_are_scored_and_told(pipeline: Small, tmp_path: Path) -> None:
    new = houses(50, seed=2).drop_columns(["price"])
    file = tmp_path / "broken.parquet"
    pq.write_table(new.set_column(1, "size", pa.array([10.0, *new["size"].to_pylist()[1:]])), file)
    done = live(pipeline, predict=predicting(file))["predictions"]
    assert done.version.counts == {"read": 50, "scored": 50, "refused": 0}
    contract, expected = done.verdicts
    assert contract.passed
    assert (expected.check, expected.passed, expected.blocks) == ("expectations", False, False)
    assert "1 of 50" in expected.summary
    pq.write_table(new.slice(0, 0), file)
    declaration = declare(declared(pipeline.folder) | {"predict": predicting(file)})
    with pytest.raises(SourceError, match=r"^source gives no rows: 1 batches were read"):
        carry_out(LIFECYCLE["predictions"], work_on(pipeline.home, declaration, None))


def without_size(rows: pa.Table) -> pa.Table:
    """Return nothing: it asks for a column that no house has."""
    return rows.append_column("half", rows["height"])


def test_a_derived_column_that_fails_keeps_no_new_row_from_its_score(pipeline: Small) -> None:
    derive: Json = {"use": f"{__name__}:without_size"}
    told: list[str] = []
    work = work_on(pipeline.home, declare(declared(pipeline.folder) | {"derive": derive}), None)
    done = carry_out(LIFECYCLE["predictions"], replace(work, report=told.append))
    assert done.version.counts == {"read": 50, "scored": 50, "refused": 0}
    assert not (done.version.folder / "counts.parquet").exists()
    assert "predictions  new rows are not counted, and drift reads them instead: derive.use fails: " in "\n".join(told)
    _, expected = done.verdicts
    assert (expected.check, expected.passed, expected.blocks) == ("expectations", False, False)
    assert expected.summary.startswith("predictions are of rows that the expectations can't judge: derive.use fails: ")


def test_rows_that_were_learned_from_are_not_scored_as_new(home: Home, tmp_path: Path) -> None:
    pq.write_table(houses(600, seed=1), tmp_path / "houses.parquet")
    work = work_on(home, declare({**declared(tmp_path), "predict": {}}), None)
    with pytest.raises(
        SkippedError, match=r"^small has no new rows: without periods all rows of its source are learned"
    ):
        carry_out(LIFECYCLE["predictions"], work)
    with pytest.raises(SkippedError, match=r"^nothing of small was scored, so that there is nothing to watch$"):
        carry_out(LIFECYCLE["drift"], work)
