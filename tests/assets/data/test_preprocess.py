import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

import pipelines.hotel_cancellations
from assets.data.conform import ConformError
from assets.data.derive import Derive
from assets.data.preprocess import Contract, Counts, Preprocessed, PreprocessError, judge_expectations
from assets.data.preprocess import preprocess as preprocess_batches
from assets.data.sorting import Outlets
from pipelines.hotel_cancellations.features import arrival_date

BOOKINGS = Path(pipelines.hotel_cancellations.__file__).parent / "bookings.parquet"
BETWEEN = {"expect_column_values_to_be_between": {"column": "price", "min_value": 0, "max_value": 100}}


def contract(**more: object) -> Contract:
    return Contract.model_validate_json(json.dumps(more))


def numbered(rows: pa.Table) -> pa.Table:
    return rows.append_column("_row", pa.array(range(rows.num_rows), pa.int64()))


def raw(**columns: list) -> pa.Table:
    return numbered(pa.table(columns))


@dataclass(frozen=True)
class Done(Preprocessed):
    """The outcome with the rows that were handed on."""

    clean: pa.Table
    quarantine: pa.Table


def preprocess(rows: pa.Table, *, contract: Contract, derive: Derive | None, cut: int = 1000) -> Done:
    clean: list[pa.RecordBatch] = []
    quarantine: list[pa.RecordBatch] = []
    done = preprocess_batches(
        lambda columns: (rows.select(columns) if columns else rows).to_batches(max_chunksize=cut),
        contract=contract,
        derive=derive,
        outlets=Outlets(clean.append, quarantine.append),
    )
    tables = (pa.Table.from_batches(batches) for batches in (clean, quarantine))
    return Done(done.counts, done.expectations, done.kept, done.reasons, done.examples, *tables)


def test_columns_have_a_short_form():
    columns = contract(columns={"a": "number", "b": {"type": "category", "nullable": True, "sensitive": True}}).columns
    assert columns["a"].model_dump() == {"type": "number", "nullable": False, "sensitive": False}
    assert contract(columns={"b": {"type": "text", "sensitive": True}}).sensitive == {"b"}
    with pytest.raises(ValidationError, match="Input should be 'integer', 'number'"):
        contract(columns={"a": "int"})


def test_clean_is_typed_and_quarantine_is_as_it_came():
    rows = raw(price=["1.5", "cheap", "3"], name=["a", "b", "c"])
    done = preprocess(rows, contract=contract(columns={"price": "number"}), derive=None)
    assert done.clean.to_pydict() == {"_row": [0, 2], "price": [1.5, 3.0], "name": ["a", "c"]}
    assert done.quarantine.to_pylist() == [
        {"price": "cheap", "name": "b", "_row": 1, "_reasons": ["price is not a number"]}
    ]
    assert done.quarantine.schema.field("_reasons").type == pa.list_(pa.string())
    assert done.counts == Counts(read=3, kept=2, quarantined=1, duplicates=0, repeated=0)


def test_nothing_to_check_keeps_everything():
    done = preprocess(raw(a=[1, 1]), contract=Contract(), derive=None)
    assert done.clean.to_pydict() == {"_row": [0, 1], "a": [1, 1]}
    assert done.counts == Counts(2, 2, 0, 0, repeated=1)


def test_a_row_lists_every_rule_that_it_breaks():
    rows = raw(price=[-5.0, 50.0, None], name=[None, "b", "c"])
    rules = contract(columns={"price": "number", "name": "category"}, expectations=[BETWEEN])
    done = preprocess(rows, contract=rules, derive=None)
    assert done.quarantine["_reasons"].to_pylist() == [
        ["name is missing", "expect_column_values_to_be_between__price"],
        ["price is missing"],
    ]
    assert done.clean["_row"].to_pylist() == [1]
    assert [result.unexpected_count for result in done.expectations] == [1]


def test_only_critical_row_wise_expectations_quarantine():
    warning = {"expect_column_values_to_be_between": {"column": "price", "max_value": 10, "severity": "warning"}}
    whole = {"expect_column_mean_to_be_between": {"column": "price", "max_value": 0}}
    done = preprocess(raw(price=[50.0, 5.0]), contract=contract(expectations=[warning, whole]), derive=None)
    assert done.counts.kept == 2
    assert [verdict.passed for verdict in judge_expectations(done, contract(expectations=[warning, whole]))] == [
        False,
        False,
    ]


def test_stop_keeps_the_rows_and_fails_the_check():
    rules = contract(expectations=[BETWEEN], rows_that_fail={"action": "stop", "at_most": 0.5})
    done = preprocess(raw(price=[-5.0, 50.0, 60.0]), contract=rules, derive=None)
    assert done.counts.kept == 3
    (verdict,) = judge_expectations(done, rules)
    assert verdict.blocks


