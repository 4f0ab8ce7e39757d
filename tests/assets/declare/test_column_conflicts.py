import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from data_checks.verdict import Json
from tests.assets.declare.columns_told import told

ROWS = "id,day,price,kind\n1,2024-01-01,2.5,a\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "rows.tsv").write_text(ROWS.replace(",", "\t"))
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    (tmp_path / "rows.jsonl").write_text('{"id": 1, "price": 2.5}\n{"id": 2, "day": "2024-01-01", "kind": "a"}\n')
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1")
    return tmp_path


@pytest.mark.parametrize("path", ["rows.csv", "rows.tsv", "rows.csv.gz", "rows.jsonl", "rows.c*", ["rows.csv"]])
def test_columns_are_read_from_the_head_of_a_file(root: Path, path: Json) -> None:
    found = told(root, source={"kind": "files", "path": path}, features={"number": ["id", "prize"]})
    assert list(found) == ["features.number.1"]
    assert found["features.number.1"].endswith("did you mean 'price'?")


@pytest.mark.parametrize("path", ["absent.csv", "damaged.parquet", "s3://bucket/rows.csv", "{{ env('NO_ONE') }}/x.csv"])
def test_what_cannot_be_looked_into_refuses_nothing(root: Path, path: str) -> None:
    assert told(root, source={"kind": "files", "path": path}, features={"number": ["anything"]}) == {}


@pytest.fixture
def shop(root: Path) -> Path:
    with closing(sqlite3.connect(root / "shop.db")) as database, database:
        database.execute("CREATE TABLE orders (id, day, price, kind)")
        database.execute("CREATE VIEW endless AS WITH n (n) AS (SELECT 1 UNION ALL SELECT n FROM n) SELECT n FROM n")
    return root


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM orders",
        "SELECT * FROM orders WHERE day >= :start AND day LIKE '%\\:00';\n",
        "WITH o AS (SELECT * FROM orders) SELECT id, price, day, kind FROM o -- all",
        "SELECT id, day, price, sum(price) OVER (ORDER BY day) AS kind FROM orders, endless",
    ],
)
def test_columns_of_a_query_on_an_sqlite_file_are_looked_for(shop: Path, query: str) -> None:
    source: Json = {"kind": "sql", "url": "sqlite:///shop.db", "query": query}
    partitions: Json = {"every": "month", "column": "day", "start": "2024-01"}
    found = told(shop, source=source, partitions=partitions, features={"number": ["id", "weight"]})
    assert list(found) == ["features.number.1"]
    assert found["features.number.1"].endswith("is not in 'sqlite:///shop.db'; it has day, id, kind, price")


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("absent.db", "SELECT * FROM orders"),
        ("damaged.parquet", "SELECT * FROM orders"),
        ("shop.db", "SELECT * FROM invoices"),
        ("{{ env('NO_ONE') }}.db", "SELECT * FROM orders"),
    ],
)
def test_a_query_that_cannot_be_looked_into_refuses_nothing(shop: Path, url: str, query: str) -> None:
    source: Json = {"kind": "sql", "url": f"sqlite:///{url}", "query": query}
    assert told(shop, source=source, features={"number": ["anything"]}) == {}
    assert not (shop / "absent.db").exists()


def test_columns_whose_types_the_source_declares_are_looked_for(root: Path) -> None:
    found = told(root, source={"kind": "files", "path": "rows.csv", "types": {"id": "text", "prize": "number"}})
    assert list(found) == ["source.types.prize"]
    assert found["source.types.prize"].endswith("did you mean 'price'?")


def test_columns_of_rules_over_time_are_looked_for(root: Path) -> None:
    rules: Json = {"fresh": {"within": "3 days", "column": "dya"}, "unique": {"columns": ["id", "kid"]}}
    found = told(
        root, contract={"over_time": rules}, partitions={"every": "month", "column": "day", "start": "2024-01"}
    )
    assert found["contract.over_time.fresh.column"].endswith("did you mean 'day'?")
    assert "names a column that is not there: 'kid'" in found["contract.over_time.unique.columns.1"]


