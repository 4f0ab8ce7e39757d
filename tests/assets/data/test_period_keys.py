from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from assets.data.period import Every, Partitions
from assets.data.period_keys import PeriodKeys

STARTS: dict[Every, str] = {"hour": "2024-03-01-00:00", "day": "2024-03-01", "week": "2024-03-03", "month": "2024-03"}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Lisbon", "Asia/Kathmandu"])
@pytest.mark.parametrize("every", STARTS)
def test_agrees_with_the_calendar(every: Every, zone: str) -> None:
    partitions = Partitions(every=every, column="at", start=STARTS[every], time_zone=zone)
    first = partitions.period(STARTS[every]).start
    seconds = np.random.default_rng(0).integers(0, 300 * 86_400, 200).tolist()
    # the hour that is told twice at the end of summer
    moments = [first + timedelta(seconds=s) for s in [0, *seconds]] + [
        datetime(2024, 10, 27, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)
    ]
    keys = PeriodKeys(partitions)
    starts = keys.starts(pa.chunked_array([pa.array(moments, pa.timestamp("us", "UTC"))]))
    assert [keys.key(start) for start in starts.tolist()] == [partitions.holding(moment).key for moment in moments]


def test_what_lies_before_the_first_period_or_beyond_all_calendars_is_in_none() -> None:
    keys = PeriodKeys(Partitions(every="month", column="at", start="2024-03"))
    moments = [datetime(2024, 2, 29, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
    starts = keys.starts(pa.chunked_array([pa.array(moments, pa.timestamp("us", "UTC"))]))
    assert starts.tolist() == [-1, -1, -1]
