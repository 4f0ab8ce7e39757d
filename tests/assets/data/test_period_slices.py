from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.period import Partitions
from assets.data.period_slices import PeriodSlices
from assets.data.slice_counts import SliceCounts

PARTITIONS = Partitions(every="month", column="at", start="2024-01", time_zone="Europe/Lisbon")
APRIL = PARTITIONS.period("2024-04")


def slices(times: pa.Array) -> dict[Any, int]:
    """Return how many rows each slice holds that has any."""
    counted = SliceCounts(PeriodSlices(APRIL, "at"))
    for value in (times.slice(0, 1), times.slice(1)):
        counted.take(pa.record_batch({"at": value, "x": pa.array(np.ones(len(value)))}))
    table = counted.table()
    mine = table.filter(pc.and_(pc.equal(table["column"], "x"), pc.is_valid(table["cell"])))
    return dict(zip(mine["slice"].to_pylist(), mine["count"].to_pylist(), strict=True))


def test_slices_are_equal_parts_of_the_period_on_its_wall_clock() -> None:
    days = [date(2024, 4, 1) + timedelta(days=day) for day in range(30)]
    assert slices(pa.array(days)) == dict.fromkeys(range(PeriodSlices.most), 3)
    texts = pa.array([str(day) for day in days])
    assert slices(texts) == dict.fromkeys(range(PeriodSlices.most), 3)


@pytest.mark.parametrize("unit", ["s", "us"])
def test_moments_with_and_without_a_zone_fall_into_the_slices_they_are_in(unit: str) -> None:
    local = [datetime(2024, 4, 1), datetime(2024, 4, 3, 23, 59, 59), datetime(2024, 4, 4), datetime(2024, 4, 30, 23)]  # noqa: DTZ001
    expected = {0: 2, 1: 1, 9: 1}
    assert slices(pa.array(local, pa.timestamp(unit))) == expected
    lisbon = timezone(timedelta(hours=1))
    zoned = [moment.replace(tzinfo=lisbon) for moment in local]
    assert slices(pa.array(zoned, pa.timestamp(unit, "UTC"))) == expected
    assert slices(pa.array(zoned, pa.timestamp(unit, "Asia/Kathmandu"))) == expected


def test_what_has_no_time_or_lies_outside_is_counted_at_the_nearer_end() -> None:
    assert slices(pa.array([None, date(2020, 1, 1), date(2024, 5, 2)])) == {0: 2, 9: 1}


def test_no_rows_are_counted_as_none() -> None:
    assert slices(pa.array([], pa.date32())) == {}
    assert SliceCounts(PeriodSlices(APRIL, "at")).table().num_rows == 0
