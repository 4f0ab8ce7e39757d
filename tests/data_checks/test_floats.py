import json
from decimal import Decimal

import pyarrow as pa
import pytest

from assets.data.preprocess import Contract, preprocess
from assets.data.sorting import Outlets
from data_checks.floats import as_floats

CENTS = [Decimal(cents) / 100 for cents in range(-2_000, 2_000)]


@pytest.mark.parametrize("kind", [pa.decimal128(12, 2), pa.decimal256(40, 6), pa.decimal128(18, 9)])
def test_a_decimal_becomes_the_float_that_is_written_so(kind: pa.DataType) -> None:
    assert as_floats(pa.chunked_array([pa.array([*CENTS, None], kind)])).to_pylist() == [*map(float, CENTS), None]


def test_great_and_small_decimals_keep_their_exponent() -> None:
    values = [Decimal("1E+12"), Decimal("-1E+3")]
    assert as_floats(pa.array(values, pa.decimal128(20, -3))).to_pylist() == [1e12, -1e3]


@pytest.mark.parametrize(
    ("held", "kept"),
    [("number", [0.41, 1.0, 1.39]), ("category", ["0.41", "1", "1.39"])],
)
def test_rules_take_a_decimal_for_the_number_that_is_written(held: str, kept: list[object]) -> None:
    prices = [Decimal("0.41"), Decimal("1.00"), Decimal("1.39")]
    rows = pa.table({"price": pa.array(prices, pa.decimal128(12, 2)), "_row": [0, 1, 2]})
    asked = {"expect_column_values_to_be_in_set": {"column": "price", "value_set": kept}}
    contract = Contract.model_validate_json(json.dumps({"columns": {"price": held}, "expectations": [asked]}))
    taken: list[pa.RecordBatch] = []
    done = preprocess(lambda _: rows.to_batches(), contract=contract, derive=None, outlets=Outlets(taken.append))
    assert (done.counts.kept, done.expectations[0].success) == (3, True)
    assert taken[0].column("price").to_pylist() == kept


def test_a_limit_holds_for_the_decimal_that_equals_it() -> None:
    rows = pa.table({"price": pa.array([Decimal("1.39")], pa.decimal128(12, 2)), "_row": [0]})
    asked = {"expect_column_values_to_be_between": {"column": "price", "max_value": 1.39}}
    contract = Contract.model_validate_json(json.dumps({"expectations": [asked]}))
    done = preprocess(lambda _: rows.to_batches(), contract=contract, derive=None, outlets=Outlets())
    assert done.counts.kept == 1
