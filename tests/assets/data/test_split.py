from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from assets.data.event_time import EventTimeError
from assets.data.outcome import SplitError
from assets.data.split import Split, split
from tests.assets.data.split_rows import DAYS, Y, daily, days, numbered, parts_of, settings, shares


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


def test_absent_means_by_time_with_partitions_and_random_without():
    assert parts_of(split(daily(5), Split(), target=Y, partitions=DAYS), "_period")["test"] == days(5)
    table = split(numbered(id=list(range(5000))), Split(), target=Y)
    assert shares(table) == pytest.approx([0.6, 0.2, 0.2], abs=0.03)
    assert set(table.table["_period"].to_pylist()) == {""}


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


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"validation": 0.5, "test": 0.5}, r"leave nothing to train on: \[0\.5, 0\.5\] must sum to less"),
        ({"test": 1.0}, "is no size: 1.* must be a share of the rows between 0 and 1 such as 0.2, a number"),
        ({"test": 0}, "is no size: 0 must be a share of the rows .* first day such as '2015-07-01'; write one"),
        ({"test": "July"}, r"is no day: 'July' must read like 2015-07-01"),
        ({"gap": "soon"}, "is no duration: .soon. is no number of"),
        ({"by": "group"}, r"split\.column is missing: by=group needs a column; name it"),
        ({"by": "random", "column": "a"}, r"split\.column has no meaning with by=random: 'a'"),
        ({"by": "key", "gap": 1}, r"split\.gap and split\.purge need time: by=key knows no order"),
        ({"by": "key", "parts": {"test": ["a"]}}, r"split\.parts needs by=given: by=key divides by itself"),
        ({"by": "given", "test": 0.2}, r"split\.validation and split\.test have no meaning with by=given"),
        (
            {"by": "custom", "use": "a:b", "test": 0.2},
            r"split\.validation and split\.test have no meaning with by=custom",
        ),
        ({"by": "custom"}, r"split\.use and by=custom need each other: by=custom and use=None; write both or neither"),
        ({"use": "a:b"}, r"split\.use and by=custom need each other: by=None and use=a:b"),
        ({"by": "custom", "use": "a:b", "column": "c"}, r"split\.column has no meaning with by=custom: 'c'; name what"),
        ({"columns": ["a"]}, r"split\.columns needs by=custom: \['a'\] are read by no function; take it out"),
        ({"by": "given", "parts": {"holdout": ["a"]}}, "Input should be 'train', 'validation' or 'test'"),
    ],
)
def test_refuses_senseless_settings(more, message):
    with pytest.raises(ValidationError, match=message):
        settings(**more)
