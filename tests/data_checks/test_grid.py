from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_checks import grid_column
from data_checks.grid import Grid, merge
from data_checks.grid_cells import LEAST_BITS, MOST_CELLS
from data_checks.grid_column import SCHEMA
from data_checks.grid_profile import counts_in, profile_of
from data_checks.profile import Kind, Profile, count, profile

SLICES = 4
KINDS: dict[str, Kind] = {
    "price": "number",
    "wide": "number",
    "adults": "number",
    "flag": "number",
    "city": "category",
    "at": "time",
}


def rows(size: int = 3_000, seed: int = 0) -> pa.Table:
    draw = np.random.default_rng(seed)
    wild = draw.integers(0, 2**64, size, dtype=np.uint64, endpoint=False).view(np.float64)
    price = np.where(draw.random(size) < 0.3, wild, draw.normal(0, 100, size))
    price[:6] = [0.0, -0.0, np.inf, -np.inf, 5e-324, -5e-324]
    wide = np.where(draw.random(size) < 0.2, draw.integers(2**53, 2**62, size), draw.integers(-5, 700, size))
    start = datetime(2026, 1, 5, tzinfo=UTC)
    times = [start + timedelta(minutes=int(minute)) for minute in draw.integers(0, 40_000, size)]
    return pa.table(
        {
            "_row": np.arange(size),
            "price": pa.array(price, mask=draw.random(size) < 0.1),
            "wide": pa.array(wide, mask=draw.random(size) < 0.1),
            "adults": pa.array(draw.integers(-5, 700, size), mask=draw.random(size) < 0.1),
            "flag": pa.array(draw.random(size) < 0.4, mask=draw.random(size) < 0.1),
            "city": pa.array(
                draw.choice(["Oslo", "Rome", "", "Bern"], size).astype(object), mask=draw.random(size) < 0.1
            ),
            "at": pa.array(times, pa.timestamp("us"), mask=draw.random(size) < 0.1),
        }
    )


def slices_of(table: pa.Table) -> np.ndarray:
    return np.asarray(table["_row"].to_numpy() % SLICES)


def gridded(table: pa.Table, batch: int | None = None) -> pa.Table:
    made = Grid(table.schema, SLICES)
    for piece in table.to_batches(max_chunksize=batch):
        made.update(piece, slices_of(pa.Table.from_batches([piece])))
    return made.table()


def total(counts: pa.Table, name: str) -> int:
    return int(pc.sum(counts.filter(pc.equal(counts["column"], name))["count"]).as_py() or 0)


def test_the_counts_of_each_column_add_up_to_its_rows() -> None:
    counts = gridded(rows())
    assert counts.schema == SCHEMA
    assert {name: total(counts, name) for name in KINDS} == dict.fromkeys(KINDS, 3_000)
    assert set(counts["column"].to_pylist()) == set(KINDS)


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_neither_cut_nor_order_changes_the_counts(batch: int) -> None:
    table = rows(600)
    whole = gridded(table)
    assert whole.equals(merge([whole]))
    assert gridded(table, batch).equals(whole)
    mixed = table.take(pa.array(np.random.default_rng(1).permutation(600)))
    assert gridded(mixed, batch).equals(whole)


def test_counts_of_parts_add_up_in_any_order_and_grouping() -> None:
    table = rows(900)
    whole = gridded(table)
    parts = [gridded(part) for part in (table.slice(0, 100), table.slice(100, 1), table.slice(101))]
    for order in permutations(parts):
        assert merge(order).equals(whole)
        assert merge([merge(order[:2]), order[2]]).equals(whole)
        assert merge([order[0], merge(order[1:])]).equals(whole)
    assert merge([whole, gridded(table.slice(0, 0))]).equals(whole)


@pytest.mark.parametrize("seed", range(4))
def test_counts_brought_into_bins_are_those_of_the_rows(seed: int) -> None:
    old, new = rows(2_000, seed), rows(700, seed + 100)
    reference = profile_of([gridded(old)], KINDS, most=40)
    assert list(reference.columns) == list(KINDS)
    assert reference.chunks == SLICES
    told = counts_in(reference, gridded(new))
    by_row = count(reference, new)
    again = count(reference, old, slices_of(old))
    for name, column in by_row.columns.items():
        assert told.columns[name].counts.tolist() == column.counts.tolist(), name
        assert reference.columns[name].counts.tolist() == again.columns[name].counts.tolist(), name
    assert len(reference.columns["price"].edges) <= 513


def test_edges_ascend_also_from_below_all_numbers() -> None:
    for least in (-np.inf, -1.0, 0.0, np.inf):
        counts = gridded(many([least, np.inf, None], pa.float64()))
        edges = profile_of([counts], {"x": "number"}).columns["x"].edges
        assert (edges[:-1] < edges[1:]).all()
        assert edges[-1] == np.inf


