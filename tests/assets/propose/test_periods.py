from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from assets.propose.periods import event_time, periods_of
from tests.assets.propose.tables import NOW, seen


def days(first: date, counts: list[int]) -> Mapping[int, int]:
    start = (first - date(1970, 1, 1)).days
    return {(start + place) * 24: count for place, count in enumerate(counts) if count}


@pytest.mark.parametrize(
    ("counts", "every", "first", "last", "window"),
    [
        ([5] * 366, "month", "2023-01-01", "2024-01", 12),
        ([20] * 70, "week", "2023-01-01", "2023-03-05", 10),
        ([200] * 20, "day", "2023-01-01", "2023-01-20", 20),
    ],
)
def test_takes_the_longest_periods_that_are_enough(
    counts: list[int], every: str, first: str, last: str, window: int
) -> None:
    found = periods_of(days(date(2023, 1, 1), counts), now=NOW)
    assert found
    assert (found.every, found.window) == (every, window)
    assert first.startswith(found.first)
    assert found.last in {last, "2023-12"}


def test_hours_are_the_shortest() -> None:
    found = periods_of({450_000 + place: 150 for place in range(60)}, now=NOW)
    assert found
    assert (found.every, len(found.counts), found.window) == ("hour", 60, 60)


def test_sparse_ends_and_all_before_a_gap_are_left_out() -> None:
    counts = [10] * 90 + [0] * 31 + [10] * 250 + [1]
    found = periods_of(days(date(2023, 1, 1), counts), now=NOW)
    assert found
    assert (found.first, found.last) == ("2023-05", "2023-12")
    assert sum(found.counts) + found.outside == sum(counts)


def test_a_table_grows_if_its_newest_rows_are_recent() -> None:
    hours = days(date(2023, 1, 1), [10] * 365)
    for now, grows in ((datetime(2024, 2, 1, tzinfo=UTC), True), (datetime(2025, 1, 1, tzinfo=UTC), False)):
        found = periods_of(hours, now=now)
        assert found
        assert found.grows is grows


@pytest.mark.parametrize("counts", [[10] * 20, [1] * 400, [10_000]])
def test_too_few_periods_or_rows_are_none(counts: list[int]) -> None:
    assert periods_of(days(date(2023, 1, 1), counts), now=NOW) is None


def test_the_event_time_is_whole_and_not_written_afterwards() -> None:
    moments = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(30)]
    table = pa.table(
        {
            "updated_at": moments,
            "seen": [*moments[:-1], None],
            "birth": moments,
            "created_at": moments,
            "number": range(30),
        }
    )
    assert event_time(seen(table)) == "created_at"
    assert event_time(seen(table.select(["updated_at", "number"]))) is None