def test_a_name_far_from_all_is_told_with_what_there_is(root: Path) -> None:
    (message,) = told(root, evaluate={"slices": ["quarter_of_town"]}).values()
    assert message.endswith("is not in 'rows.csv'; it has day, id, kind, price")


def test_of_a_source_out_of_sight_a_slip_against_the_contract_is_told(root: Path) -> None:
    source = {"kind": "asset", "key": "a"}
    contract = {"columns": {"waterfront": "boolean", "sqft_living": "number"}}
    found = told(root, source=source, contract=contract, evaluate={"slices": ["waterfron", "sqft_living15", "other"]})
    assert list(found) == ["evaluate.slices.0"]
    assert "did you mean 'waterfront'? the source can't be looked into, so name it in" in found["evaluate.slices.0"]


@pytest.mark.parametrize(
    ("sections", "place", "message"),
    [
        (
            {"target": {"column": "kind", "task": "regression"}, "contract": {"columns": {"kind": "category"}}},
            "target.task",
            "target.task does not fit the column: 'kind' holds text values, regression needs numbers",
        ),
        (
            {"target": {"column": "price", "task": "multiclass"}, "contract": {"columns": {"price": "number"}}},
            "target.task",
            "'price' holds numbers with fractions, which are no classes; write regression",
        ),
        (
            {"target": {"column": "day"}, "contract": {"columns": {"day": "date"}}},
            "target.column",
            "target.column can't be learned: 'day' holds times; derive a number",
        ),
        (
            {
                "target": {"column": "kind"},
                "contract": {"columns": {"kind": "category"}},
                "evaluate": {"metrics": ["rmse"]},
            },
            "evaluate.metrics.0",
            (
                "evaluate.metrics does not fit the target: 'rmse' is a metric of numbers, and 'kind' holds classes; "
                "choose from roc_auc, average_precision, brier, log_loss, accuracy, balanced_accuracy, f1, precision, "
            ),
        ),
        (
            {"target": {"column": "kind", "positive": 1}, "contract": {"columns": {"kind": "category"}}},
            "target.positive",
            "target.positive is of another kind: 1 is none of 'kind', which holds text values; put it in quotes",
        ),
        (
            {"predict": {"keep": ["id", "id"]}},
            "predict.keep.1",
            "predict.keep names a column twice: 'id' stands there before; remove it",
        ),
        (
            {"split": {"by": "group", "column": "price"}},
            "split.column",
            "by the target: of 'price' each value would be in one part; take by=stratum, or another column",
        ),
        (
            {"split": {"by": "stratum", "column": "day"}, "contract": {"columns": {"day": "date"}}},
            "split.column",
            "split.column has no strata: 'day' holds times",
        ),
        (
            {"features": {"number": ["day"]}, "contract": {"columns": {"day": "timestamp"}}},
            "features.number.0",
            "'day' holds time values; list it under features.time",
        ),
    ],
)
def test_refuses(root: Path, sections: dict[str, Json], place: str, message: str) -> None:
    assert message in told(root, **sections)[place]


def test_a_number_that_is_declared_binary_has_strata(root: Path) -> None:
    target: Json = {"column": "price", "task": "binary"}
    of_numbers: Json = {"columns": {"price": "number"}}
    sections: dict[str, Json] = {"contract": of_numbers, "split": {"by": "stratum", "column": "price"}}
    assert "split.column" not in told(root, target=target, **sections)
    assert "has no strata: 'price' holds numbers" in told(root, **sections)["split.column"]
    keyed = told(root, target=target, contract=of_numbers, split={"by": "key", "column": "price"})
    assert keyed["split.column"].endswith("take by=stratum, or another column")


@pytest.mark.parametrize(
    ("known_at", "place"), [("id", "target.known_at"), ("dya", "target.known_at"), ("day", "features.time.0")]
)
def test_a_feature_is_not_judged_by_a_known_at_that_is_at_fault(root: Path, known_at: str, place: str) -> None:
    target: Json = {"column": "price", "known_at": known_at}
    contract: Json = {"columns": {"id": {"type": "integer"}}}
    assert told(root, target=target, contract=contract, features={"number": ["id"], "time": ["day"]}).keys() == {place}