def test_a_period_without_rows_changes_nothing() -> None:
    table = rows(400)
    alone = profile_of([gridded(table)], KINDS)
    after = profile_of([gridded(table), gridded(table.slice(0, 0))], KINDS)
    assert after.to_json() == alone.to_json()


def test_its_bins_are_those_of_the_rows_to_a_cell() -> None:
    draw = np.random.default_rng(0)
    table = pa.table({"_row": np.arange(20_000), "x": draw.gamma(2, 50, 20_000)})
    (mine,) = profile_of([gridded(table)], {"x": "number"}).columns.values()
    (theirs,) = profile(table, {"x": "number"}).columns.values()
    nearest = np.abs(mine.edges[:, None] - theirs.edges).min(axis=0) / theirs.edges
    assert nearest[1:].max() < 1 / 256


def test_slices_of_periods_follow_each_other_and_empty_ones_are_left_out() -> None:
    first, second = rows(400, 1), rows(400, 2)
    late = second.filter(pc.equal(pc.bit_wise_and(second["_row"], 2), 2))
    counts = [gridded(first), gridded(late)]
    made = profile_of(counts, KINDS, least_rows=1)
    assert [len(column.counts) for column in made.columns.values()] == [6] * 6
    sizes = made.columns["price"].counts.sum(axis=1).tolist()
    assert sizes == [100, 100, 100, 100, 100, 100]
    fewer = profile_of(counts, KINDS, least_rows=1, most=3)
    assert fewer.columns["city"].counts.sum(axis=1).tolist() == [200, 200, 200]
    assert profile_of(counts, KINDS, least_rows=300).chunks == 2


def test_whole_numbers_and_text_are_also_categories() -> None:
    table = rows(500)
    kinds: dict[str, Kind] = {"adults": "category", "flag": "category", "city": "category"}
    reference = profile_of([gridded(table)], kinds)
    theirs = profile(table, kinds)
    for name in kinds:
        assert reference.columns[name].values == theirs.columns[name].values
        assert reference.columns[name].counts.sum(axis=0).tolist() == theirs.columns[name].counts[0].tolist()


def test_what_the_grid_cannot_tell_is_left_to_the_rows() -> None:
    counts = gridded(rows(500))
    kinds: dict[str, Kind] = {"price": "category", "at": "category", "city": "number", "gone": "number", "flag": "time"}
    assert not profile_of([counts], kinds).columns
    assert not profile_of([], kinds).columns
    learned = profile(rows(500), {"price": "number", "city": "category"})
    assert list(counts_in(learned, counts).columns) == ["city"]
    without = counts.filter(pc.not_equal(counts["column"], "city"))
    assert list(profile_of([counts, without], KINDS).columns) == [
        "price",
        "wide",
        "adults",
        "flag",
        "at",
    ]


def many(values: list[object], kind: pa.DataType) -> pa.Table:
    return pa.table({"_row": np.arange(len(values)), "x": pa.array(values, kind)})


