import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.preprocess import Contract
from assets.data.repeats import Read
from assets.release.new_rows import NewCounts, expectations_on, judge, typed
from data_checks.grid import gridded, rows_in
from data_checks.named_function import FunctionError

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


def always(batches: list[pa.RecordBatch]) -> Read:
    return lambda columns: [batch.select(columns) for batch in batches] if columns else batches


def rows(*sizes: float | str) -> list[pa.RecordBatch]:
    places = list(range(len(sizes)))
    return pa.table({"_row": places, "size": sizes, "place": ["hill"] * len(sizes)}).to_batches()


def test_single_rows_of_columns_that_are_read_are_judged(contract: Contract) -> None:
    assert expectations_on(contract.expectations, READ) == contract.expectations[:2]


def test_rows_that_keep_all_pass(contract: Contract) -> None:
    verdict = judge(always(rows(50.0, 150.0)), contract, derive=None, read=READ, refused=0)
    assert (verdict.passed, verdict.severity) == (True, "warning")
    assert verdict.summary == (
        "2 new rows break none of 2 expectations on columns that the model reads; 4 others ask for more than single "
        "rows of such columns"
    )


def test_rows_that_break_one_are_told_and_block_nothing(contract: Contract) -> None:
    verdict = judge(always(rows(50.0, 150.0, 500.0)), contract, derive=None, read=READ, refused=0)
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.summary.startswith(
        "predictions are of 3 rows that break 1 of 2 expectations on columns that the model reads: "
    )
    assert verdict.summary.endswith("; every row that is not refused is scored all the same, look at predict.source")
    assert len(verdict.evidence) == 2


def test_refused_rows_are_told(contract: Contract) -> None:
    verdict = judge(always(rows("50", "x", "y")), contract, derive=None, read=READ, refused=2)
    assert verdict.summary.startswith("3 new rows, 2 of them refused by the serving contract, break none of 2 ")


def test_derived_columns_are_judged(contract: Contract) -> None:
    def halved(table: pa.Table) -> pa.Table:
        return table.append_column("half", pc.divide(table["size"], 2.0))

    each = {"expect_column_values_to_be_between": {"column": "half", "min_value": 40}}
    contract = Contract.model_validate_json(json.dumps({"expectations": [each]}))
    verdict = judge(always(rows(50.0, 150.0)), contract, derive=halved, read=frozenset({"half"}), refused=0)
    assert not verdict.passed
    assert "1 of 2" in verdict.summary


def test_says_that_nothing_was_judged(contract: Contract) -> None:
    verdict = judge(always(rows(1.0)), contract, derive=None, read=frozenset({"other"}), refused=0)
    assert verdict.passed
    assert verdict.summary == (
        "nothing was judged: none of 6 expectations asks for single rows of columns that the model reads"
    )


def test_typed_rows_are_those_that_keep_the_types_of_the_contract(contract: Contract) -> None:
    table = pa.Table.from_batches(rows("50", "x", "60"))
    kept = typed(table, contract, None)
    assert kept["_row"].to_pylist() == [0, 2]
    assert kept["size"].to_pylist() == [50.0, 60.0]


@pytest.mark.parametrize("batch", [1, 7, 40])
def test_new_rows_are_counted_as_they_pass_typed_and_derived(contract: Contract, batch: int) -> None:
    def halved(table: pa.Table) -> pa.Table:
        return table.append_column("half", pc.divide(table["size"].cast(pa.float64(), safe=False), 2.0))

    table = pa.table({"_row": range(40), "size": [*range(39), None], "place": ["hill", "shore"] * 20})
    counting = NewCounts({"size", "half", "gone"}, contract, lambda: halved, report=pytest.fail)
    passed = list(counting.along(table.to_batches(max_chunksize=batch)))
    assert pa.Table.from_batches(passed).equals(table)
    counts = counting.table()
    assert counts is not None
    assert counts.equals(gridded(typed(table, contract, halved).select(["size", "half"])))
    assert rows_in(counts) == 39


def test_derived_columns_that_change_their_type_are_not_counted(contract: Contract) -> None:
    def changing(table: pa.Table) -> pa.Table:
        return table.append_column("odd", table["size"] if table["_row"][0].as_py() else table["place"])

    counting = NewCounts({"size", "odd"}, contract, lambda: changing, report=pytest.fail)
    whole = pa.Table.from_batches(rows(50.0, 60.0, 70.0))
    assert len(list(counting.along(whole.to_batches(max_chunksize=1)))) == 3
    assert counting.table() is None


@pytest.mark.parametrize("raised", [FunctionError, TimeoutError])
def test_a_derived_column_that_fails_stops_no_scoring(contract: Contract, raised: type[Exception]) -> None:
    asked: list[int] = []

    def failing(table: pa.Table) -> pa.Table:
        asked.append(table["_row"][0].as_py())
        if asked[-1]:
            raise raised("derive.use fails")
        return table

    said: list[str] = []
    counting = NewCounts({"size"}, contract, lambda: failing, report=said.append)
    whole = pa.Table.from_batches(rows(50.0, 60.0, 70.0))
    assert pa.Table.from_batches(counting.along(whole.to_batches(max_chunksize=1))).equals(whole)
    assert counting.table() is None
    assert said == ["new rows are not counted, and drift reads them instead: derive.use fails"]
    assert asked == [0, 1]
