from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.data.stages.clean import Clean
from assets.data.stages.features import Features
from assets.data.stages.raw import Raw
from assets.data.stages.splits import Splits
from assets.execution import carry_out
from assets.home import Home
from assets.model.reference import reference
from assets.versions.recipe import Recipe
from assets.versions.version import Version
from assets.work import Work
from data_checks.profile import Profile, count
from data_checks.verdict import Json
from tests.small_pipeline import ROWS, Small, visits

FEATURES = ("spent", "visits", "shop")
TIMELESS: dict[str, Json] = {"partitions": None, "window": None, "retrain": None, "monitor": {}}
BY_TIME: Json = {"by": "time", "column": "day"}


class Undecided:
    """A model that says of every row that it does not know."""

    digest, manifest = "", {}
    inputs = outputs = pa.schema([])

    def score(self, rows: pa.Table) -> pa.Table:
        """Predict raw rows."""
        return pa.table({"prediction": np.full(rows.num_rows, 0.5)})

    def score_conformed(self, table: pa.Table) -> pa.Table:
        """Predict clean rows."""
        assert set(table.column_names) <= {*FEATURES, "day", "_row", "_period"}
        return self.score(table)


def latest_days_alone(rows: pa.Table) -> pa.Table:
    """Return rows, a third of which are of the last two days and hours apart."""
    times = rows["day"].cast(pa.timestamp("us")).to_numpy().copy()
    late = np.arange(len(times)) % 3 == 0
    times[late] = times.max() + np.arange(late.sum()) * np.timedelta64(5, "m")
    return rows.set_column(rows.column_names.index("day"), "day", pa.array(times))


@pytest.fixture
def pipeline(tmp_path: Path) -> Small:
    pq.write_table(visits(), tmp_path / ROWS)
    return Small(Home(tmp_path / "home"), tmp_path)


def prepared(pipeline: Small, **sections: Json) -> tuple[Work, Version]:
    work = pipeline.work(None, pipeline.declare(**TIMELESS, **sections))
    return work, [carry_out(stage, work).version for stage in (Raw(), Clean(), Splits(), Features())][-1]


def prepared_from(work: Work, **tables: pa.Table) -> Version:
    """Divide clean rows of which no more was stored than these tables, as by earlier code."""
    clean = work.current("clean")
    with work.store.draft(clean.address) as draft:
        for name, table in tables.items():
            draft.write_table(name, table)
        recipe = Recipe.from_json({**clean.manifest["recipe"], "seed": len(tables)})
        work.store.point(work.store.publish(draft, recipe, inputs={"raw": [work.current("raw")]}, counts=clean.counts))
    return [carry_out(stage, work).version for stage in (Splits(), Features())][-1]


def learned(features: Version) -> int:
    return sum(len(features.array(f"{part}_target")) for part in ("train", "validation"))


def holds(made: Profile, rows: pa.Table) -> bool:
    """Whether the features of a profile count these rows."""
    by_row = count(Profile({name: made.columns[name] for name in FEATURES}), rows).columns
    return all(
        made.columns[name].counts.sum(axis=0).tolist() == column.counts[0].tolist() for name, column in by_row.items()
    )


@pytest.mark.parametrize(
    "split", [None, {"by": "random"}, {"by": "stratum", "column": "shop"}, {"by": "group", "column": "known"}]
)
def test_of_a_division_by_a_hash_all_kept_rows_are_counted_as_one_chunk(pipeline: Small, split: Json) -> None:
    work, features = prepared(pipeline, split=split)
    made = reference(work, features, Undecided())
    rows = work.current("clean").table("rows")
    assert holds(made, rows)
    assert made.chunks == 1
    assert made.columns["_prediction"].counts.sum() == learned(features) < rows.num_rows


def test_of_a_division_by_time_the_slices_before_the_test_rows_are_counted(pipeline: Small) -> None:
    work, features = prepared(pipeline, split=BY_TIME)
    made = reference(work, features, Undecided())
    rows, assignment = work.current("clean").table("rows"), work.current("splits").table("assignment")
    test = assignment.filter(pc.equal(assignment["_part"], "test"))["_row"]
    first = pc.min(rows.filter(pc.is_in(rows["_row"], test))["day"]).as_py()
    ends = work.current("clean").table("slices")["end"].cast(pa.date32()).to_pylist()
    end = max(end for end in ends if end <= first)
    assert end < first  # a slice holds rows of both sides
    assert holds(made, rows.filter(pc.less(rows["day"], pa.scalar(end))))
    for column in made.columns.values():
        assert len(column.counts) == column.counts.sum() // 100


def test_no_slice_is_left_out_where_one_ends_as_the_test_rows_begin(pipeline: Small) -> None:
    day = date(2024, 5, 21)  # the 19,864th since 1970, and slices last four days
    work, features = prepared(pipeline, split={**BY_TIME, "test": str(day)})
    rows = work.current("clean").table("rows")
    assert holds(reference(work, features, Undecided()), rows.filter(pc.less(rows["day"], pa.scalar(day))))


def test_rows_are_counted_where_the_slice_beside_the_test_rows_holds_too_many_of_them(pipeline: Small) -> None:
    pq.write_table(latest_days_alone(visits()), pipeline.folder / ROWS)
    columns = pipeline.sections["contract"]["columns"] | {"day": "timestamp"}
    contract = pipeline.sections["contract"] | {"columns": columns}
    work, features = prepared(pipeline, split=BY_TIME, contract=contract)
    made = reference(work, features, Undecided())
    assert made.rows == made.columns["shop"].counts.sum() == learned(features)
    assert made.chunks == learned(features) // 100


