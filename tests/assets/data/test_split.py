import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

import pipelines.hotel_cancellations
from assets.data.event_time import EventTimeError
from assets.data.outcome import SplitError
from assets.data.period import Partitions
from assets.data.split import Assignment, Split, split
from assets.data.target import Target
from pipelines.hotel_cancellations.features import arrival_date

BOOKINGS = Path(pipelines.hotel_cancellations.__file__).parent / "bookings.parquet"
DAYS = Partitions(every="day", column="day", start="2015-07-01")
Y = Target(column="y")


def settings(**more: object) -> Split:
    return Split.model_validate_json(json.dumps(more))


def numbered(**columns: Sequence) -> pa.Table:
    table = pa.table({"y": [n % 2 for n in range(len(next(iter(columns.values()))))], **columns})
    return table.append_column("_row", pa.array(range(table.num_rows), pa.int64()))


def daily(days: int, per_day: int = 4) -> pa.Table:
    """Rows of consecutive days, `per_day` each, numbered within their day."""
    rows = [(date(2015, 7, 1) + timedelta(n), row) for n in range(days) for row in range(per_day)]
    return pa.table(
        {
            "day": [day for day, _ in rows],
            "y": [row % 2 for _, row in rows],
            "_row": pa.array([row for _, row in rows], pa.int64()),
            "_period": [day.isoformat() for day, _ in rows],
        }
    )


def parts_of(assignment: Assignment, key: str = "_row") -> dict[str, list]:
    table = assignment.table
    return {
        part: sorted(set(table.filter(pc.equal(table["_part"], part))[key].to_pylist()))
        for part in ("train", "validation", "test")
    }


def shares(assignment: Assignment) -> list[float]:
    return [assignment.counts[part] / assignment.table.num_rows for part in ("train", "validation", "test")]


def days(*numbers: int) -> list[str]:
    return [f"2015-07-{number:02d}" for number in numbers]


def test_periods_follow_each_other():
    done = split(daily(6), settings(test=2), target=Y, partitions=DAYS)
    assert parts_of(done, "_period") == {"train": days(1, 2, 3), "validation": days(4), "test": days(5, 6)}
    assert done.table.schema == pa.schema([("_period", pa.string()), ("_row", pa.int64()), ("_part", pa.string())])
    assert sum(done.counts.values()) == 24


def test_a_gap_in_periods_moves_the_earlier_parts_back():
    done = split(daily(8), settings(gap=1), target=Y, partitions=DAYS)
    assert parts_of(done, "_period") == {"train": days(1, 2, 3, 4), "validation": days(6), "test": days(8)}
    assert done.counts["gap"] == 8


def test_a_gap_in_time_cuts_the_earlier_parts():
    done = split(daily(8), settings(validation=2, gap="1 day"), target=Y, partitions=DAYS)
    assert parts_of(done, "_period") == {"train": days(1, 2, 3, 4), "validation": days(6), "test": days(8)}


def test_a_purge_takes_from_train_only():
    done = split(daily(8), settings(purge=2), target=Y, partitions=DAYS)
    assert parts_of(done, "_period") == {"train": days(1, 2, 3, 4), "validation": days(7), "test": days(8)}
    assert (done.counts["gap"], done.counts["purge"]) == (0, 8)
    done = split(daily(8), settings(gap=1, purge="2 days"), target=Y, partitions=DAYS)
    assert parts_of(done, "_period") == {"train": days(1, 2, 3), "validation": days(6), "test": days(8)}
    assert (done.counts["gap"], done.counts["purge"]) == (8, 8 - 4)


def test_periods_without_rows_count():
    rows = daily(6).filter(pc.not_equal(daily(6)["_period"], "2015-07-03"))
    periods = DAYS.between("2015-07-01", "2015-07-06")
    done = split(rows, settings(validation=2), target=Y, partitions=DAYS, periods=periods)
    assert parts_of(done, "_period") == {"train": days(1, 2), "validation": days(4, 5), "test": days(6)}
    without_fifth = daily(6).filter(pc.not_equal(daily(6)["_period"], "2015-07-05"))
    with pytest.raises(SplitError, match=r"split\.validation is empty: 20 rows"):
        split(without_fifth, Split(), target=Y, partitions=DAYS, periods=periods)


