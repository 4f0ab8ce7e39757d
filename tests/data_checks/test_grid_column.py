from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from data_checks.grid import Grid, gridded


def test_text_that_comes_by_its_distinct_values_is_counted_alike() -> None:
    (batch,) = pa.table({"city": ["Oslo", None, "Rome", "Oslo"], "adults": [1, 2, 2, 1]}).to_batches()
    made, slices = Grid(batch.schema, 2), np.array([0, 1, 1, 1])
    made.update(batch.set_column(0, "city", pa.repeat("unlike", 4)), slices, {"city": batch[0].dictionary_encode()})
    assert made.table().equals(gridded(pa.table(batch), slices))


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("ms", "UTC"), pa.timestamp("s", "Asia/Kolkata")])
@pytest.mark.parametrize("years", [0, 30])
def test_times_are_counted_by_hour_of_the_week_however_far_apart(kind: pa.DataType, years: int) -> None:
    start = datetime(1969, 12, 28, tzinfo=UTC)
    times = [start + timedelta(hours=7 * n + (n % 3) * 24 * 365 * years) for n in range(300)]
    table = pa.table({"at": pa.array(times, kind)})
    local = table["at"].cast(pa.timestamp("us", kind.tz or "UTC")).to_pylist()
    expected = [0] * 168
    for at in local:
        expected[at.weekday() * 24 + at.hour] += 1
    counts = gridded(table)
    told = dict.fromkeys(range(168), 0)
    for cell, count_of in zip(counts["cell"].to_pylist(), counts["count"].to_pylist(), strict=True):
        if cell is not None:
            told[cell] += count_of
    assert list(told.values()) == expected
