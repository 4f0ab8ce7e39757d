from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.split import Assignment, Split, split
from assets.data.target import Target
from tests.assets.data.split_rows import DAYS, Y, daily, numbered, parts_of, settings, shares


def grown(rows: pa.Table, by: Split) -> tuple[dict, dict]:
    """Parts of the first half of the rows, divided alone and with all rows."""
    half = rows.slice(0, rows.num_rows // 2)
    alone = split(half, by, target=Y).table
    among = split(rows, by, target=Y).table
    keys = set(alone["_row"].to_pylist())
    later = {
        row: part
        for row, part in zip(among["_row"].to_pylist(), among["_part"].to_pylist(), strict=True)
        if row in keys
    }
    return dict(zip(alone["_row"].to_pylist(), alone["_part"].to_pylist(), strict=True)), later


@pytest.mark.parametrize(
    "by",
    [
        {"by": "random"},
        {"by": "key", "column": "id"},
        {"by": "key"},
        {"by": "group", "column": "g"},
        {"by": "stratum", "column": "g"},
    ],
)
def test_a_row_keeps_its_part_when_data_grow(by):
    rng = np.random.default_rng(1)
    rows = numbered(id=list(range(4000)), g=rng.integers(0, 50, 4000).tolist())
    before, after = grown(rows, settings(**by))
    assert before == after


def keyed(done: Assignment) -> dict:
    return {(line["_period"], line["_row"]): line["_part"] for line in done.table.to_pylist()}


@pytest.mark.parametrize("by", [{"by": "random"}, {"by": "key"}, {"by": "stratum", "column": "y"}])
def test_a_row_keeps_its_part_when_the_window_slides(by):
    rows = daily(40, per_day=50)
    before = keyed(split(rows, settings(**by), target=Y, partitions=DAYS))
    after = keyed(split(rows.slice(500), settings(**by), target=Y, partitions=DAYS))
    assert len(after) == 1500
    assert all(before[key] == part for key, part in after.items())


@pytest.mark.parametrize("by", [{"by": "random"}, {"by": "key"}, {"by": "stratum", "column": "y"}])
def test_a_row_keeps_its_part_when_the_labels_of_others_become_known(by):
    rows = daily(40, per_day=50)
    known = [day + timedelta(number % 30) for number, day in enumerate(rows["day"].to_pylist())]
    rows = rows.append_column("known", pa.array(known))
    target = Target(column="y", known_at="known")
    end = DAYS.period("2015-08-09").end
    before, after = (
        keyed(split(rows, settings(**by), target=target, partitions=DAYS, as_of=end + timedelta(late)))
        for late in (0, 60)
    )
    assert len(before) < len(after) == 2000
    assert all(after[key] == part for key, part in before.items())


def test_shares_hold():
    rows = numbered(id=list(range(20_000)))
    for by in ({"by": "random"}, {"by": "key", "column": "id"}):
        assert shares(split(rows, settings(validation=0.1, test=0.3, **by), target=Y)) == pytest.approx(
            [0.6, 0.1, 0.3], abs=0.015
        )


def test_equal_rows_stay_together_by_key_and_not_by_random():
    rows = numbered(a=[n % 100 for n in range(5000)]).set_column(0, "y", pa.array([n % 2 for n in range(100)] * 50))
    by_key = split(rows, settings(by="key"), target=Y).table
    joined = pa.table({"a": rows["a"].take(by_key["_row"]), "part": by_key["_part"]}).group_by("a")
    assert pc.max(joined.aggregate([("part", "count_distinct")])["part_count_distinct"]).as_py() == 1
    assert shares(split(rows, settings(by="random"), target=Y)) == pytest.approx([0.6, 0.2, 0.2], abs=0.03)


def test_groups_stay_whole():
    rows = numbered(guest=[f"guest {n % 300}" for n in range(6000)])
    table = split(rows, settings(by="group", column="guest"), target=Y).table
    joined = pa.table({"g": rows["guest"].take(table["_row"]), "part": table["_part"]}).group_by("g")
    assert pc.max(joined.aggregate([("part", "count_distinct")])["part_count_distinct"]).as_py() == 1


def test_shares_hold_in_each_stratum():
    strata = ["rare"] * 40 + ["common"] * 4000 + [None] * 400
    rows = numbered(s=strata)
    table = split(rows, settings(by="stratum", column="s", validation=0.1, test=0.25), target=Y).table
    found = pa.table({"s": rows["s"].take(table["_row"]), "part": table["_part"]})
    for stratum, size in (("rare", 40), ("common", 4000), (None, 400)):
        mine = found.filter(pc.is_null(found["s"]) if stratum is None else pc.equal(found["s"], stratum))
        tests = pc.sum(pc.equal(mine["part"], "test")).as_py()
        assert abs(tests - 0.25 * size) <= 2


def test_another_seed_divides_otherwise():
    rows = numbered(id=list(range(500)))
    first, second = (parts_of(split(rows, settings(by="random", seed=seed), target=Y)) for seed in (0, 1))
    assert first != second