def test_refuses_rows_outside_of_the_window():
    with pytest.raises(SplitError, match=r"split is given rows outside of its window: \['2015-07-06'\] not in it"):
        split(daily(6), Split(), target=Y, partitions=DAYS, periods=DAYS.between("2015-07-01", "2015-07-05"))


def test_labels_that_were_not_known_in_time_are_left_out():
    rows = daily(4)
    known = [
        day + timedelta(days=row) for day, row in zip(rows["day"].to_pylist(), rows["_row"].to_pylist(), strict=True)
    ]
    known[0] = None
    done = split(
        rows.append_column("known", pa.array(known, pa.date32())),
        settings(),
        target=Target(column="y", known_at="known"),
        partitions=DAYS,
    )
    # a label of a day is known when the day is over: of the last day only row 0, of the day before rows 0 and 1
    assert done.counts["label_not_known"] == 1 + 3 + 2 + 1
    assert sum(done.counts.values()) == 16


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (date(2015, 7, 4), True),
        (date(2015, 7, 5), False),
        ("2015-07-04", True),
        ("2015-07-05", False),
        (datetime(2015, 7, 4, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2015, 7, 5, tzinfo=UTC), False),
        ("2015-07-04T23:59:59", True),
        ("2015-07-05T00:00:00", False),
    ],
)
def test_a_label_is_known_only_if_it_was_before_the_end(known, kept):
    early = {str: "2015-07-01", date: date(2015, 7, 1), datetime: datetime(2015, 7, 1, tzinfo=UTC)}[type(known)]
    rows = daily(4).append_column("known", pa.array([early] * 15 + [known]))
    done = split(rows, settings(), target=Target(column="y", known_at="known"), partitions=DAYS)
    assert done.counts["label_not_known"] == (0 if kept else 1)


def test_rows_that_are_too_young_are_left_out_whatever_their_label():
    rows = daily(6)
    done = split(rows, settings(test=3), target=Target(column="y", matures_after="2 days"), partitions=DAYS)
    assert done.counts["too_young"] == 4
    assert parts_of(done, "_period")["test"] == days(4, 5)
    as_of = datetime(2015, 7, 9, tzinfo=UTC)
    done = split(rows, settings(), target=Target(column="y", matures_after="2 days"), partitions=DAYS, as_of=as_of)
    assert done.counts["too_young"] == 0


def test_rows_without_a_target_are_left_out():
    rows = daily(4).set_column(1, "y", pa.array([None, 1, 0, float("nan")] * 4))
    done = split(rows, settings(), target=Y, partitions=DAYS)
    assert done.counts["target_missing"] == 8
    assert sum(done.counts.values()) == 16