def test_whole_columns_are_judged_on_the_rows_that_are_kept():
    mean = {"expect_column_mean_to_be_between": {"column": "price", "min_value": 0, "max_value": 60}}
    rules = contract(expectations=[BETWEEN, mean], rows_that_fail={"at_most": 0.5})
    done = preprocess(raw(price=[900.0, 50.0, 60.0]), contract=rules, derive=None)
    verdicts = judge_expectations(done, rules)
    assert [verdict.passed for verdict in verdicts] == [True, True]
    assert [verdict.check for verdict in verdicts] == [result.check_name for result in done.expectations]


@pytest.mark.parametrize(
    ("mostly", "at_most", "passed"),
    [(None, 0.34, True), (None, 0.3, False), (None, 1, True), (0.6, 0.3, True), (0.7, 0.5, False), (1, 1, False)],
)
@pytest.mark.parametrize("way", ["one pass", "library", "function"])
def test_the_librarys_verdict_is_the_checks_on_either_way(mostly, at_most, passed, way):
    share = {} if mostly is None else {"mostly": mostly}
    rule = {
        "one pass": {"expect_column_values_to_be_between": {"column": "price", "max_value": 100, **share}},
        "library": {"expect_column_values_to_be_json_parseable": {"column": "name", **share}},
        "function": {"expect_rows": {"use": f"{__name__}:is_cheap", "name": "cheap", **share}},
    }[way]
    rules = contract(expectations=[rule], rows_that_fail={"at_most": at_most})
    done = preprocess(raw(price=[900.0, 50.0, 60.0], name=["x", "1", "2"]), contract=rules, derive=None)
    (verdict,) = judge_expectations(done, rules)
    assert (verdict.passed, done.expectations[0].success, verdict.evidence["way"]) == (passed, passed, way)
    assert done.counts.quarantined == 1
    assert "1 of 3 rows fail" in verdict.summary


@pytest.mark.parametrize(("written", "by"), [({}, "rows_that_fail.at_most"), ({"mostly": 0.75}, "mostly")])
def test_a_share_is_told_as_the_one_who_set_it(written, by):
    each = {"expect_column_values_to_be_between": {"column": "a", "max_value": 3, **written}}
    rules = contract(expectations=[each], rows_that_fail={"action": "quarantine", "at_most": 0.25})
    done = preprocess(raw(a=[1, 2, 3, 4]), contract=rules, derive=None)
    (verdict,) = judge_expectations(done, rules)
    assert verdict.summary.endswith(f" and are quarantined; of those it considers at most 25 % may, by {by}")


def is_cheap(rows: pa.Table) -> pa.ChunkedArray:
    return pc.less(rows["price"], 100)


def test_more_failing_rows_than_allowed_are_for_the_check_to_judge():
    rules = contract(expectations=[BETWEEN], rows_that_fail={"at_most": 0.1})
    done = preprocess(raw(price=[-5.0, -6.0, 60.0]), contract=rules, derive=None)
    assert done.counts == Counts(3, 1, 2, 0, repeated=0)
    (verdict,) = judge_expectations(done, rules)
    assert verdict.blocks


def test_repeats_are_dropped_but_for_the_first():
    rows = raw(a=[1, 2, 1, None, None], b=["x", "x", "x", "y", "y"])
    done = preprocess(rows, contract=contract(duplicates="drop"), derive=None)
    assert done.clean["_row"].to_pylist() == [0, 1, 3]
    assert done.counts == Counts(5, 3, 0, 2, repeated=2)


def test_a_repeated_bad_row_is_quarantined_once():
    rules = contract(columns={"a": "integer"}, duplicates="drop")
    done = preprocess(raw(a=["x", "x", "1"]), contract=rules, derive=None)
    assert done.counts == Counts(3, 1, 1, 1, repeated=1)


def test_the_file_of_a_row_is_kept_and_hides_no_repeat():
    done = preprocess(raw(a=[1, 1], _file=["1.csv", "2.csv"]), contract=contract(duplicates="drop"), derive=None)
    assert done.clean.to_pydict() == {"_row": [0], "a": [1], "_file": ["1.csv"]}


def test_refuses_repeats_where_told():
    with pytest.raises(
        PreprocessError, match=r"contract\.duplicates refuses rows that repeat another: 2 of 4 do, the first"
    ):
        preprocess(raw(a=[1, 2, 2, 2]), contract=contract(duplicates="refuse"), derive=None)


def test_refuses_a_missing_column():
    with pytest.raises(ConformError, match=r"contract\.columns names columns that the rows do not have: \['b'\]"):
        preprocess(raw(a=[1]), contract=contract(columns={"b": "number"}), derive=None)


def test_refuses_counts_that_do_not_add_up():
    with pytest.raises(PreprocessError, match=r"preprocess\.counts do not add up: .*this is a fault of ours"):
        Counts(read=3, kept=1, quarantined=1, duplicates=0, repeated=0)


def test_no_value_of_a_sensitive_column_reaches_a_result():
    rules = contract(columns={"price": {"type": "number", "sensitive": True}}, expectations=[BETWEEN])
    done = preprocess(raw(price=[-5.25, 50.0]), contract=rules, derive=None)
    assert "5.25" not in repr(done.expectations)
    assert done.quarantine["_reasons"].to_pylist() == [["expect_column_values_to_be_between__price"]]


