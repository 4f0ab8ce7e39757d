from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from assets.data.event_time import EventTimeError, duration, epoch, has_zones, instants, microseconds


def moments(values: list, kind: pa.DataType | None = None, zone: str = "UTC") -> list:
    return instants(pa.chunked_array([pa.array(values, kind)]), zone, name="at").to_pylist()


@pytest.mark.parametrize(
    ("text", "span"), [("14 days", timedelta(14)), ("1 week", timedelta(7)), ("6 hours", timedelta(hours=6))]
)
def test_reads_a_duration(text, span):
    assert duration(text) == span


@pytest.mark.parametrize("text", ["14", "days", "-1 days", "1.5 days", "2 months", ""])
def test_refuses_what_is_no_duration(text):
    with pytest.raises(EventTimeError, match=r"is no duration: .* is no number of hours, days or weeks; write such as"):
        duration(text)


def test_values_without_a_zone_are_read_in_the_given_one():
    expected = [datetime(2015, 6, 30, 23, tzinfo=UTC)]
    assert moments([date(2015, 7, 1)], zone="Europe/Lisbon") == expected
    assert moments([1_435_708_800], pa.timestamp("s"), "Europe/Lisbon") == expected
    assert moments(["2015-07-01"], zone="Europe/Lisbon") == expected
    assert moments(["2015-07-01T00:00:00"], zone="Europe/Lisbon") == expected


def test_values_with_a_zone_keep_it():
    kind = pa.timestamp("ns", "America/New_York")
    assert moments([datetime(2015, 7, 1, 4, tzinfo=UTC)], kind, "Europe/Lisbon") == [
        datetime(2015, 7, 1, 4, tzinfo=UTC)
    ]


@pytest.mark.parametrize("text", ["2015-07-01T04:00:00Z", "2015-07-01 00:00:00-04:00", "2015-07-01T09:30:00+0530"])
def test_text_with_a_zone_keeps_it(text):
    assert moments([text, None], zone="Europe/Lisbon") == [datetime(2015, 7, 1, 4, tzinfo=UTC), None]


def test_nulls_stay_null():
    assert moments([None, "2015-07-01"]) == [None, datetime(2015, 7, 1, tzinfo=UTC)]
    assert moments([None], pa.null()) == [None]
    assert microseconds(pa.chunked_array([pa.array([None], pa.date32())]), "UTC", name="at")[0] < -(10**18)


@pytest.mark.parametrize(
    "values", [[1, 2], [True], ["July"], ["2015-07-01T04:00:00Z", "2015-07-01"], [1.5], [timedelta(1)]]
)
def test_refuses_what_is_no_event_time(values):
    with pytest.raises(
        EventTimeError, match=r"column 'at' does not hold event times: .*; give dates, timestamps or ISO"
    ):
        moments(values)


def test_epoch_counts_microseconds():
    assert epoch(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400_000_000


def test_text_tells_whether_it_names_zones() -> None:
    assert has_zones(pa.chunked_array([["2026-01-01T10:00:00Z", None]])) == {True}
    assert has_zones(pa.chunked_array([["2026-01-01", "2026-01-01T10:00"]])) == {False}
    assert has_zones(pa.chunked_array([["2026-01-01", "2026-01-01T10:00+02:00"]])) == {True, False}
    assert has_zones(pa.chunked_array([pa.array([0], pa.timestamp("us", "UTC"))])) == set()
