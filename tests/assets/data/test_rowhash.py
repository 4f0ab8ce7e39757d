from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipelines.hotel_cancellations
from assets.data.rowhash import occurrence, row_hash, uniform

PINNED = ["c59b8db62b803666173667eb8387a885", "80d4013db6754c17a4e1e3e8ecec8005"]
BOOKINGS = Path(pipelines.hotel_cancellations.__file__).parent / "bookings.parquet"


def same(left: pa.Table, right: pa.Table) -> bool:
    return bool(np.array_equal(row_hash(left), row_hash(right)))


def test_stays_what_it_is():
    rows = pa.table({"n": [1, None], "x": [0.5, float("nan")], "s": ["a", "é"], "d": [date(2015, 7, 1), None]})
    assert [f"{high:016x}{low:016x}" for high, low in row_hash(rows).tolist()] == PINNED


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([3, 4], [3.0, 4.0]),
        ([1, 0], [True, False]),
        (pa.array([3, 4], pa.int8()), [3, 4]),
        (["a", "b"], pa.array(["a", "b"]).dictionary_encode()),
        (["a", None], pa.array(["a", None], pa.large_string())),
        ([date(2015, 7, 1)], [datetime(2015, 7, 1)]),  # noqa: DTZ001
        ([0.0], [-0.0]),
    ],
)
def test_equal_values_of_other_types_are_equal(left, right):
    assert same(pa.table({"a": left}), pa.table({"a": right}))


def test_columns_count_by_name_and_an_empty_one_not_at_all():
    rows = pa.table({"a": [1, 2], "b": ["x", "y"]})
    assert same(rows, rows.select(["b", "a"]))
    assert same(rows, rows.append_column("new", pa.nulls(2)))
    assert not same(rows, rows.rename_columns(["a", "c"]))
    assert not same(pa.table({"a": [1], "b": [2]}), pa.table({"a": [2], "b": [1]}))


def test_other_salt_other_hashes():
    rows = pa.table({"a": list(range(1000))})
    assert not np.isin(row_hash(rows), row_hash(rows, salt="x")).any()


@pytest.mark.parametrize(
    "values", [[0.1, 0.2], [1.5, float("nan")], ["", None], [b"a", b"b"], [[1], [2]], [1e300, 1e301]]
)
def test_different_values_differ(values):
    hashes = row_hash(pa.table({"a": values}))
    assert not np.array_equal(hashes[0], hashes[1])


def test_chunks_and_slices_make_no_difference():
    rows = pq.read_table(BOOKINGS).slice(0, 3000)
    parts = pa.concat_tables([rows.slice(0, 1000), rows.slice(1000)])
    assert same(rows, parts)
    assert np.array_equal(row_hash(rows)[500:700], row_hash(rows.slice(500, 200)))


def test_finds_the_real_repeats():
    rows = pq.read_table(BOOKINGS)
    repeats = int((occurrence(row_hash(rows)) > 0).sum())
    assert repeats == int(rows.to_pandas().duplicated().sum()) == 31_994


def test_occurrence_counts_equal_rows_before():
    assert occurrence(row_hash(pa.table({"a": [7, 8, 7, 7, 8]}))).tolist() == [0, 0, 1, 2, 1]
    assert occurrence(row_hash(pa.table({"a": pa.array([], pa.int64())}))).tolist() == []


def test_uniforms_fill_the_unit_interval_evenly():
    uniforms = uniform(row_hash(pa.table({"a": list(range(100_000))})))
    assert 0 <= uniforms.min() <= uniforms.max() < 1
    counts, _ = np.histogram(uniforms, bins=20, range=(0, 1))
    assert np.abs(counts - 5_000).max() < 5 * np.sqrt(5_000)
