from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from assets.data.conform import ConformError, conform

NAN, INF = float("nan"), float("inf")


def conformed(values: list, kind: str, *, given: pa.DataType | None = None, nullable: bool = True) -> tuple:
    table = pa.table({"x": pa.array(values, given)})
    rows, reasons = conform(table, {"x": {"type": kind, "nullable": nullable}})
    return rows["x"].to_pylist(), reasons


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("integer", [1, None], [1, None]),
        ("integer", [1.0, NAN, None], [1, None, None]),
        ("integer", ["12", " 7 ", "3.0", None], [12, 7, 3, None]),
        ("integer", [2**60 + 1], [2**60 + 1]),
        ("integer", [str(2**60 + 1), "x1"[1:]], [2**60 + 1, 1]),
        ("integer", [True, False], [1, 0]),
        ("integer", [Decimal("4.00")], [4]),
        ("integer", [None, None], [None, None]),
        ("number", [1, 2], [1.0, 2.0]),
        ("number", [2**60 + 1], [float(2**60 + 1)]),
        ("number", ["1e3", " -0.5", None], [1000.0, -0.5, None]),
        ("number", [Decimal("0.25")], [0.25]),
        ("number", [NAN, 1.0], [None, 1.0]),
        ("boolean", [True, None], [True, None]),
        ("boolean", [1, 0], [True, False]),
        ("boolean", [1.0, NAN], [True, None]),
        ("boolean", ["Yes", "FALSE", "t", "0"], [True, False, True, False]),
        ("category", ["a", "", None], ["a", "", None]),
        ("category", [9, 10], ["9", "10"]),
        ("category", [9.0, None, 2.5, NAN], ["9", None, "2.5", None]),
        ("category", [True], ["true"]),
        ("category", [date(2015, 7, 1)], ["2015-07-01"]),
        ("text", ["a"], ["a"]),
        ("date", ["2015-07-01", "2015-07-01 12:30:00", "2015-07-01T12:30:00Z"], [date(2015, 7, 1)] * 3),
        ("date", [date(2015, 7, 1), None], [date(2015, 7, 1), None]),
        ("timestamp", ["2015-07-01", "2015-07-01T12:30:00"], [datetime(2015, 7, 1), datetime(2015, 7, 1, 12, 30)]),  # noqa: DTZ001
        ("timestamp", ["2015-07-01T12:30:00+02:00"], [datetime(2015, 7, 1, 10, 30)]),  # noqa: DTZ001
        ("timestamp", [datetime(2015, 7, 1, 10, 30, tzinfo=UTC)], [datetime(2015, 7, 1, 10, 30, tzinfo=UTC)]),
        ("timestamp", [date(2015, 7, 1)], [datetime(2015, 7, 1)]),  # noqa: DTZ001
    ],
)
def test_reads_values_as_the_type(kind, given, expected):
    values, reasons = conformed(given, kind)
    assert values == expected
    assert reasons == [[] for _ in given]


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        ("integer", [1.5], "x is not an integer"),
        ("integer", ["many"], "x is not an integer"),
        ("integer", [1e300], "x is not an integer"),
        ("integer", [INF], "x is infinite"),
        ("integer", [date(2015, 7, 1)], "x is not an integer"),
        ("number", ["1,5"], "x is not a number"),
        ("number", [-INF], "x is infinite"),
        ("number", ["inf"], "x is infinite"),
        ("boolean", [2], "x is not a boolean"),
        ("boolean", ["maybe"], "x is not a boolean"),
        ("category", [INF], "x is infinite"),
        ("category", [[1, 2]], "x is not a category"),
        ("text", [b"\xff"], "x is not text"),
        ("date", ["July"], "x is not a date"),
        ("date", [20150701], "x is not a date"),
        ("timestamp", ["2015-13-01"], "x is not a timestamp"),
    ],
)
def test_says_what_is_not_of_the_type(kind, given, reason):
    values, reasons = conformed([*given, None], kind)
    assert values == [None, None]
    assert reasons == [[reason], []]


def test_a_missing_value_breaks_a_column_that_may_not_be_null():
    assert conformed([1.0, NAN, None], "number", nullable=False)[1] == [[], ["x is missing"], ["x is missing"]]
    assert conformed([None], "number", given=pa.null(), nullable=False)[1] == [["x is missing"]]


def test_a_wrong_value_is_not_also_missing():
    assert conformed(["a", "1"], "number", nullable=False)[1] == [["x is not a number"], []]


def test_a_row_lists_all_that_it_breaks():
    rows = pa.table({"a": [None, 1], "b": ["x", "1"], "c": [1, 2]})
    table, reasons = conform(rows, {"a": {"type": "integer"}, "b": {"type": "integer"}})
    assert reasons == [["a is missing", "b is not an integer"], []]
    assert table.column_names == ["a", "b", "c"]
    assert table["c"].equals(rows["c"])


def test_whole_numbers_are_one_category_whether_or_not_others_are_null():
    with_null, without = conformed([9.0, None], "category")[0], conformed([9, 240], "category")[0]
    assert with_null[0] == without[0] == "9"


def test_takes_chunks_slices_dictionaries_and_large_types():
    words = pa.chunked_array([pa.array(["1", "2"]), pa.array(["3"])])
    for column in (words, words.cast(pa.large_string()), words.dictionary_encode(), words.cast(pa.string_view())):
        rows, _ = conform(pa.table({"x": column}).slice(1), {"x": {"type": "integer"}})
        assert rows["x"].to_pylist() == [2, 3]


@pytest.mark.parametrize("kind", ["integer", "number", "boolean", "category", "date", "timestamp"])
def test_a_row_is_read_alike_alone_and_among_others(kind):
    values = [str(number) for number in range(300)] + ["x", None, "2015-07-01", "2015-07-01T12:00:00Z", "1.0"]
    rows = pa.table({"x": values})
    rules = {"x": {"type": kind}}
    whole, reasons = conform(rows, rules)
    for place in (0, 299, 300, 301, 302, 303, 304):
        alone, reason = conform(rows.slice(place, 1), rules)
        assert alone["x"].to_pylist() == whole["x"].slice(place, 1).to_pylist()
        assert reason == [reasons[place]]


def test_no_rows_are_no_trouble():
    kinds = ("integer", "number", "boolean", "category", "text", "date", "timestamp")
    rows = pa.table({kind: pa.array([], pa.string()) for kind in kinds})
    table, reasons = conform(rows, {kind: {"type": kind} for kind in kinds})
    assert (table.num_rows, reasons) == (0, [])


def test_many_wrong_values_stay_quick():
    values = [f"{number} euro" for number in range(50_000)]
    assert all(conformed(values, "number")[1])


def test_refuses_a_missing_column_and_an_unknown_type():
    rows = pa.table({"a": np.arange(2)})
    with pytest.raises(
        ConformError, match=r"contract\.columns names columns that the rows do not have: \['b'\] not in"
    ):
        conform(rows, {"b": {"type": "integer"}})
    with pytest.raises(ConformError, match=r"contract\.columns has an unknown type: 'int' is none of \['boolean', "):
        conform(rows, {"a": {"type": "int"}})
