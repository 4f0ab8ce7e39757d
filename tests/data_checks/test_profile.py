import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from data_checks.profile import Profile, ProfileError, count, merge, profile, time_chunks

KINDS = {"adr": "number", "hotel": "category", "at": "time"}


def table(rows=1_000, seed=0):
    rng = np.random.default_rng(seed)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    return pa.table(
        {
            "adr": pa.array(rng.normal(100, 10, rows), mask=rng.random(rows) < 0.1),
            "hotel": pa.array(rng.choice(["City", "Resort"], rows).astype(object), mask=rng.random(rows) < 0.2),
            "at": pa.array([start + timedelta(hours=n % 168) for n in range(rows)], pa.timestamp("us", "UTC")),
        }
    )


def totals(of, name):
    return of.columns[name].counts.sum(axis=0)


def test_counts_every_row_once_in_every_column():
    rows = table()
    made = profile(rows, KINDS)
    assert made.rows == 1_000
    assert made.chunks == 1
    assert list(made.columns) == list(KINDS)
    for name in KINDS:
        assert totals(made, name).sum() == 1_000
        assert totals(made, name)[-1] == rows[name].null_count


def test_numbers_fall_between_quantile_edges_with_bins_of_their_own_outside():
    values = np.arange(10_000, dtype=float)
    made = profile(pa.table({"x": values}), {"x": "number"})
    counts = totals(made, "x")
    assert 512 <= len(counts) <= 516
    assert counts[0] == counts[-2] == counts[-1] == 0
    assert counts[1:-2].max() <= 20
    outside = count(made, pa.table({"x": [-1.0, float("-inf"), 10_000.0, float("inf"), float("nan"), None]}))
    assert (totals(outside, "x")[0], totals(outside, "x")[-2], totals(outside, "x")[-1]) == (2, 2, 2)


def test_a_value_equal_to_an_edge_belongs_below_it():
    made = profile(pa.table({"x": [1, 2, 2, 3]}), {"x": "number"})
    assert totals(made, "x").tolist() == [0, 1, 2, 1, 0, 0]


def test_categories_keep_the_commonest_and_count_the_rest():
    names = [f"agent {n}" for n in range(150) for _ in range(150 - n)]
    made = profile(pa.table({"agent": names}), {"agent": "category"})
    column = made.columns["agent"]
    assert len(column.values) == 100
    assert column.values[0] == "agent 0"
    assert totals(made, "agent")[100] == sum(range(1, 51))
    assert totals(count(made, pa.table({"agent": ["new", "agent 0"]})), "agent")[[0, 100]].tolist() == [1, 1]


@pytest.mark.parametrize("values", [[1, 2, None], [True, False, None], pa.array(["a", "b", None]).dictionary_encode()])
def test_categories_are_counted_as_text_whatever_holds_them(values):
    made = profile(pa.table({"x": values}), {"x": "category"})
    assert totals(made, "x").tolist() == [1, 1, 0, 1]


@pytest.mark.parametrize("values", [[1, None], [True, None], [Decimal("1.5"), None], pa.array([1, None], pa.float32())])
def test_numbers_may_be_held_by_any_numeric_type(values):
    assert totals(profile(pa.table({"x": values}), {"x": "number"}), "x").tolist() == [0, 1, 0, 1]


def test_times_are_counted_by_hour_of_the_week():
    monday = datetime(2026, 1, 5, 3, tzinfo=UTC)
    rows = pa.table({"at": pa.array([monday, monday + timedelta(days=7), None], pa.timestamp("us", "UTC"))})
    counts = totals(profile(rows, {"at": "time"}), "at")
    assert counts[3] == 2
    assert counts[-1] == 1
    day = pa.table({"at": rows["at"].cast(pa.date32())})
    assert totals(profile(day, {"at": "time"}), "at")[0] == 2


def test_chunks_are_counted_apart():
    rows = table(100)
    made = profile(rows, KINDS, np.repeat([7, 3], 50))
    assert made.chunks == 2
    first = count(made, rows.slice(50))
    assert made.columns["adr"].counts[0].tolist() == first.columns["adr"].counts[0].tolist()


def test_more_than_a_hundred_chunks_are_joined_with_their_neighbours():
    made = profile(table(1_000), KINDS, np.arange(1_000) // 4)
    assert made.chunks == 100
    assert made.rows == 1_000
    assert merge(made, made).chunks == 100
    assert merge(made, made).rows == 2_000


def test_counts_of_parts_merge_to_the_counts_of_the_whole():
    rows = table()
    made = profile(rows, KINDS)
    merged = merge(count(made, rows.slice(0, 300)), count(made, rows.slice(300)))
    assert merged.chunks == 2
    for name in KINDS:
        assert totals(merged, name).tolist() == totals(made, name).tolist()


def test_other_bins_do_not_merge():
    with pytest.raises(ProfileError, match=r"profile\.adr can't be merged: the bins differ; count both by the same"):
        merge(profile(table(), KINDS), profile(table(seed=1), KINDS))


def test_survives_json_and_stays_small():
    made = profile(table(20_000), KINDS, np.arange(20_000) // 500)
    text = json.dumps(made.to_json())
    read = Profile.from_json(json.loads(text))
    assert len(text) < 60_000
    for name, column in made.columns.items():
        other = read.columns[name]
        assert (other.kind, other.values) == (column.kind, column.values)
        assert np.array_equal(other.edges, column.edges)
        assert np.array_equal(other.counts, column.counts)
    assert Profile.from_json(Profile({}).to_json()).rows == 0


def test_holds_no_row_of_an_empty_table():
    empty = profile(table().slice(0, 0), KINDS)
    assert empty.rows == 0
    assert count(empty, table(10)).rows == 10


@pytest.mark.parametrize(
    ("rows", "kinds", "message"),
    [
        (pa.table({"x": [1]}), {"y": "number"}, "profile.y is missing: the rows have x; score the same columns"),
        (pa.table({"x": ["a"]}), {"x": "number"}, "profile.x is no number: it holds string; declare it as a number or"),
        (
            pa.table({"x": ["a"]}),
            {"x": "time"},
            "profile.x is no time: it holds string; declare it as a date or timestamp",
        ),
    ],
)
def test_refuses_columns_that_do_not_fit(rows, kinds, message):
    with pytest.raises(ProfileError, match=message):
        profile(rows, kinds)


def test_cuts_rows_into_equal_chunks_in_the_order_of_time():
    times = pa.chunked_array([pa.array([3, 1, None, 2, 0, 5])])
    assert time_chunks(times, most=3, least_rows=1).tolist() == [1, 0, 2, 1, 0, 2]


@pytest.mark.parametrize(("rows", "chunks"), [(10_000, 40), (1_000, 10), (50, 1), (0, 0)])
def test_cuts_fewer_chunks_of_fewer_rows(rows, chunks):
    assert len(np.unique(time_chunks(pa.chunked_array([pa.array(np.arange(rows))])))) == chunks