def test_quantiles_of_time_keep_ties_together():
    rows = numbered(day=[date(2015, 7, 1 + n // 3) for n in range(30)])
    done = split(rows, settings(by="time", column="day", validation=0.2, test=0.25), target=Y)
    assert parts_of(done) == {"train": list(range(15)), "validation": list(range(15, 21)), "test": list(range(21, 30))}


def test_days_divide_where_they_are_given():
    rows = numbered(day=[date(2015, 7, 1) + timedelta(n) for n in range(10)])
    done = split(
        rows, settings(by="time", column="day", validation="2015-07-05", test="2015-07-08", gap="1 day"), target=Y
    )
    assert parts_of(done) == {"train": [0, 1, 2], "validation": [4, 5], "test": [7, 8, 9]}
    done = split(rows, settings(by="time", column="day", validation=0.3, test="2015-07-08"), target=Y)
    assert parts_of(done)["validation"] == [4, 5, 6]


def test_the_order_of_rows_is_no_matter_to_time():
    rows = numbered(day=[date(2015, 7, 1) + timedelta(n) for n in range(20)])
    shuffled = rows.take(np.random.default_rng(0).permutation(20))
    by_time = settings(by="time", column="day")
    assert parts_of(split(rows, by_time, target=Y)) == parts_of(split(shuffled, by_time, target=Y))


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


@pytest.mark.parametrize("by", ["random", "stratum"])
def test_a_row_keeps_its_part_when_the_window_slides_or_a_label_becomes_known(by):
    column = {"column": "y"} if by == "stratum" else {}
    rows = daily(40, per_day=50)
    everything = split(rows, settings(by=by, **column), target=Y, partitions=DAYS)
    hidden = pa.array([None if n % 7 == 0 else n % 2 for n in range(rows.num_rows)])
    moved = rows.set_column(1, "y", hidden) if by == "random" else rows
    later = split(moved.slice(500), settings(by=by, **column), target=Y, partitions=DAYS)

    def keyed(done: Assignment) -> dict:
        return {(line["_period"], line["_row"]): line["_part"] for line in done.table.to_pylist()}

    before, after = keyed(everything), keyed(later)
    if by == "stratum":
        assert all(before[key] == part for key, part in after.items())
    assert set(after) < set(before)


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


def test_parts_may_be_given_by_name_by_value_or_by_file():
    rows = numbered(part=["train", "train", "validation", "test"])
    assert parts_of(split(rows, settings(by="given", column="part"), target=Y))["train"] == [0, 1]
    rows = numbered(fold=[1, 2, 3, 4])
    given = settings(by="given", column="fold", parts={"train": ["1", "2"], "validation": ["3"], "test": ["4"]})
    assert parts_of(split(rows, given, target=Y))["test"] == [3]
    rows = numbered(_file=["a.csv", "a.csv", "b.csv", "c.csv"])
    given = settings(by="given", parts={"train": ["a.csv"], "validation": ["b.csv"], "test": ["c.csv"]})
    assert parts_of(split(rows, given, target=Y))["validation"] == [2]


def test_absent_means_by_time_with_partitions_and_random_without():
    assert parts_of(split(daily(5), Split(), target=Y, partitions=DAYS), "_period")["test"] == days(5)
    table = split(numbered(id=list(range(5000))), Split(), target=Y)
    assert shares(table) == pytest.approx([0.6, 0.2, 0.2], abs=0.03)
    assert set(table.table["_period"].to_pylist()) == {""}


def test_real_bookings_as_of_the_end_of_a_month():
    months = Partitions(every="month", column="arrival_date", start="2015-07")
    rows = arrival_date(pq.read_table(BOOKINGS))
    window = months.between("2015-07", "2016-06")
    rows = rows.filter(pc.less(rows["arrival_date"], pa.scalar(date(2016, 7, 1))))
    rows = rows.append_column("_period", pc.strftime(rows["arrival_date"], "%Y-%m")).append_column(
        "_row", pa.array(range(rows.num_rows), pa.int64())
    )
    target = Target(column="is_canceled", known_at="reservation_status_date", matures_after="14 days")
    done = split(rows, Split(), target=target, partitions=months, periods=window)
    assert sum(done.counts.values()) == rows.num_rows
    assert done.counts["too_young"] > 0
    assert done.counts["label_not_known"] > 0
    chosen = rows.take(done.table["_row"])
    assert pc.max(pc.cast(chosen["reservation_status_date"], pa.date32())).as_py() < date(2016, 7, 1)
    assert pc.max(chosen["arrival_date"]).as_py() == date(2016, 6, 17)


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (
            daily(2),
            {},
            r"split\.train is empty: a window of 2 periods cannot give validation=1, test=1, gap=0, purge=0",
        ),
        (daily(5), {"gap": 2}, r"split\.train is empty: a window of 5 periods cannot give .*gap=2"),
        (daily(5), {"test": 0.2}, r"split\.validation and split\.test must be numbers of periods: None and 0\.2"),
        (daily(5), {"column": "y"}, r"split\.column is not the one of the partitions: 'y' is not 'day'"),
        (daily(5), {"by": "random", "test": 1}, r"split\.validation and split\.test must be shares: 1 only"),
        (daily(5).drop_columns(["y"]), {}, r"target names columns that are not there: \['y'\] not in"),
        (daily(5).drop_columns(["day"]), {}, r"split\.column names columns that are not there: \['day'\] not in"),
        (daily(5).drop_columns(["_period"]), {}, r"split names columns that are not there: \['_period'\]"),
        (
            daily(5).set_column(1, "y", pa.array([1] * 20)),
            {},
            r"split\.train has a single value of the target: 'y' is 1 in all 12",
        ),
        (
            daily(5).set_column(1, "y", pa.array([None] * 20)),
            {},
            r"split\.train is empty: 20 rows \(20 target_missing\) with 5 distinct values",
        ),
    ],
)
def test_refuses_what_cannot_be_divided_by_periods(rows, more, message):
    with pytest.raises(SplitError, match=message):
        split(rows, settings(**more), target=Y, partitions=DAYS)


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (
            numbered(day=[date(2015, 7, 1)] * 3),
            {"by": "time", "column": "day"},
            r"split\.train is empty: 3 rows with 1 distinct value of 'day' cannot give validation=0\.2, test=0\.2",
        ),
        (
            numbered(day=[date(2015, 7, 1), None]),
            {"by": "time", "column": "day"},
            r"split\.column has missing values: 'day' is null in 1 of 2",
        ),
        (numbered(day=[date(2015, 7, 1)]), {"by": "time"}, r"split\.column is missing: by=time needs a column"),
        (
            numbered(day=[date(2015, 7, 1)]),
            {"by": "time", "column": "day", "test": 1},
            r"split counts periods where there are none: .*test=1",
        ),
        (
            numbered(day=[date(2015, 7, 1)]),
            {"by": "time", "column": "day", "gap": 1},
            r"split counts periods where there are none: .*gap=1",
        ),
        (
            numbered(g=["a"] * 50),
            {"by": "group", "column": "g"},
            r"split\.\w+ is empty: 50 rows with 1 distinct value of 'g'",
        ),
        (numbered(g=["a"]), {"by": "group", "column": "h"}, r"split names columns that are not there: \['h'\]"),
        (
            numbered(part=["train", "training"]),
            {"by": "given", "column": "part"},
            r"split\.parts leaves rows without a part: 'part' is \['training'\] in 1",
        ),
        (numbered(a=[1]), {"by": "given"}, r"split\.column names columns that are not there: \['_file'\]"),
        (
            numbered(id=list(range(500))).set_column(0, "y", pa.array(["x"] * 500)),
            {},
            r"split\.train has a single value of the target: 'y' is 'x' in all \d+ of 500",
        ),
    ],
)
def test_refuses_what_cannot_be_divided(rows, more, message):
    with pytest.raises(SplitError, match=message):
        split(rows, settings(**more), target=Y)


