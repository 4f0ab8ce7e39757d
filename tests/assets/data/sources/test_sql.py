import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.period import Partitions
from assets.data.sources import SourceError, SqlSource, spool, sql
from assets.data.sources.query_text import escaped, parameters
from assets.data.sources.sql_session import check_whole
from assets.database import UnreachableDatabaseError
from tests.assets.data.sources.contract import SourceContract

JULY = Partitions(every="month", column="at", start="2015-06", time_zone="Europe/Lisbon").period("2015-07")


def database(rows: pa.Table, folder: Path) -> Path:
    file = folder / "rows.db"
    file.unlink(missing_ok=True)
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    holes = ", ".join("?" * rows.num_columns)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"CREATE TABLE rows ({names})")
        connection.executemany(f"INSERT INTO rows VALUES ({holes})", [tuple(row.values()) for row in rows.to_pylist()])
    return file


def source(file: Path | None = None, query: str = "SELECT * FROM rows", **more: object) -> SqlSource:
    url = {"url": f"sqlite:///{file}"} if file else {}
    return SqlSource.model_validate_json(json.dumps({"kind": "sql", "query": query, **url, **more}))


class TestSql(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return source(database(rows, folder), chunk_rows=2).batches()


def test_types_hold_for_all_chunks(tmp_path):
    file = database(
        pa.table({"a": [None, 1, None], "b": pa.array([1, None, 2], pa.int64()), "c": [None] * 3}), tmp_path
    )
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO rows VALUES (1.5, 3, NULL)")
    batches = list(source(file, chunk_rows=1).batches())
    assert {batch.schema for batch in batches} == {
        pa.schema([("a", pa.float64()), ("b", pa.int64()), ("c", pa.null())])
    }
    assert pa.Table.from_batches(batches)["a"].to_pylist() == [None, 1.0, None, 1.5]


def test_large_results_wait_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_MEMORY_BYTES", 1_000)
    rows = pa.table({"a": list(range(5_000)), "b": [f"text {number}" for number in range(5_000)]})
    assert pa.Table.from_batches(source(database(rows, tmp_path), chunk_rows=300).batches()).equals(rows)


def test_an_empty_result_keeps_its_columns(tmp_path):
    rows = pa.Table.from_batches(
        source(database(pa.table({"a": [1]}), tmp_path), "SELECT * FROM rows WHERE a > 1").batches()
    )
    assert (rows.num_rows, rows.column_names) == (0, ["a"])


@pytest.mark.parametrize("time", ["", " 00:00:00"])
def test_binds_the_bounds_of_the_period_as_its_wall_clock(tmp_path, time):
    stored = [day + time for day in ("2015-06-30", "2015-07-01", "2015-07-31", "2015-08-01")]
    file = database(pa.table({"at": stored}), tmp_path)
    bound = source(file, "SELECT * FROM rows WHERE at >= :start AND at < :end")
    assert pa.Table.from_batches(bound.batches(JULY))["at"].to_pylist() == stored[1:3]


@pytest.mark.parametrize("separator", [" ", "T"])
def test_binds_hours_with_their_time_however_they_are_written(tmp_path, separator):
    hours = Partitions(every="hour", column="at", start="2015-07-01-00:00")
    stored = [f"2015-07-01{separator}{time}" for time in ("01:00:00", "01:59:59")]
    file = database(pa.table({"at": ["2015-06-30 23:59:59", *stored, "2015-07-02 00:00:00"]}), tmp_path)
    bound = source(file, "SELECT * FROM rows WHERE at >= :start AND at < :end")
    rows = pa.Table.from_batches(bound.batches(hours.period("2015-07-01-01:00")))
    assert rows["at"].to_pylist() == stored


def test_a_driver_that_gives_zones_may_lose_rows_by_bounds_without_one(tmp_path, monkeypatch):
    sqlite3.register_converter("zoned", lambda text: datetime.fromisoformat(text.decode()))
    with closing(sqlite3.connect(tmp_path / "rows.db")) as connection, connection:
        connection.execute("CREATE TABLE rows (at zoned)")
        connection.execute("INSERT INTO rows VALUES (?)", ["2015-07-01T12:00:00+02:00"])
    monkeypatch.setenv("ROWS_URL", f"sqlite:///{tmp_path / 'rows.db'}?detect_types=1")
    query = "SELECT at FROM rows WHERE at >= :start"
    with pytest.raises(SourceError, match=r"source\.query would lose rows: 'at' holds times with a zone"):
        list(source(query=query, url_env="ROWS_URL").batches(JULY, column="at"))
    whole = source(query="SELECT at FROM rows", url_env="ROWS_URL").batches(JULY, column="at")
    assert pa.Table.from_batches(whole)["at"].type == pa.timestamp("us", "UTC")


def test_reads_the_address_from_the_named_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("ROWS_URL", f"sqlite:///{database(pa.table({'a': [1]}), tmp_path)}")
    assert pa.Table.from_batches(source(url_env="ROWS_URL").batches()).num_rows == 1


def test_the_fingerprint_is_unknown_until_read(tmp_path):
    assert source(tmp_path / "rows.db").fingerprint() is None


def test_refuses_a_variable_that_is_not_set(monkeypatch):
    monkeypatch.delenv("ROWS_URL", raising=False)
    with pytest.raises(SourceError, match=r"source\.url_env names a variable that is not set: 'ROWS_URL' must hold"):
        list(source(url_env="ROWS_URL").batches())


def test_refuses_a_file_that_is_not_there_and_makes_none(tmp_path):
    with pytest.raises(
        SourceError, match=r"source\.url names a file that is not there: '.*rows\.db'; run what fills it"
    ):
        list(source(tmp_path / "rows.db").batches())
    assert not (tmp_path / "rows.db").exists()


def test_refuses_a_file_that_is_no_database(tmp_path):
    (tmp_path / "rows.db").write_bytes(b"not a database, but long enough to be taken for one " * 100)
    with pytest.raises(SourceError, match=r"source\.url cannot be queried: file is not a database; check the address"):
        list(source(tmp_path / "rows.db").batches())


@pytest.mark.parametrize(("query", "said"), [("SELECT * FROM other", "no such table"), ("SELEKT 1", "syntax error")])
def test_refuses_a_query_that_fails(tmp_path, query, said):
    with pytest.raises(SourceError, match=rf"source\.url cannot be queried: .*{said}"):
        list(source(database(pa.table({"a": [1]}), tmp_path), query).batches())


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+nosuchdriver://me:hunter2@nowhere.invalid/db",
        "mysql://me:hunter2@nowhere.invalid/db",
        "me:hunter2@nowhere",
        "sqlite:////nowhere/hunter2/rows.db",
        "postgresql+psycopg2://me:p@ss:hunter2@localhost/db",
        "postgresql+psycopg2://me:hun@hunter2@nohost.invalid/db",
        "postgresql+psycopg2://me:hun@s/hunter2@nohost.invalid/db",
        "postgresql+psycopg2://me:hunter2@nohost.invalid:port/db",
        "postgresql+psycopg2://me:x@nohost.invalid/db?x=hunter2",
    ],
)
def test_never_repeats_an_address_that_cannot_be_reached(monkeypatch, address):
    monkeypatch.setenv("ROWS_URL", address)
    with pytest.raises(SourceError, match=r"source\.url_env \(ROWS_URL\) cannot be queried: ") as raised:
        list(source(url_env="ROWS_URL").batches())
    assert "hunter2" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_server_that_is_down_is_asked_again_later_and_its_address_is_not_told(monkeypatch):
    pytest.importorskip("psycopg2", reason="the driver of PostgreSQL is not installed")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ROWS_URL", f"postgresql+psycopg2://me:hunter2@127.0.0.1:{closed.getsockname()[1]}/sales")
        with pytest.raises(
            UnreachableDatabaseError, match=r"source\.url_env \(ROWS_URL\) cannot be queried: .*Connection refused"
        ) as raised:
            list(source(url_env="ROWS_URL").batches())
    assert not [part for part in ("hunter2", "127.0.0.1", "sales") if part in str(raised.value)]
    assert raised.value.__suppress_context__


