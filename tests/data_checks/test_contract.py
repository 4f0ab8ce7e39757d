import pyarrow as pa
import pytest

from data_checks.contract import contract, quarantine_share

SCHEMA = pa.schema([("lead_time", pa.int64()), ("hotel", pa.string()), ("_row", pa.int64())])
COLUMNS = {"lead_time": {"type": "integer", "nullable": False}, "hotel": {"type": "category", "nullable": False}}


def judged(columns=COLUMNS, schema=SCHEMA, rows=10, **more):
    return contract(schema, rows, columns, **{"nulls": {}} | more)


def test_passes_a_table_with_its_columns():
    verdict = judged(nulls={"lead_time": 2})
    assert verdict.passed
    assert verdict.summary == "10 rows hold the 2 declared columns"
    assert verdict.evidence["columns"] == {"lead_time": "int64", "hotel": "string"}


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ({"rows": 0}, "the table is empty: 0 rows were read"),
        (
            {"columns": {"hotels": {"type": "category"}}},
            "contract.columns.hotels is missing: did the source rename it to 'hotel'",
        ),
        ({"columns": {"adr": {"type": "number"}}}, "contract.columns.adr is missing: the source has lead_time, hotel"),
        (
            {"columns": {"lead_time": {"type": "date"}}},
            "contract.columns.lead_time can't be read as date: it holds int64",
        ),
        ({"columns": {"_row": {"type": "integer"}}}, "contract.columns._row is missing"),
        ({"nulls": {"hotel": 10}}, "contract.columns.hotel has no value: all 10 rows are null and it is not nullable"),
    ],
)
def test_refuses_another_table(case, message):
    verdict = judged(**case)
    assert verdict.blocks
    assert message in verdict.summary


def test_names_all_faults_at_once():
    verdict = judged({"a": {"type": "number"}, "b": {"type": "number"}})
    assert len(verdict.evidence["faults"]) == 2
    assert "columns.a is missing" in verdict.summary
    assert "columns.b is missing" in verdict.summary


def test_lets_a_nullable_column_be_empty_and_says_so():
    verdict = judged({"hotel": {"type": "category", "nullable": True}}, nulls={"hotel": 10})
    assert verdict.passed
    assert verdict.summary.endswith("hotel without a value")
    assert verdict.evidence["undeclared"] == ["lead_time"]


def test_waits_for_derived_columns():
    columns = COLUMNS | {"arrival_date": {"type": "date"}}
    assert not judged(columns).passed
    assert judged(columns, derived=["arrival_date"]).passed


@pytest.mark.parametrize(
    ("held", "wanted", "readable"),
    [
        (pa.string(), "number", True),
        (pa.float64(), "integer", True),
        (pa.decimal128(9, 2), "number", True),
        (pa.dictionary(pa.int32(), pa.string()), "category", True),
        (pa.timestamp("ms"), "date", True),
        (pa.date32(), "timestamp", True),
        (pa.list_(pa.int64()), "category", False),
        (pa.timestamp("us"), "number", False),
        (pa.binary(), "text", False),
    ],
)
def test_knows_which_types_can_be_read(held, wanted, readable):
    assert judged({"x": {"type": wanted}}, schema=pa.schema([("x", held)])).passed is readable


def test_passes_a_small_quarantine():
    verdict = quarantine_share(read=100, quarantined=2, duplicates=5, at_most=0.02)
    assert verdict.passed
    assert verdict.evidence["kept"] == 93


def test_refuses_a_large_quarantine():
    verdict = quarantine_share(read=100, quarantined=3, duplicates=0, at_most=0.02)
    assert verdict.blocks
    assert "contract.rows_that_fail.at_most is exceeded: 3 of 100 rows (0.03) were quarantined" in verdict.summary


def reason(said, rows, example=""):
    return {"reason": said, "rows": rows, "for example": example}


def test_the_commonest_reasons_are_named_with_their_rows_and_an_example():
    reasons = [reason("km is not a number", 30, "'far'"), reason("km is missing", 4), reason("a", 3), reason("b", 2)]
    verdict = quarantine_share(read=100, quarantined=39, duplicates=0, at_most=0.02, reasons=reasons)
    assert verdict.summary == (
        "contract.rows_that_fail.at_most is exceeded: 39 of 100 rows (0.39) were quarantined, 30 for 'km is not a "
        "number' (such as 'far'), 4 for 'km is missing', 3 for 'a', others for 1 more reason, and at most 0.02 may be; "
        "mend the source or the contract, or raise the share"
    )
    assert verdict.evidence["reasons"] == reasons


def test_an_empty_table_has_no_quarantine():
    assert quarantine_share(read=0, quarantined=0, duplicates=0, at_most=0.0).passed
