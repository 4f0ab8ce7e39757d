import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from assets.versions.statistics import Statistics


def statistics(table, rows=2, **options):
    found = Statistics(table.schema, **options)
    for batch in table.to_batches(max_chunksize=rows):
        found.update(batch)
    return found.result()


def test_numbers_have_range_moments_and_commonest_values():
    values = [1.0, 2.0, 2.0, 5.0, None]
    found = statistics(pa.table({"a": values}))["a"]
    assert found["rows"] == 5
    assert found["nulls"] == 1
    assert (found["minimum"], found["maximum"]) == (1, 5)
    assert found["mean"] == pytest.approx(2.5)
    assert found["deviation"] == pytest.approx(np.std([1, 2, 2, 5]))
    assert found["distinct"] == 3
    assert found["top"][0] == [2, 2]


def test_what_is_not_finite_is_counted_and_left_out():
    found = statistics(pa.table({"a": [float("nan"), float("inf"), 3.0, -float("inf"), 1.0]}))["a"]
    assert (found["nan"], found["infinite"]) == (1, 2)
    assert (found["minimum"], found["maximum"], found["mean"]) == (1, 3, 2)


def test_texts_dictionaries_days_and_flags_are_counted():
    day = dt.date(2015, 7, 1)
    table = pa.table(
        {
            "text": ["b", "a", "b"],
            "category": pa.array(["b", "a", "b"]).dictionary_encode(),
            "day": [day, None, day],
            "flag": [True, False, True],
            "list": [[1], None, [2]],
        }
    )
    found = statistics(table)
    assert found["text"]["top"] == found["category"]["top"] == [["b", 2], ["a", 1]]
    assert found["day"]["minimum"] == "2015-07-01"
    assert found["flag"]["top"] == [[True, 2], [False, 1]]
    assert set(found["list"]) == {"type", "rows", "nulls"}


def test_too_many_values_are_not_counted_out():
    found = statistics(pa.table({"a": [str(number) for number in range(1001)]}), rows=100)["a"]
    assert "distinct" not in found
    assert "top" not in found
    assert statistics(pa.table({"a": [str(number) for number in range(1000)]}), rows=100)["a"]["distinct"] == 1000


def test_moments_are_stable_far_from_zero():
    numbers = np.random.default_rng(0).normal(1e9, 1.0, 10_000)
    found = statistics(pa.table({"a": numbers}), rows=1000)["a"]
    assert found["deviation"] == pytest.approx(numbers.std(), rel=1e-6)


def test_a_sensitive_column_shows_no_value():
    found = statistics(pa.table({"name": ["Ada", None], "age": [3, 4]}), sensitive={"name"})
    assert found["name"] == {"type": "string", "rows": 2, "nulls": 1}
    assert found["age"]["maximum"] == 4


def test_an_empty_table_has_figures():
    assert statistics(pa.table({"a": pa.array([], pa.float64())}))["a"] == {"type": "double", "rows": 0, "nulls": 0}


def test_times_that_python_does_not_have_are_counted_as_others_are():
    far = pa.array([253402300800 * 10**6, 5, None, -(10**17), 5], pa.timestamp("us"))
    days = pa.array([2_932_897, -(10**6), 0, None, 0], pa.int32()).view(pa.date32())
    found = statistics(pa.table({"at": far, "day": days}))
    assert (found["at"]["minimum"], found["at"]["maximum"]) == (
        "-1199-02-15 14:13:20.000000",
        "10000-01-01 00:00:00.000000",
    )
    assert found["at"]["top"][0] == ["1970-01-01 00:00:00.000005", 2]
    assert (found["day"]["minimum"], found["day"]["maximum"]) == ("-0768-02-04", "10000-01-01")
    assert (found["day"]["distinct"], found["day"]["nulls"]) == (3, 1)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        (pa.duration("s"), ("0:00:01", "0:00:03")),
        (pa.float16(), (1.0, 3.0)),
        (pa.decimal32(5, 2), ("1.00", "3.00")),
        (pa.decimal64(12, 2), ("1.00", "3.00")),
    ],
)
def test_types_with_which_arrow_does_not_count_have_figures(kind, ends):
    found = statistics(pa.table({"a": pa.array([3, 1, None, 1], kind)}))["a"]
    assert (found["type"], found["minimum"], found["maximum"]) == (str(kind), *ends)
    assert (found["distinct"], found["top"][0]) == (2, [ends[0], 2])
