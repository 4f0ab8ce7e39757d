import pyarrow as pa
import pytest

from data_checks.row_hashes import row_hashes, value_codes


def test_equal_rows_have_equal_numbers_and_others_do_not():
    rows = pa.table({"a": [1, 1, 2, None, None], "b": ["x", "x", "x", None, "x"], "c": [0.5, 0.5, 0.5, 0.5, None]})
    hashes = row_hashes(rows)
    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 4


def test_swapped_values_are_another_row():
    one, other = row_hashes(pa.table({"a": [1, 2], "b": [2, 1]}))
    assert one != other


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None, "a", "b"]),
        pa.array(["a", None, "a", "b"]).dictionary_encode(),
        pa.array([1, None, 1, 2]),
        pa.array([[1], None, [1], [2]]),
    ],
)
def test_numbers_values_with_missing_ones_apart(column):
    assert value_codes(pa.chunked_array([column])).tolist() == [0, -1, 0, 1]


def test_numbers_values_across_chunks():
    assert value_codes(pa.chunked_array([["a"], ["b", "a"]])).tolist() == [0, 1, 0]
    assert value_codes(pa.chunked_array([], pa.string())).tolist() == []
