"""Deviations in which the order of additions tells: of constant columns, and of numbers that hardly differ."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pytest

from data_checks.expectation_library import found_by_library
from data_checks.expectations import Examination, Expectation, Repeats

STDEV = "expect_column_stdev_to_be_between"
NUMBERS = {
    "whole": [5] * 40,
    "one row": [0.1],
    "two rows": [0.1] * 2,
    "tenth": [0.1] * 1000,
    "price": [123456789.123] * 1003,
    "great": [1e300] * 21,
    "zero": [0.0] * 9,
    "beyond floats": [2**62 + 1] * 100,
    "gaps": [9.99, None, 9.99, float("nan"), *[9.99] * 200, *[None] * 30],
    "whole gaps": [7, None, *[7] * 100],
    "infinite": [float("inf")] * 40,
    "both infinities": [float("inf"), 1.0, -float("inf")] * 9,
    "nothing": [None, None],
    "constant, then near": [*[2.0**40] * 100, 2.0**40 + 1, *[2.0**40] * 50],
    "constant and gaps, then near": [0.1, None, *[0.1] * 100, 0.1 + 2**-50, *[0.1] * 50, None],
    "constant, then another": [*[0.1] * 33, *[0.1 + 2**-50] * 33, *[0.1] * 33],
    "constant, then far": [*[0.1] * 100, 7.0],
}


def examined(rows: pa.Table, asked: Expectation, size: int):
    repeats = Repeats([asked], rows.schema)
    examination = Examination([asked], rows.schema, repeats=repeats)
    for start in range(0, rows.num_rows, size):
        examination.look(rows.slice(start, size))
    (result,) = examination.results()
    return result


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("condition", [None, "odd == 1"])
@pytest.mark.filterwarnings("ignore:overflow encountered")  # numpy on squares, within the library
@pytest.mark.filterwarnings("ignore:invalid value encountered")  # numpy on infinity, within the library
def test_a_deviation_is_the_librarys_own(name, condition):
    kind = pa.float64() if any(isinstance(value, float) for value in NUMBERS[name]) else pa.int64()
    numbers = pa.array(NUMBERS[name], kind)
    rows = pa.table({"n": numbers, "odd": [place % 3 % 2 for place in range(len(numbers))]})
    bounds = [{"max_value": 0}, {"min_value": 0, "strict_min": True}]
    for more in bounds:
        arguments = {"column": "n", **more, **({"row_condition": condition} if condition else {})}
        asked = Expectation.model_validate({STDEV: arguments})
        ours, (theirs,) = examined(rows, asked, 11), found_by_library(rows, [asked])
        figure = theirs.raw["result"].get("observed_value")
        assert (ours.success, ours.error, ours.way) == (theirs.raw["success"], "", "one pass")
        if name == "constant, then far":
            assert ours.observed == pytest.approx(figure, rel=1e-12)
        else:
            assert ours.observed == figure


@pytest.mark.parametrize("number", [5.0, 0.1])
def test_memory_does_not_grow_with_a_constant_column(number):
    asked = Expectation.model_validate({STDEV: {"column": "n", "max_value": 1}})
    schema = pa.schema({"n": pa.float64()})
    examination = Examination([asked], schema, repeats=Repeats([asked], schema))
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    for _ in range(100):
        examination.look(pa.table({"n": np.full(10_000, number)}))
    assert tracemalloc.get_traced_memory()[0] < 500_000
    assert pa.total_allocated_bytes() - before < 100_000
    assert examination.results()[0].success
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