def by_shop(rows: pa.Table) -> pa.Table:
    """Return parts of which only the test knows the shop in the south."""
    north = pc.if_else(pc.less(rows["visits"], 3), "validation", "train")
    return pc.if_else(pc.equal(rows["shop"], "south"), "test", north)


def test_rows_are_counted_as_they_are_read_to_be_scored_where_a_function_gives_the_parts(
    pipeline: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, features = prepared(pipeline, split={"by": "custom", "use": f"{__name__}:by_shop"})
    read: list[str] = []
    table = Version.table
    monkeypatch.setattr(Version, "table", lambda version, name, *more: read.append(name) or table(version, name, *more))
    made = reference(work, features, Undecided())
    assert made.columns["shop"].counts.sum() == made.columns["_prediction"].counts.sum() == learned(features)
    assert made.columns["shop"].values == ("north",)
    assert read == ["assignment", "rows", "rows"]  # those of train, and those of validation


PARTS: dict[str, Json] = {"train": ["1", "2", "3", "4", "5"], "validation": ["6"], "test": ["7", "8"]}
GIVEN: dict[str, Json] = {"by": "given", "column": "visits", "parts": PARTS}


def without_some_labels(pipeline: Small) -> dict[str, Json]:
    """Write rows a third of which have no label, and return a declaration by which these are kept."""
    rows = visits()
    back = pa.array(rows["back"].to_pylist(), mask=np.arange(len(rows)) % 3 == 0)
    pq.write_table(rows.set_column(rows.column_names.index("back"), "back", back), pipeline.folder / ROWS)
    contract = pipeline.sections["contract"]
    columns = contract["columns"] | {"back": {"type": "boolean", "nullable": True}}
    return {"contract": contract | {"columns": columns}}


def test_where_a_column_tells_the_parts_all_kept_rows_of_train_and_validation_are_counted(pipeline: Small) -> None:
    work, features = prepared(pipeline, split=GIVEN, **without_some_labels(pipeline))
    made = reference(work, features, Undecided())
    rows = work.current("clean").table("rows")
    assert holds(made, rows.filter(pc.less(rows["visits"], 7)))
    assert made.chunks == 1
    assert learned(features) == made.columns["_prediction"].counts.sum() < made.rows


def test_counts_of_the_parts_make_the_profile_that_their_rows_make(pipeline: Small) -> None:
    work, features = prepared(pipeline, split=GIVEN)
    made = reference(work, features, Undecided())
    clean = work.current("clean")
    for tables in ({"counts": clean.table("counts")}, {}):
        features = prepared_from(work, rows=clean.table("rows"), **tables)
        assert reference(work, features, Undecided()).to_json() == made.to_json()


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({**GIVEN, "parts": {**PARTS, "train": ["1", "2", "3", "4", "5", "7"], "test": ["8"]}}, GIVEN),
        ({"by": "random"}, GIVEN),
        ({"by": "time", "column": "known"}, BY_TIME),
    ],
    ids=["other parts", "no parts", "another time"],
)
def test_rows_are_counted_where_they_were_cleaned_before_they_were_divided_so(
    pipeline: Small, earlier: Json, later: Json
) -> None:
    sections = {**TIMELESS, **without_some_labels(pipeline)}
    work = pipeline.work(None, pipeline.declare(**sections, split=earlier))
    for stage in (Raw(), Clean()):
        carry_out(stage, work)
    work = pipeline.work(None, pipeline.declare(**sections, split=later))
    features = [carry_out(stage, work).version for stage in (Splits(), Features())][-1]
    assert reference(work, features, Undecided()).columns["shop"].counts.sum() == learned(features)


@pytest.mark.parametrize("later", [None, {"by": "random"}, {**GIVEN, "column": "shop"}])
def test_rows_are_counted_where_they_were_divided_before_the_declaration_said_so(pipeline: Small, later: Json) -> None:
    sections = without_some_labels(pipeline)
    _, features = prepared(pipeline, split=GIVEN, **sections)
    work = pipeline.work(None, pipeline.declare(**TIMELESS, **sections, split=later))
    assert reference(work, features, Undecided()).columns["shop"].counts.sum() == learned(features)


@pytest.mark.parametrize("is_earlier", [False, True])
def test_rows_are_counted_where_none_were_when_they_were_cleaned(pipeline: Small, is_earlier: bool) -> None:
    work = pipeline.work(None, pipeline.declare(**TIMELESS, split={"by": "random"}))
    carry_out(Raw(), work)
    clean = carry_out(Clean(), work).version
    # counts as they were before cells had bits
    counts = {"counts": clean.table("counts").drop_columns(["bits"])} if is_earlier else {}
    features = prepared_from(work, rows=clean.table("rows"), **counts)
    assert work.current("splits").manifest["inputs"][0]["key"] != clean.key
    made = reference(work, features, Undecided())
    assert made.columns["shop"].counts.sum() == learned(features)


def test_rows_are_counted_where_they_were_cleaned_before_they_were_divided_by_time(pipeline: Small) -> None:
    work = pipeline.work(None, pipeline.declare(**TIMELESS, split={"by": "random"}))
    for stage in (Raw(), Clean()):
        carry_out(stage, work)
    later = pipeline.work(None, pipeline.declare(**TIMELESS, split=BY_TIME))
    features = [carry_out(stage, later).version for stage in (Splits(), Features())][-1]
    made = reference(later, features, Undecided())
    assert made.columns["shop"].counts.sum() == learned(features)
    assert made.chunks == learned(features) // 100
