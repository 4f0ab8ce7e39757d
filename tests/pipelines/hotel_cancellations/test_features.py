from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.hotel_cancellations import features

BOOKINGS = Path(features.__file__).parent / "bookings.parquet"


def bookings(years: list, months: list, days: list) -> pa.Table:
    return pa.table({"arrival_date_year": years, "arrival_date_month": months, "arrival_date_day_of_month": days})


def test_puts_the_date_together_and_appends_it():
    rows = features.arrival_date(bookings([2015, 2016], ["July", "February"], [1, 29]))
    assert rows.column_names[-1] == "arrival_date"
    assert rows["arrival_date"].type == pa.date32()
    assert rows["arrival_date"].to_pylist() == [date(2015, 7, 1), date(2016, 2, 29)]


def test_gives_null_where_there_is_no_such_day():
    rows = bookings([2015, 2015, 2015, None, 2015], ["February", "Juli", None, "May", "May"], [29, 1, 1, 1, 0])
    assert features.arrival_date(rows)["arrival_date"].to_pylist() == [None] * 5


def test_takes_the_types_that_a_frame_with_missing_values_has():
    rows = bookings([2015.0, None], ["July", "July"], [31.0, 1.0])
    assert features.arrival_date(rows)["arrival_date"].to_pylist() == [date(2015, 7, 31), None]


def test_dates_every_real_booking():
    rows = features.arrival_date(pq.read_table(BOOKINGS))
    dates = rows["arrival_date"]
    assert dates.null_count == 0
    assert (pc.min(dates).as_py(), pc.max(dates).as_py()) == (date(2015, 7, 1), date(2017, 8, 31))
    assert len(pc.unique(pc.strftime(dates, "%Y-%m"))) == 26