def test_a_database_that_another_writes_is_asked_again_later(tmp_path, monkeypatch):
    file = database(pa.table({"a": [1]}), tmp_path)
    monkeypatch.setenv("ROWS_URL", f"sqlite:///{file}?timeout=0")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnreachableDatabaseError, match="database is locked"):
            list(source(url_env="ROWS_URL").batches())


def test_refuses_columns_that_mix_types(tmp_path):
    file = database(pa.table({"a": [1]}), tmp_path)
    mixed = "SELECT * FROM rows UNION ALL SELECT 1 UNION ALL SELECT 'x'"
    with pytest.raises(
        SourceError, match=r"source\.query gives a column that fits no single type: 'a' holds \['int', 'str'\]"
    ):
        list(source(file, mixed).batches())
    with pytest.raises(SourceError, match="'a' is int64 in batch 2 and string in batch 4; make them one type at"):
        list(source(file, mixed, chunk_rows=1).batches())


@pytest.mark.parametrize("condition", ["a LIKE '%:00'", r"a LIKE '%\:00'", "a >= :start -- from :day", "a <> ' :x'"])
def test_a_colon_between_quotes_is_no_parameter(tmp_path, condition):
    file = database(pa.table({"a": ["2015-07-01 10:00", "2015-07-01 10:30"]}), tmp_path)
    rows = pa.Table.from_batches(source(file, f"SELECT * FROM rows WHERE {condition}").batches(JULY))
    assert rows["a"].to_pylist() == ["2015-07-01 10:00", "2015-07-01 10:30"][: 1 if "LIKE" in condition else 2]


