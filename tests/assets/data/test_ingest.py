from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

import pipelines.hotel_cancellations
from assets.data.event_time import EventTimeError
from assets.data.ingest import Derivation, Ingestion, ingest
from assets.data.period import Partitions
from assets.data.progress import Progress
from assets.data.sources import FilesSource, SourceError

BOOKINGS = Path(pipelines.hotel_cancellations.__file__).parent / "bookings.parquet"
ARRIVAL = Derivation(use="pipelines.hotel_cancellations.features:arrival_date")
MONTHS = Partitions(every="month", column="day", start="2015-07")
JULY = MONTHS.period("2015-07")
DAYS = [date(2015, 7, 1), date(2015, 7, 31), date(2015, 8, 1), date(2015, 6, 30)]


def batches(*columns: dict) -> list[pa.RecordBatch]:
    return [pa.RecordBatch.from_pydict(each) for each in columns]


def rows(given: list[pa.RecordBatch], **more: object) -> pa.Table:
    return pa.Table.from_batches(ingest(given, **{"derive": None, "period": None, "column": None, **more}))


def test_numbers_the_rows_of_all_batches():
    table = rows(batches({"a": [5, 6]}, {"a": [7]}))
    assert table.to_pydict() == {"a": [5, 6, 7], "_row": [0, 1, 2]}
    assert table["_row"].type == pa.int64()


def test_keeps_the_rows_of_the_period_and_counts_the_others():
    counts = Ingestion()
    table = rows(batches({"day": DAYS}, {"day": DAYS[:2]}), period=JULY, column="day", ingestion=counts)
    assert table.to_pydict() == {"day": [*DAYS[:2], *DAYS[:2]], "_row": [0, 1, 2, 3]}
    assert (counts.read.rows, counts.rows_kept, counts.rows_outside, counts.read.batches) == (6, 4, 2, 2)
    assert counts.read.bytes > 0


def test_periods_cover_every_real_row_once():
    months = Partitions(every="month", column="arrival_date", start="2015-07")
    source = FilesSource(kind="files", path=str(BOOKINGS))
    total = 0
    for period in months.between("2015-07", "2017-08")[::5]:
        counts = Ingestion()
        table = rows(source.batches(), derive=ARRIVAL, period=period, column="arrival_date", ingestion=counts)
        assert "arrival_date" not in table.column_names
        assert 2_248 <= table.num_rows <= 6_313
        assert counts.read.rows == table.num_rows + counts.rows_outside == 119_390
        total += table.num_rows
    assert total < 119_390


def test_is_lazy():
    pulled = []

    def many():
        for number in range(300):
            pulled.append(number)
            yield pa.RecordBatch.from_pydict({"a": list(range(1_000))})

    stream = ingest(many(), derive=None, period=None, column=None)
    assert pulled == []
    assert len(next(stream)) == 1_000
    assert pulled == [0]


def test_reports_progress_every_million_rows():
    lines = []
    given = batches({"a": list(range(400_000))}) * 6
    rows(given, ingestion=Ingestion(Progress(lines.append)))
    assert lines == [
        "1,200,000 rows read, 9.2 MiB in 3 batches; 1,200,000 kept, 0 of other periods",
        "2,000,000 rows read, 15.3 MiB in 5 batches; 2,000,000 kept, 0 of other periods",
    ]


def test_refuses_a_source_without_rows():
    with pytest.raises(
        SourceError, match=r"source gives no rows: 1 batches were read, one row at least is needed; fill"
    ):
        rows(batches({"a": []}))


def test_refuses_a_period_without_rows():
    with pytest.raises(
        SourceError,
        match=r"source has no rows of the period 2016-01: none of 4 that were read lie from 2016-01-01T00:00",
    ):
        rows(batches({"day": DAYS}), period=MONTHS.period("2016-01"), column="day")
    with pytest.raises(SourceError, match=r"source has no rows of the period 2016-01: none of 0 that were read lie"):
        rows(batches({"day": DAYS[:0]}), period=MONTHS.period("2016-01"), column="day")


def test_refuses_an_unknown_partition_column():
    with pytest.raises(SourceError, match=r"partitions\.column is not a column .* 'days' .*; did you mean 'day'"):
        rows(batches({"day": DAYS}), period=JULY, column="days")
    with pytest.raises(
        SourceError, match=r"partitions\.column is missing: a period needs an event-time column; name one"
    ):
        rows(batches({"day": DAYS}), period=JULY)


def test_refuses_rows_without_an_event_time_and_counts_all_of_them():
    given = batches({"day": [*DAYS, None]}, {"day": [None, None, DAYS[0]]})
    with pytest.raises(
        SourceError, match=r"without an event time: 'day' is null in 3 of 8 rows, which belong to no period"
    ):
        rows(given, period=JULY, column="day")


def test_refuses_a_column_that_holds_no_times():
    with pytest.raises(EventTimeError, match=r"column 'day' does not hold event times: values are of type int64"):
        rows(batches({"day": [1]}), period=JULY, column="day")
