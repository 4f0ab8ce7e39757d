import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from assets.versions.fingerprint import Fingerprint, UnsupportedTypeError, fingerprint

DAY = dt.date(2015, 7, 1)
COLUMNS = {
    "integer": pa.array([1, None, 3, 4, None]),
    "number": pa.array([1.5, None, float("nan"), float("inf"), -0.0]),
    "half": pa.array(np.array([1, 2, 3, 4, 5], dtype=np.float16)),
    "text": pa.array(["", "a", None, "bc", ""]),
    "bytes": pa.array([b"\x00", None, b"", b"ab", b"c"]),
    "fixed": pa.array([b"ab", None, b"cd", b"ef", b"gh"], pa.binary(2)),
    "flag": pa.array([True, None, False, True, False]),
    "day": pa.array([DAY, None, *(DAY + dt.timedelta(days) for days in (1, 2, 3))]),
    "instant": pa.array([1, None, 3, 4, 5], pa.timestamp("us", "UTC")),
    "price": pa.array([Decimal("1.10"), None, Decimal("2.20"), Decimal("0.00"), Decimal("3.00")]),
    "list": pa.array([[1, None], None, [], [2], [3, 4]]),
    "texts": pa.array([["a", ""], None, [], [None], ["bc"]]),
    "pair": pa.array([[1, 2], None, [3, 4], [5, 6], [7, 8]], pa.list_(pa.int32(), 2)),
    "struct": pa.array([{"x": 1, "y": "a"}, None, {"x": None, "y": "b"}, {"x": 2, "y": None}, {"x": 3, "y": ""}]),
    "map": pa.array([[("a", 1)], None, [], [("b", None)], [("c", 2)]], pa.map_(pa.string(), pa.int64())),
    "nothing": pa.nulls(5),
    "category": pa.array(["a", "b", None, "a", "c"]).dictionary_encode(),
}


def one(values):
    return fingerprint(pa.table({"a": values}))


@pytest.mark.parametrize("name", COLUMNS)
def test_does_not_depend_on_chunks_or_offsets(name):
    table = pa.table({"a": COLUMNS[name]})
    expected = fingerprint(table)
    padded = pa.concat_tables([table, table, table])
    for cuts in ([1, 4], [2, 2, 1], [0, 5, 0], [1, 1, 1, 1, 1]):
        start, pieces = 5, []
        for length in cuts:
            pieces.append(padded.slice(start, length))
            start += length
        assert fingerprint(pa.concat_tables(pieces)) == expected


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"nothing"}))
def test_tells_values_order_nulls_and_length_apart(name):
    values = COLUMNS[name]
    others = [
        values.take([1, 0, 2, 3, 4]),
        values.slice(0, 4),
        values.take([0, 0, 2, 3, 4]),
        values.take([0, 1, 2, 3, 3]),
    ]
    found = {one(values), *map(one, others)}
    assert len(found) == 5


def test_garbage_under_nulls_does_not_count():
    valid = pa.py_buffer(b"\x05")  # rows 0 and 2
    clean = pa.Array.from_buffers(pa.int32(), 3, [valid, pa.py_buffer(np.array([1, 0, 3], "i4").tobytes())])
    dirty = pa.Array.from_buffers(pa.int32(), 3, [valid, pa.py_buffer(np.array([1, 99, 3], "i4").tobytes())])
    assert one(clean) == one(dirty) == one(pa.array([1, None, 3], pa.int32()))
    ends = pa.py_buffer(np.array([0, 1, 3, 4], "i4").tobytes())
    text = pa.Array.from_buffers(pa.string(), 3, [valid, ends, pa.py_buffer(b"aXXb")])
    assert one(text) == one(pa.array(["a", None, "b"]))
    inner = pa.array([1, 2, 3, 4])
    listed = pa.Array.from_buffers(pa.list_(pa.int64()), 3, [valid, ends], children=[inner])
    assert one(listed) == one(pa.array([[1], None, [4]]))
    masked = pa.StructArray.from_arrays([pa.array([1, 2, 3])], names=["x"], mask=pa.array([False, True, False]))
    assert one(masked) == one(pa.array([{"x": 1}, None, {"x": 3}]))


def test_forms_of_the_same_values_are_the_same():
    text = pa.array(["a", None, "b"])
    assert (
        one(text)
        == one(text.cast(pa.large_string()))
        == one(text.dictionary_encode())
        == one(text.cast(pa.string_view()))
    )
    turned = pa.DictionaryArray.from_arrays(pa.array([1, None, 0]), pa.array(["b", "a"]))
    assert one(text) == one(turned)
    lists = pa.array([[1], None])
    assert one(lists) == one(lists.cast(pa.large_list(pa.int64())))
    assert one(pa.array([1.0])) != one(pa.array([1]))


def test_every_nan_is_one_and_zeros_keep_their_sign():
    odd = np.frombuffer(np.array([0x7FF8000000000001], "u8").tobytes(), "f8")
    assert one(pa.array([float("nan")])) == one(pa.array(odd))
    assert one(pa.array([0.0])) != one(pa.array([-0.0]))


def test_names_types_and_order_of_columns_count_and_metadata_does_not():
    table = pa.table({"a": [1], "b": [1]})
    assert fingerprint(table) != fingerprint(table.select(["b", "a"]))
    assert fingerprint(table) != fingerprint(table.rename_columns(["a", "c"]))
    assert fingerprint(table) != fingerprint(table.cast(pa.schema([("a", pa.int32()), ("b", pa.int64())])))
    assert fingerprint(table) == fingerprint(table.replace_schema_metadata({"x": "y"}))


def test_a_boundary_between_texts_counts():
    assert one(pa.array(["ab", "c"])) != one(pa.array(["a", "bc"]))
    assert one(pa.array([[1, 2], [3]])) != one(pa.array([[1], [2, 3]]))
    assert fingerprint(pa.table({"ab": ["c"]})) != fingerprint(pa.table({"a": ["bc"]}))


def test_an_empty_table_has_a_digest_and_no_batch_has_none():
    empty = pa.table({"a": pa.array([], pa.int64())})
    assert fingerprint(empty) == fingerprint(iter([]), empty.schema) == Fingerprint(empty.schema).digest()
    assert fingerprint(empty) != one(pa.array([1]))
    with pytest.raises(ValueError, match=r"fingerprint\.rows holds no batch: .*give the schema"):
        fingerprint([])


def test_refuses_a_type_that_no_version_can_keep():
    ends = pa.RunEndEncodedArray.from_arrays([2], ["a"])
    with pytest.raises(UnsupportedTypeError, match=r"'a', its type run_end_encoded.*cast it before"):
        one(ends)
