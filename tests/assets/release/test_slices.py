from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from assets.release.slices import MISSING, REST, cut


def _cut(values, kind=None):
    return cut(pa.chunked_array([pa.array(values, kind)]))


COLUMNS = {
    "numbers": list(np.linspace(0, 1, 200)),
    "numbers with gaps": [None if i % 7 == 0 else i for i in range(200)],
    "mostly zero": [0] * 180 + list(range(20)),
    "words": [f"w{i % 33}" for i in range(200)],
    "days": [date(2020, 1, 1 + i % 28) for i in range(200)],
    "times": [datetime(2020, 1, 1 + i % 28, i % 24, tzinfo=UTC) for i in range(200)],
    "decimals": [Decimal(i) / 8 for i in range(200)],
    "nothing": [None] * 200,
    "close together": [1e6 + i / 1000 for i in range(200)],
    "one day": [datetime(2020, 1, 1, i // 60, i % 60, tzinfo=UTC) for i in range(200)],
    "reserved words": [(REST, MISSING, f"w{i % 40}")[i % 3] for i in range(200)],
    "flags": [None if i % 9 == 0 else i % 2 == 0 for i in range(200)],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_row_is_in_exactly_one_slice(name):
    slices = _cut(COLUMNS[name])
    rows = np.concatenate(list(slices.values()))
    assert sorted(rows) == list(range(200))
    assert all(len(each) for each in slices.values())


def test_numbers_are_cut_in_five_bins_of_equal_counts():
    slices = _cut([float(i) for i in range(100)])
    assert list(slices) == ["0 to 18", "19 to 38", "39 to 58", "59 to 78", "79 to 99"]
    assert {len(rows) for rows in slices.values()} <= {19, 20, 21}


def test_a_number_that_fills_most_rows_has_a_bin_of_its_own():
    assert list(_cut(COLUMNS["mostly zero"])) == ["0", "1 to 19"]


def test_days_are_named_as_days():
    assert next(iter(_cut(COLUMNS["days"]))).startswith("2020-01-01 to 2020-01-0")


def test_few_whole_numbers_are_categories():
    assert set(_cut([1, 2, 3, 3])) == {"1", "2", "3"}


def test_keeps_the_commonest_twenty_categories():
    values = [f"w{i:02d}" for i in range(25) for _ in range(30 - i)]
    slices = _cut(values)
    assert list(slices) == [*(f"w{i:02d}" for i in range(20)), REST]
    assert len(slices[REST]) == sum(30 - i for i in range(20, 25))


def test_missing_values_are_a_slice_and_so_is_a_value_spelled_like_it():
    assert {name: list(rows) for name, rows in _cut(["a", None, "a"]).items()} == {"a": [0, 2], MISSING: [1]}


def test_dictionaries_are_read_as_their_values():
    column = pa.chunked_array([pa.array(["b", "a", "b"]).dictionary_encode()])
    assert {name: list(rows) for name, rows in cut(column).items()} == {"b": [0, 2], "a": [1]}


def test_flags_are_spelled_as_in_the_declaration():
    assert set(_cut([True, False])) == {"true", "false"}


def test_names_get_longer_where_short_ones_would_be_equal():
    assert next(iter(_cut(COLUMNS["close together"]))) == "1000000.0 to 1000000.038"
    assert next(iter(_cut(COLUMNS["one day"]))) == "2020-01-01T00:00:00 to 2020-01-01T00:38:00"
