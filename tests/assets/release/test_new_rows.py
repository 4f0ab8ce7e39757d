import json

import pyarrow as pa
import pytest

from assets.data.preprocess import Contract
from assets.release.new_rows import expectations_on, judge

READ = frozenset({"size", "place"})
EXPECTED = [
    {"expect_column_values_to_be_between": {"column": "size", "min_value": 40, "max_value": 200}},
    {
        "expect_column_values_to_be_in_set": {
            "column": "place",
            "value_set": ["hill"],
            "row_condition": "size > 100",
        }
    },
    {"expect_column_values_to_be_between": {"column": "price", "min_value": 0}},
    {"expect_column_values_to_be_between": {"column": "size", "min_value": 0, "row_condition": "price > 1"}},
    {"expect_column_mean_to_be_between": {"column": "size", "min_value": 100}},
    {"expect_table_row_count_to_be_between": {"min_value": 500}},
]


@pytest.fixture
def contract() -> Contract:
    columns = {"size": "number", "place": "category", "price": "number"}
    return Contract.model_validate_json(json.dumps({"columns": columns, "expectations": EXPECTED}))


def rows(*sizes: float) -> list[pa.RecordBatch]:
    places = list(range(len(sizes)))
    return pa.table({"_row": places, "size": sizes, "place": ["hill"] * len(sizes)}).to_batches()


def test_single_rows_of_columns_that_are_read_are_judged(contract: Contract) -> None:
    assert expectations_on(contract.expectations, READ) == contract.expectations[:2]


def test_rows_that_keep_all_pass(contract: Contract) -> None:
    batches = rows(50.0, 150.0)
    verdict = judge(lambda columns: batches, contract, derive=None, read=READ)
    assert verdict.passed
    assert verdict.severity == "warning"
    assert verdict.summary == (
        "2 new rows keep all 2 expectations on columns that the model reads; 4 others judge no single row or columns "
        "that the model does not read"
    )


def test_rows_that_break_one_are_told_and_block_nothing(contract: Contract) -> None:
    batches = rows(50.0, 150.0, 500.0)
    verdict = judge(lambda columns: batches, contract, derive=None, read=READ)
    assert not verdict.passed
    assert not verdict.blocks
    assert verdict.summary.startswith(
        "predictions are of rows that break 1 of 2 expectations on columns that the model reads, 3 rows were judged: "
    )
    assert verdict.summary.endswith("; they are scored all the same, look at predict.source")
    assert len(verdict.evidence) == 2