@pytest.mark.parametrize(
    "query",
    ["SELECT a::b, c[1:2], ' :d' || :start", '-- :a\nSELECT :end /* :b */ FROM ":c"', "SELECT $x$ ' :a $x$, '', ':b'"],
)
def test_finds_the_parameters_that_are_bound(query):
    from sqlalchemy import text

    assert set(text(escaped(query)).compile().params) == set(parameters(query)) <= {"start", "end"}


def test_refuses_integers_that_no_column_of_arrow_holds():
    with pytest.raises(SourceError, match=r"^source.query gives integers beyond 64 bits with a sign: 'big' holds them"):
        sql._batch(["big"], [(1, 2**63)])


def test_refuses_columns_that_mysql_shortens():
    described = [("n", 8, None, None, None, None, True), ("size", 4, None, None, None, None, True)]
    check_whole(described, "postgresql")
    check_whole(described[:1], "mysql")
    for database in ("mysql", "mariadb"):
        told = rf"^source.query gives columns of FLOAT: \['size'\], of which {database} sends six digits; give each"
        with pytest.raises(SourceError, match=told):
            check_whole(described, database)


def test_a_query_can_only_read(tmp_path):
    file = database(pa.table({"a": [1]}), tmp_path)
    with pytest.raises(SourceError, match="cannot be queried: attempt to write a readonly database"):
        list(source(file, "INSERT INTO rows VALUES (2) RETURNING a").batches())


def test_refuses_parameters_it_cannot_bind(tmp_path):
    file = database(pa.table({"a": [1]}), tmp_path)
    with pytest.raises(
        SourceError, match=r"source\.query has unknown parameters: \['from'\] must be :start or :end; rename them, or"
    ):
        list(source(file, "SELECT * FROM rows WHERE a > :from").batches(JULY))
    with pytest.raises(
        SourceError, match=r"source\.query asks for the bounds of a period: \['start'\] need a pipeline with"
    ):
        list(source(file, "SELECT * FROM rows WHERE a > :start").batches())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"url_env": "A", "query": " "}, r"source\.query is empty: it selects no rows; write a SELECT"),
        ({}, r"source\.url and source\.url_env are alternatives: \[\] given"),
        ({"url": "sqlite:///a.db", "url_env": "A"}, r"alternatives: \['url', 'url_env'\] given"),
        ({"url": "postgresql://me@host/db"}, r"source\.url is not the address of an SQLite file"),
        ({"url": "sqlite:///"}, r"source\.url is not the address of an SQLite file"),
        ({"url": "sqlite:///me:secret@a.db"}, r"source\.url is not the address of an SQLite file"),
    ],
)
def test_refuses_senseless_addresses(more, message):
    with pytest.raises(ValidationError, match=message):
        source(**more)


def test_what_the_database_says_of_a_row_is_left_out_where_a_row_may_not_be_seen(tmp_path):
    file = database(pa.table({"guest": ["Ann"]}), tmp_path)
    query = "SELECT json_extract(guest, '$.a') FROM rows"
    with pytest.raises(SourceError, match=r"cannot be queried: OperationalError; check"):
        list(source(file, query).batches(hidden=True))
    with pytest.raises(SourceError, match=r"cannot be queried: malformed JSON; check"):
        list(source(file, query).batches())
