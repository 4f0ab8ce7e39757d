import json
import math
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipelines.hotel_cancellations
from assets.data import conform as conform_module
from assets.data import encode as encode_module
from assets.data.encode import encode
from assets.data.target import Target
from assets.data.transform import Features, fit
from pipelines.hotel_cancellations.features import arrival_date

BOOKINGS = Path(pipelines.hotel_cancellations.__file__).parent / "bookings.parquet"
NUMBER = {"column": "n", "mean": 10.0, "scale": 2.0, "low": None, "high": None, "indicator": False}


def state(**features: list) -> dict:
    return {"number": [], "category": [], "time": [], **features}


def numbers(values: list, **more: object) -> list:
    return encode(pa.table({"n": values}), state(number=[{**NUMBER, **more}]))[0].tolist()


def codes(values: object) -> list:
    return encode(pa.table({"c": values}), state(category=[{"column": "c", "values": ["10", "9", "a"]}]))[1][
        :, 0
    ].tolist()


def test_numbers_are_standardised_and_missing_ones_are_the_mean():
    assert numbers([12.0, 8.0, None, float("nan"), float("inf")]) == [[1.0], [-1.0], [0.0], [0.0], [0.0]]


def test_an_indicator_says_what_is_missing():
    assert numbers([12, None], indicator=True) == [[1.0, 0.0], [0.0, 1.0]]


def test_numbers_are_drawn_in_where_asked():
    assert numbers([12.0, 99.0, -99.0], low=8.0, high=13.0) == [[1.0], [1.5], [-1.0]]


@pytest.mark.parametrize(
    "values", [[True, False], [1, 0], [1.0, 0.0], pa.array([1, 0], pa.decimal128(5, 2)), pa.array([1, 0], pa.uint8())]
)
def test_numbers_may_come_in_any_type(values):
    assert numbers(values, mean=0.0, scale=1.0) == [[1.0], [0.0]]


def test_categories_have_codes_and_so_have_unseen_and_missing():
    assert codes(["a", "9", "b", None]) == [4, 3, 0, 1]


@pytest.mark.parametrize(
    "values",
    [
        [9.0, 10.0, 1.5, None],
        [9, 10, 11, None],
        pa.array(["9", "10", "x", None]).dictionary_encode(),
        pa.array([9.0, 10.0, 1.5, float("nan")]),
    ],
)
def test_categories_may_come_in_any_type(values):
    assert codes(values) == [3, 2, 0, 1]


def test_times_are_phases():
    times = {"column": "t", "parts": ["month", "day_of_week", "day_of_year", "hour"]}
    given = [datetime(2015, 4, 5, 6), datetime(2016, 1, 4), None]  # noqa: DTZ001
    encoded, _ = encode(pa.table({"t": given}), state(time=[times]))
    spring = math.tau * (31 + 28 + 31 + 4) / 366
    expected = [1, 0, math.sin(math.tau * 6 / 7), math.cos(math.tau * 6 / 7), math.sin(spring), math.cos(spring), 1, 0]
    assert encoded[0].tolist() == pytest.approx(expected, abs=1e-6)
    assert encoded[2].tolist() == [0.0] * 8


@pytest.mark.parametrize(
    "given", [[date(2015, 4, 5)], [datetime(2015, 4, 5, tzinfo=UTC)], pa.array([date(2015, 4, 5)], pa.date64())]
)
def test_times_may_come_in_any_type(given):
    times = {"column": "t", "parts": ["month", "day_of_week"]}
    expected = [1, 0, math.sin(math.tau * 6 / 7), math.cos(math.tau * 6 / 7)]
    assert encode(pa.table({"t": given}), state(time=[times]))[0][0].tolist() == pytest.approx(expected, abs=1e-6)


def test_the_order_is_numbers_times_categories():
    rows = pa.table({"c": ["a"], "t": [None], "n": [12.0]}).cast(
        pa.schema([("c", pa.string()), ("t", pa.date32()), ("n", pa.float64())])
    )
    full = state(
        number=[{**NUMBER, "indicator": True}],
        time=[{"column": "t", "parts": ["month"]}],
        category=[{"column": "c", "values": ["a"]}],
    )
    number, category = encode(rows, full)
    assert (number.dtype, category.dtype) == (np.float32, np.int32)
    assert number.tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert category.tolist() == [[2]]
    assert number.flags.c_contiguous


def test_no_features_and_no_rows_keep_their_shape():
    number, category = encode(pa.table({"x": [1, 2]}), state())
    assert (number.shape, category.shape) == ((2, 0), (2, 0))
    assert encode(pa.table({"n": pa.array([], pa.float64())}), state(number=[NUMBER]))[0].shape == (0, 1)


def test_a_row_is_encoded_alike_alone_and_among_others_bit_for_bit():
    rows = arrival_date(pq.read_table(BOOKINGS).slice(0, 1000))
    fitted = fit(rows, Features(clip=0.01, never={"reservation_status": "label"}), Target(column="is_canceled"))
    number, category = encode(rows, fitted)
    for start, length in ((0, 1), (17, 2), (3, 257), (999, 1)):
        some_number, some_category = encode(rows.slice(start, length), fitted)
        assert some_number.tobytes() == number[start : start + length].tobytes()
        assert some_category.tobytes() == category[start : start + length].tobytes()
    shuffled = rows.select(sorted(rows.column_names))
    assert encode(shuffled, json.loads(json.dumps(fitted)))[0].tobytes() == number.tobytes()


@pytest.mark.parametrize("module", [encode_module, conform_module])
def test_packaged_modules_run_without_anything_of_ours(module):
    source = Path(module.__file__).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    allowed = ("collections.abc", "math", "typing", "numpy", "pyarrow")
    assert all(line.split()[1].startswith(allowed) for line in imports)
    exec(compile(source, "packaged", "exec"), {"__name__": "packaged"})


def test_refuses_a_missing_column():
    with pytest.raises(KeyError, match="n"):
        encode(pa.table({"x": [1]}), state(number=[NUMBER]))


def test_absurd_numbers_stay_finite():
    assert numbers([1e300, -1e300]) == [[1e6], [-1e6]]