def test_refuses_a_column_that_holds_no_times():
    with pytest.raises(EventTimeError, match="column 'id' does not hold event times"):
        split(numbered(id=[1, 2]), settings(by="time", column="id"), target=Y)


def test_refuses_an_age_where_there_is_no_time():
    target = Target(column="y", matures_after="2 days")
    with pytest.raises(SplitError, match=r"target\.matures_after needs an event time: '2 days' counts from"):
        split(numbered(id=[1, 2]), Split(), target=target, as_of=datetime(2015, 7, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"validation": 0.5, "test": 0.5}, r"leave nothing to train on: \[0\.5, 0\.5\] must sum to less"),
        ({"test": 1.0}, "should be less than 1"),
        ({"test": 0}, "greater than or equal to 1"),
        ({"test": "July"}, r"split is no day: 'July' must read like 2015-07-01"),
        ({"gap": "soon"}, "duration is not a number of"),
        ({"by": "group"}, r"split\.column is missing: by=group needs a column; name it"),
        ({"by": "random", "column": "a"}, r"split\.column has no meaning with by=random: 'a'"),
        ({"by": "key", "gap": 1}, r"split\.gap and split\.purge need time: by=key knows no order"),
        ({"by": "key", "parts": {"test": ["a"]}}, r"split\.parts needs by=given: by=key divides by itself"),
        ({"by": "given", "test": 0.2}, r"split\.validation and split\.test have no meaning with by=given"),
        ({"by": "given", "parts": {"holdout": ["a"]}}, "Input should be 'train', 'validation' or 'test'"),
    ],
)
def test_refuses_senseless_settings(more, message):
    with pytest.raises(ValidationError, match=message):
        settings(**more)
