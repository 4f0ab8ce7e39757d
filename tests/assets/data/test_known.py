from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import pipelines.hotel_cancellations
from assets.data.outcome import SplitError
from assets.data.period import Partitions
from assets.data.split import Split, split
from assets.data.target import Target
from pipelines.hotel_cancellations.features import arrival_date
from tests.assets.data.split_rows import DAYS, Y, daily, days, numbered, parts_of, settings

BOOKINGS = Path(pipelines.hotel_cancellations.__file__).parent / "bookings.parquet"


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


def test_refuses_an_age_where_there_is_no_time():
    target = Target(column="y", matures_after="2 days")
    with pytest.raises(SplitError, match=r"target\.matures_after needs an event time: '2 days' counts from"):
        split(numbered(id=[1, 2]), Split(), target=target, as_of=datetime(2015, 7, 1, tzinfo=UTC))