@pytest.mark.parametrize("batch", [40, 1_000])
def test_too_many_values_are_not_kept(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(grid_column, "MOST_VALUES", 100)
    whole = many([*range(90), None, *range(50), *range(-3, 200)], pa.int64())
    counts = gridded(whole, batch)
    assert set(counts["holds"].to_pylist()) == {"number"}
    assert counts["value"].null_count == counts.num_rows
    assert counts.equals(gridded(whole.set_column(1, "x", whole["x"].cast(pa.float64()))))
    text = many([f"note {n}" for n in range(101)] + [None, "note 1"], pa.string())
    counts = gridded(text, batch)
    assert set(counts["holds"].to_pylist()) == {"many"}
    assert counts["value"].null_count == counts.num_rows
    assert total(counts, "x") == 103
    assert not profile_of([counts], {"x": "category"}).columns


@pytest.mark.parametrize(("kind", "holds"), [(pa.int64(), "number"), (pa.string(), "many")])
def test_a_part_that_tells_less_makes_the_sum_tell_less(
    monkeypatch: pytest.MonkeyPatch, kind: pa.DataType, holds: str
) -> None:
    few, several = many([str(n) if kind == pa.string() else n for n in [1, 2, None, 2]], kind), list(range(150))
    more = many([str(n) if kind == pa.string() else n for n in several], kind)
    whole = gridded(few)
    monkeypatch.setattr(grid_column, "MOST_VALUES", 100)
    less = gridded(more)
    assert merge([whole, less]).equals(merge([less, whole]))
    assert set(merge([whole, less])["holds"].to_pylist()) == {holds}
    assert merge([whole, less]).equals(merge([merge([less, whole]), gridded(few.slice(0, 0))]))
    assert total(merge([whole, less]), "x") == 154


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        (pa.array([1, 255, None], pa.uint8()), "whole"),
        (pa.array([2**64 - 1, 2**64 - 2, None], pa.uint64()), "whole"),
        (pa.array([-(2**63), 2**63 - 1, None], pa.int64()), "number"),
        (pa.array([-(2**63), 5 - 2**63, None], pa.int64()), "whole"),
        (pa.array([Decimal("1.5"), Decimal("-2.5"), None]), "number"),
        (pa.array([1.5, float("nan"), None], pa.float32()), "number"),
        (pa.array([date(2026, 1, 5), date(2026, 1, 6), None]), "time"),
        (pa.array(["a", "b", None], pa.large_string()), "text"),
        (pa.array(["a", "b", None]).dictionary_encode(), "text"),
        (pa.DictionaryArray.from_arrays([0, 1, 2], ["a", "unused", None]), "text"),
        (pa.array([1, 2, None]).dictionary_encode(), "whole"),
    ],
)
def test_every_type_that_can_be_a_feature_is_counted_as_its_rows_are(values: pa.Array, holds: str) -> None:
    table = pa.table({"_row": [0, 1, 2], "x": values})
    counts = gridded(table)
    assert set(counts["holds"].to_pylist()) == {holds}
    kind: Kind = {"whole": "number", "number": "number", "time": "time", "text": "category"}[holds]  # type: ignore[assignment]
    reference = profile_of([counts], {"x": kind})
    by_row = count(Profile(reference.columns), table)
    assert reference.columns["x"].counts.sum(axis=0).tolist() == by_row.columns["x"].counts[0].tolist()


def test_columns_that_are_no_features_are_left_out() -> None:
    odd = pa.table({"_row": [0], "list": [[1]], "raw": [b"x"], "none": pa.nulls(1)})
    assert gridded(odd).equals(SCHEMA.empty_table())


def test_counts_that_move_add_up_where_they_go() -> None:
    table = rows(400)
    made = Grid(table.schema, SLICES)
    expected = Grid(table.schema, SLICES)
    first, second = table.to_batches(max_chunksize=200)
    to = np.array([0, 2, 2])
    made.update(first, np.arange(200) % 3)
    made.move(to)
    for grid_, batch in ((made, second), (expected, first), (expected, second)):
        grid_.update(batch, to[np.arange(200) % 3])
    assert made.table().equals(expected.table())


def drawn(low: float, high: float, size: int = 60_000, seed: int = 0) -> pa.Table:
    return many(list(np.exp(np.random.default_rng(seed).uniform(np.log(low), np.log(high), size))), pa.float64())


@pytest.mark.parametrize(("low", "high", "bits"), [(47.1, 47.8, 12), (1, 2, 11), (1, 2.2, 10), (1, 300, 8)])
def test_cells_are_as_narrow_as_so_many_can_be(low: float, high: float, bits: int) -> None:
    counts = gridded(drawn(low, high))
    assert set(counts["bits"].to_pylist()) == {bits}
    assert (pc.count_distinct(counts["cell"]).as_py() <= MOST_CELLS) == (bits > LEAST_BITS)


@pytest.mark.parametrize(("high", "is_told"), [(2.2, True), (5, True), (300, False)])
def test_a_window_of_wider_cells_is_told_while_the_bins_end_with_them(high: float, is_told: bool) -> None:
    reference = profile_of([gridded(drawn(1, 2.2))], {"x": "number"})
    window = drawn(1, high, seed=1)
    counted = counts_in(reference, gridded(window)).columns
    assert bool(counted) == is_told
    if is_told:
        assert counted["x"].counts.tolist() == count(reference, window).columns["x"].counts.tolist()


def test_whole_numbers_are_told_apart_however_great_and_whatever_the_bins() -> None:
    years = many([2014] * 60 + [2015] * 40 + [None], pa.int64())
    reference = profile_of([gridded(years)], {"x": "number"})
    assert reference.columns["x"].edges[1:].tolist() == [2014, 2015]
    by_row = profile(many(list(range(100_000, 103_000)), pa.int64()), {"x": "number"})
    window = many([99_999, 100_001, 102_998, 103_001, None], pa.int64())
    told, expected = (each.columns["x"] for each in (counts_in(by_row, gridded(window)), count(by_row, window)))
    assert told.counts.tolist() == expected.counts.tolist()


def test_counts_of_parts_with_other_cells_add_up_to_those_of_all() -> None:
    parts = [drawn(1, 1.1), drawn(1, 2.2, seed=1), drawn(0.001, 1000, seed=2)]
    assert merge([gridded(part) for part in parts]).equals(gridded(pa.concat_tables(parts)))
