from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.slice_counts import SliceCounts
from assets.data.time_slices import DAY, UNIT, TimeSlices
from data_checks.grid import Grid

DAYS = pa.array([date(2026, 1, 1) + timedelta(days=day) for day in range(60)])


def rows(seed: int, size: int = 1_500) -> pa.Table:
    """Return rows that come ever more often, some of them at one time, a few far from all others."""
    draw = np.random.default_rng(seed)
    times = 1_700_000_000_000_000 + (draw.beta(4, 1, size) * 10.0 ** draw.uniform(8, 15)).astype(np.int64)
    times[: size // 10] = times[0]
    times[-3:] = [-(2**61), 0, 2**61]
    order = draw.permutation(size)
    return pa.table(
        {
            "_row": np.arange(size),
            "at": pa.array(times[order], pa.timestamp("us")),
            "price": pa.array(draw.normal(0, 100, size), mask=draw.random(size) < 0.1),
            "city": draw.choice(["Oslo", "Rome"], size),
        }
    )


def counted(table: pa.Table, *cuts: int) -> tuple[pa.Table, pa.Table | None]:
    """Return the counts and spans of rows that come in batches cut there."""
    slices = TimeSlices("at")
    counts = SliceCounts(slices)
    places = [0, *cuts, table.num_rows]
    for start, end in pairwise(places):
        for batch in table.slice(start, end - start).combine_chunks().to_batches():
            counts.take(batch)
    return counts.table(), slices.spans()


def times_of(table: pa.Table) -> np.ndarray:
    return np.asarray(table["at"].cast(pa.int64()).to_numpy())


def starts(spans: pa.Table | None) -> np.ndarray:
    assert spans is not None
    return np.asarray(spans["start"].cast(pa.int64()).to_numpy())


@pytest.mark.parametrize("seed", range(6))
def test_neither_cut_nor_order_changes_counts_or_spans(seed: int) -> None:
    table, draw = rows(seed), np.random.default_rng(seed)
    counts, spans = counted(table)
    ascending = table.sort_by("at")
    ways = (ascending, ascending.take(pa.array(np.arange(len(table))[::-1])), table.take(draw.permutation(len(table))))
    for way in (table, *ways):
        other, others = counted(way, *np.sort(draw.integers(0, len(table), 12)))
        assert other.equals(counts)
        assert others is not None
        assert others.equals(spans)


@pytest.mark.parametrize("seed", range(6))
def test_counts_are_those_of_the_rows_in_each_span(seed: int) -> None:
    table = rows(seed)
    counts, spans = counted(table, 100, 101, 700)
    by_row = Grid(table.schema, TimeSlices.most)
    (batch,) = table.combine_chunks().to_batches()
    by_row.update(batch, np.searchsorted(starts(spans), times_of(table), side="right") - 1)
    assert counts.equals(by_row.table())
    ends = np.asarray(spans["end"].cast(pa.int64()).to_numpy())  # type: ignore[index]
    assert (starts(spans)[1:] >= ends[:-1]).all()
    assert times_of(table).max() < ends[-1]


@pytest.mark.parametrize("seed", range(6))
def test_slices_are_as_short_as_so_many_can_be(seed: int) -> None:
    table = rows(seed)
    _, spans = counted(table, 3)
    lasts = int(starts(pa.table({"start": spans["end"]}))[1] - starts(spans)[1])  # type: ignore[index]
    assert lasts % UNIT == 0
    assert (starts(spans)[1:-1] % lasts == 0).all()
    assert len(starts(spans)) == len(np.unique(times_of(table) // lasts)) <= TimeSlices.most
    assert lasts == UNIT or len(np.unique(times_of(table) // (lasts // 2))) > TimeSlices.most


def test_a_time_far_from_all_others_takes_one_slice() -> None:
    days = pa.table({"at": [*DAYS.to_pylist(), date(1900, 1, 1), date(2200, 1, 1)], "x": np.ones(62)})
    _, spans = counted(days)
    assert len(starts(spans)) == 62
    assert (np.diff(starts(spans)[1:-1]) == DAY).all()


def test_dates_and_moments_of_every_zone_lie_in_the_same_spans() -> None:
    noon = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(400)]
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    forms = [
        pa.array(noon, pa.timestamp("us", "UTC")),
        pa.array(noon, pa.timestamp("s", "Asia/Kathmandu")),
        pa.array([at.replace(tzinfo=None) for at in noon], pa.timestamp("ns")),
        pa.array([at.isoformat() for at in noon]),
        pa.array([at.astimezone(kathmandu).isoformat() for at in noon]),
        pa.array([at.replace(tzinfo=None).isoformat() for at in noon]),
    ]
    first = counted(pa.table({"at": forms[0]}), 17)[1]
    assert (np.diff(starts(first)) == 2 * DAY).all()
    for form in forms[1:]:
        assert counted(pa.table({"at": form}), 17)[1] == first
    days = pa.array([at.date() for at in noon])
    assert counted(pa.table({"at": days}))[1] == counted(pa.table({"at": days.cast(pa.string())}))[1]


TEXT = DAYS.cast(pa.string())
ZONED = pa.array([f"{day}T12:00:00Z" for day in TEXT.to_pylist()])
UNTOLD = {
    "a missing time": pa.concat_arrays([DAYS, pa.nulls(1, pa.date32()), DAYS]),
    "no time at all": pa.concat_arrays([TEXT, pa.array(["soon"]), TEXT]),
    "zones here and there": pa.concat_arrays([TEXT, ZONED]),
    "a number": pa.array(range(120)),
    "nothing": pa.nulls(120),
}


@pytest.mark.parametrize("values", UNTOLD.values(), ids=UNTOLD)
def test_where_a_time_is_not_told_all_rows_are_counted_in_one_slice(values: pa.Array) -> None:
    table = pa.table({"at": values, "x": np.arange(len(values)) % 7})
    whole, spans = counted(table)
    assert spans is None
    assert set(whole["slice"].to_pylist()) == {0}
    assert pc.sum(whole.filter(pc.equal(whole["column"], "x"))["count"]).as_py() == len(values)
    for cuts in ((60,), (1, 30, 60, 61, 100), (60, 61)):
        assert counted(table, *cuts)[0].equals(whole)
        assert counted(table, *cuts)[1] is None


def test_a_column_that_is_not_there_tells_no_time() -> None:
    counts, spans = counted(pa.table({"x": [1, 2]}), 1)
    assert spans is None
    assert set(counts["slice"].to_pylist()) == {0}


def test_no_rows_show_no_slice() -> None:
    slices = TimeSlices("at")
    counts = SliceCounts(slices)
    counts.take(pa.record_batch({"at": pa.array([], pa.date32())}))
    assert len(starts(slices.spans())) == 0
    assert pc.sum(counts.table()["count"]).as_py() == 0


def test_spans_of_the_earliest_and_latest_times_end_with_what_can_be_told() -> None:
    times = np.linspace(-(2**63), 2**63 - 1025, 300).astype(np.int64)
    _, spans = counted(pa.table({"at": pa.array(times, pa.timestamp("us"))}))
    assert starts(spans)[0] == -(2**63)
    assert spans["end"].cast(pa.int64()).to_pylist()[-1] == 2**63 - 1  # type: ignore[index]