def test_an_example_shows_what_is_of_another_type_unless_it_is_sensitive():
    rules = contract(columns={"price": "number", "name": {"type": "integer", "sensitive": True}})
    done = preprocess(raw(price=["1", "dear", None], name=["x", "2", "3"]), contract=rules, derive=None)
    assert done.reasons == {"price is not a number": 1, "price is missing": 1, "name is not an integer": 1}
    assert done.examples == {"price is not a number": "'dear'", "price is missing": ""}


def test_derived_columns_are_held_to_the_contract():
    rows = pq.read_table(BOOKINGS).slice(0, 500)
    broken = pa.concat_tables(
        [rows, rows.slice(0, 1).set_column(4, "arrival_date_month", pa.array(["Juli"]).cast("large_string"))]
    )
    done = preprocess(numbered(broken), contract=contract(columns={"arrival_date": "date"}), derive=arrival_date)
    assert done.clean.column_names[-1] == "arrival_date"
    assert done.quarantine["_reasons"].to_pylist() == [["arrival_date is missing"]]
    assert "arrival_date" not in done.quarantine.column_names


def test_all_real_bookings_add_up():
    rules = contract(
        columns={
            "children": "integer",
            "agent": {"type": "category", "nullable": True},
            "reservation_status_date": "date",
        },
        duplicates="drop",
    )
    rows = numbered(pq.read_table(BOOKINGS))
    done = preprocess(rows, contract=rules, derive=arrival_date)
    assert done.counts == Counts(read=119_390, kept=87_392, quarantined=4, duplicates=31_994, repeated=31_994)


@pytest.mark.parametrize("duplicates", ["keep", "drop"])
@pytest.mark.parametrize(("cut", "count"), [(1, 25), (7, 140), (1000, 3500)])
def test_the_outcome_does_not_depend_on_how_the_rows_are_cut(cut, count, duplicates):
    rows = pq.read_table(BOOKINGS).slice(30_000, count)
    rows = pa.concat_tables([rows, rows.slice(count // 3, 3)]).combine_chunks()
    month = rows.column_names.index("arrival_date_month")
    spoiled = [
        "Juli" if place % 19 == 3 else value for place, value in enumerate(rows["arrival_date_month"].to_pylist())
    ]
    rows = numbered(rows.set_column(month, "arrival_date_month", pa.array(spoiled)))
    rules = contract(
        columns={"arrival_date": "date", "agent": {"type": "category", "nullable": True}},
        duplicates=duplicates,
        expectations=[
            {"expect_column_values_to_be_between": {"column": "adr", "min_value": 50, "max_value": 150}},
            {"expect_column_mean_to_be_between": {"column": "adr", "max_value": 120}},
            {"expect_column_values_to_be_unique": {"column": "lead_time", "severity": "warning"}},
        ],
    )
    done, whole = (preprocess(rows, contract=rules, derive=arrival_date, cut=size) for size in (cut, rows.num_rows))
    assert done.clean.equals(whole.clean)
    assert done.quarantine.equals(whole.quarantine)
    assert min(done.counts.kept, done.counts.quarantined) > 0
    assert (done.counts, done.reasons, done.examples) == (whole.counts, whole.reasons, whole.examples)
    assert judge_expectations(done, rules) == judge_expectations(whole, rules)


def test_columns_whose_type_changes_with_the_rows_are_refused():
    def odd(rows: pa.Table) -> pa.Table:
        return rows.append_column("b", rows["a"] if rows["a"][0].as_py() else rows["a"].cast(pa.float64()))

    with pytest.raises(
        PreprocessError,
        match=r"derive\.use gives columns whose names or types change with the rows: b double after int",
    ):
        preprocess(raw(a=[1, 0]), contract=Contract(), derive=odd, cut=1)
    done = preprocess(raw(a=[1, 0]), contract=contract(columns={"b": "number"}), derive=odd, cut=1)
    assert done.clean["b"].to_pylist() == [1.0, 0.0]


def test_refuses_rows_without_a_schema():
    with pytest.raises(PreprocessError, match=r"preprocess\.read gives 0 batches, which have no schema; give one"):
        preprocess_batches(lambda _: [], contract=Contract(), derive=None, outlets=Outlets())


def test_tells_of_rows_batches_and_bytes():
    rows, lines = raw(a=list(range(900_000))), []
    outlets = Outlets(report=lines.append)
    preprocess_batches(
        lambda columns: (rows.select(columns) if columns else rows).to_batches(100_000) * 2,
        contract=Contract(),
        derive=None,
        outlets=outlets,
    )
    assert lines == [
        "1,000,000 rows read, 15.3 MiB in 10 batches; 1,000,000 kept, 0 quarantined",
        "1,800,000 rows read, 27.5 MiB in 18 batches; 1,800,000 kept, 0 quarantined",
    ]
