import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from assets.data import spill
from assets.data.repeats import Repeated, repeats

NAN = float("nan")


def found(rows: pa.Table, cut: int = 1000) -> Repeated:
    return repeats(lambda columns: (rows if columns is None else rows.select(columns)).to_batches(cut))


def places(rows: pa.Table, cut: int = 1000) -> list[int]:
    return np.flatnonzero(found(rows, cut).among(0, rows.num_rows)).tolist()


def noise(rows: int, seed: int = 0) -> pa.Table:
    draw = np.random.default_rng(seed)
    return pa.table({"a": draw.integers(0, 9, rows), "b": draw.choice(["x", "y"], rows), "_row": range(rows)})


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_finds_what_comparing_every_pair_finds(cut: int) -> None:
    rows = noise(300)
    seen: set[object] = set()
    expected = []
    for place, row in enumerate(rows.drop_columns(["_row"]).to_pylist()):
        if (key := tuple(row.values())) in seen:
            expected.append(place)
        seen.add(key)
    told = found(rows, cut)
    assert (told.rows, told.count, told.first) == (300, len(expected), expected[0])
    assert places(rows, cut) == expected
    assert np.flatnonzero(told.among(13, 100)).tolist() == [place - 13 for place in expected if 13 <= place < 113]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 1], [2]),
        ([1.0, NAN, None, NAN, None], [3, 4]),
        ([0.0, -0.0], [1]),
        ([0, None, None], [2]),
        (["ab", "ba", "", None, "ab", ""], [4, 5]),
        (["same beginning, one middle, same end", "same beginning, two middle, same end"], []),
        ([b"a", b"a\x00", b"a"], [2]),
        ([True, False, True], [2]),
        ([Decimal("1.50"), Decimal("1.5"), Decimal("1.51")], [1]),
        ([[1, 2], [2, 1], [1, 2]], [2]),
        ([dt.date(2015, 7, 1), dt.date(2015, 7, 2), dt.date(2015, 7, 1)], [2]),
        ([dt.time(1, 2, 3), dt.time(1, 2, 3, 4), dt.time(1, 2, 3)], [2]),
        (pa.array([1_000_001, 1_000_002, 1_000_001], pa.timestamp("ns")), [2]),
        (pa.array(["a", "b", None, "a"]).dictionary_encode(), [3]),
    ],
)
def test_values_of_every_type_are_compared_as_they_are(values: Sequence[object], expected: list[int]) -> None:
    assert places(pa.table({"a": values})) == expected


def test_columns_that_seem_to_tell_rows_apart_are_not_all_that_is_compared() -> None:
    head = pa.table({"key": range(500), "value": [0] * 500})
    tail = pa.table({"key": [0, 0, 1, 1], "value": [0, 1, 1, 1]})
    assert places(pa.concat_tables([head, tail]).combine_chunks(), cut=500) == [500, 503]


def test_only_columns_that_are_needed_are_read() -> None:
    rows, read = pa.table({"key": range(5000), "other": [1.5] * 5000, "text": ["a"] * 5000}), []

    def batches(columns: Sequence[str] | None) -> list[pa.RecordBatch]:
        read.append(columns)
        return (rows if columns is None else rows.select(columns)).to_batches(100)

    assert repeats(batches).count == 0
    assert read == [None, ["key"]]


def test_what_does_not_fit_in_memory_waits_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = noise(3000)
    expected = places(rows)
    monkeypatch.setattr(spill, "MEMORY_BYTES", 1000)
    assert places(rows, cut=100) == expected
    assert len(expected) > 2900


def test_no_rows_are_no_trouble() -> None:
    assert found(pa.table({"a": pa.array([], pa.int64())})).count == 0
    assert repeats(lambda _: []).rows == 0
