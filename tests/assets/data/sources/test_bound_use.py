import pyarrow as pa
import pytest

from assets.data.period import Partitions
from assets.data.sources import SourceError
from tests.assets.data.sources.test_sql import database, source

IN_UTC = ["2015-06-30T23:00:00Z", "2015-07-15T12:00:00Z", "2015-07-31T22:59:59Z"]
ELSEWHERE = ["2015-07-01T02:00:00+02:00", "2015-08-01T00:59:59+02:00"]
OF_JULY = "at >= :start AND at < :end"


@pytest.mark.parametrize(
    ("zone", "stored", "condition", "kept"),
    [
        ("Europe/Lisbon", IN_UTC, OF_JULY, None),
        ("Europe/Lisbon", IN_UTC, '"at" BETWEEN :start AND :end', None),
        ("Europe/Lisbon", IN_UTC, ":start <= at", None),
        ("Europe/Lisbon", IN_UTC, "at >= (:start)", None),
        ("Europe/Lisbon", IN_UTC, "at >= date(:start)", None),
        ("Europe/Lisbon", IN_UTC, "at >= strftime('%Y-%m-%d', :start)", None),
        ("Europe/Lisbon", IN_UTC, "at >= coalesce(:start, at)", None),
        ("Europe/Lisbon", IN_UTC, "coalesce(at >= :start, 0)", None),
        ("Europe/Lisbon", IN_UTC, "at >= (SELECT :start)", None),
        ("Europe/Lisbon", IN_UTC, "at >= date(:start, '-1 day') AND at < :end", None),
        ("Europe/Lisbon", IN_UTC, "datetime(at) >= :start", None),
        ("Europe/Lisbon", IN_UTC, "at >= date(:start, '-1 day') AND at < date(:end, '+1 day')", 3),
        ("Europe/Lisbon", IN_UTC, "(at >= date((:start), '-1 day'))", 3),
        ("Europe/Lisbon", ["2015-07-01 00:00:00", "2015-07-31 23:59:59"], OF_JULY, 2),
        ("UTC", ["2015-07-01T00:00:00Z", "2015-07-31T23:59:59+00:00"], OF_JULY, 2),
        ("UTC", ELSEWHERE, OF_JULY, None),
        ("UTC", ELSEWHERE, '`rows`."at">=:start AND at < :end', None),
        ("UTC", ELSEWHERE, "coalesce(at, '') >= :start", None),
        ("UTC", ELSEWHERE, "datetime(at) >= :start AND at < :end", None),
        ("UTC", ELSEWHERE, "datetime(at) >= :start AND datetime(at) < :end", 2),
        ("UTC", ELSEWHERE, ":start <= (datetime(at)) AND date(at) < date(:end)", 2),
        ("UTC", ELSEWHERE, "date(at) BETWEEN :start AND date(:end, '-1 day')", 2),
    ],
)
def test_bounds_keep_all_rows_of_times_with_a_zone_or_are_refused(tmp_path, zone, stored, condition, kept):
    period = Partitions(every="month", column="at", start="2015-06", time_zone=zone).period("2015-07")
    file = database(pa.table({"at": stored}), tmp_path)
    batches = source(file, f"SELECT * FROM rows WHERE {condition}").batches(period, column="at")
    if kept is not None:
        assert sum(map(len, batches)) == kept == len(stored)
        return
    with pytest.raises(
        SourceError,
        match=r"source\.query would lose rows: 'at' holds times with a zone, which sqlite compares with :sta",
    ):
        list(batches)


def test_bounds_that_would_lose_rows_are_refused_whatever_the_column_was_called(tmp_path):
    period = Partitions(every="month", column="at", start="2015-06").period("2015-07")
    file = database(pa.table({"happened": ELSEWHERE}), tmp_path)
    query = "SELECT happened AS at FROM rows WHERE happened >= :start AND happened < :end"
    with pytest.raises(SourceError, match=r"would lose rows: .* or compare and give the column as wall clock of UTC"):
        list(source(file, query).batches(period, column="at"))
