import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from assets.data.sources import SourceError
from assets.propose import ProposeError
from assets.propose.origin import of_periods, opened, section_of
from assets.propose.proposal import propose
from tests.assets.propose.tables import NOW, orders, seen


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE orders (number INTEGER, day TEXT)")
        database.execute("CREATE TABLE people (name TEXT)")
        database.execute("INSERT INTO orders VALUES (1, '2024-01-01')")
    return file


def test_files_are_named_from_the_root_where_they_lie_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert section_of("rows.csv", table=None, query=None, root=tmp_path)["path"] == "in/rows.csv"
    assert section_of("*.parquet", table=None, query=None, root=tmp_path)["path"] == "in/*.parquet"
    assert section_of("/elsewhere/x.csv", table=None, query=None, root=tmp_path)["path"] == "/elsewhere/x.csv"
    assert section_of("s3://bucket/x.csv", table=None, query=None, root=tmp_path)["path"] == "s3://bucket/x.csv"


def test_the_named_encoding_is_of_files_alone(shop: Path) -> None:
    section = section_of("rows.csv", table=None, query=None, root=shop.parent, encoding="cp1250")
    assert section["encoding"] == "cp1250"
    with pytest.raises(ProposeError, match=r"^--encoding has no meaning with databases: 'cp1250' is of CSV files; "):
        section_of(f"sqlite:///{shop}", table="orders", query=None, root=shop.parent, encoding="cp1250")
    with pytest.raises(ProposeError, match=r"^source.encoding is unknown: 'cp0' is no encoding of Python's; write "):
        opened({**section, "encoding": "cp0"}, root=shop.parent)


def test_a_table_of_an_sqlite_file_is_read(shop: Path) -> None:
    section = section_of(f"sqlite:///{shop}", table="orders", query=None, root=shop.parent)
    assert section == {"kind": "sql", "url": "sqlite:///shop.db", "query": 'SELECT * FROM "orders"'}
    batches = list(opened(section, root=shop.parent).batches())
    assert batches[-1].to_pylist() == [{"number": 1, "day": "2024-01-01"}]


def test_a_database_is_named_by_its_variable_and_read_by_a_query(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB", f"sqlite:///{shop}")
    section = section_of("env:SHOP_DB", table=None, query="SELECT name FROM people", root=shop.parent)
    assert section == {"kind": "sql", "url_env": "SHOP_DB", "query": "SELECT name FROM people"}
    assert section_of("env:SHOP_DB", table="orders", query=None, root=shop.parent)["query"] == 'SELECT * FROM "orders"'


def test_with_periods_a_table_is_read_by_their_bounds() -> None:
    found = propose(seen(orders()), target="was_returned", now=NOW)
    whole = {"kind": "sql", "url_env": "X", "query": 'SELECT * FROM "shop"."orders"'}
    bounded = 'SELECT * FROM "shop"."orders" WHERE "day" >= :start AND "day" < :end'
    assert of_periods(whole, "day", found.periods)["query"] == bounded
    assert of_periods(whole, None, found.periods) == whole
    texts = {text: pa.table({"day": [text]}) for text in ("2024-01-01", "2024-01-01T00:00Z")}
    assert of_periods(whole, "day", found.periods, sample=texts["2024-01-01"]) == whole
    here = {"kind": "sql", "url": "sqlite:///a.db", "query": 'SELECT * FROM "shop"."orders"'}
    assert of_periods(here, "day", found.periods, sample=texts["2024-01-01"])["query"] == bounded
    assert of_periods(here, "day", found.periods, sample=texts["2024-01-01T00:00Z"]) == here
    assert of_periods({"kind": "sql", "query": "SELECT 1"}, "day", found.periods)["query"] == "SELECT 1"
    assert of_periods({"kind": "files", "path": "x"}, "day", found.periods) == {"kind": "files", "path": "x"}


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            "postgresql://me:secret@host/db",
            {},
            r"^--source is the address of a database, .* --table TABLE$",
        ),
        ("rows.csv", {"table": "x"}, r"^--table has no meaning with files: 'rows.csv' is no database; leave it out$"),
        ("rows.csv", {"query": "x"}, r"^--query has no meaning with files: "),
        ("env:X", {"table": "x", "query": "y"}, r"^--table and --query are alternatives: both are given; keep one"),
        ("sqlite:///{shop}", {}, r"^--table is needed: the database holds orders, people; name one of them"),
        ("sqlite:///{shop}", {"table": "order"}, r"^--table is not there: 'order' is not among orders, people; name"),
        (
            "env:NOT_SET_ANYWHERE",
            {"table": "x"},
            r"^source.url_env names a variable that is not set: 'NOT_",
        ),
        ("sqlite:///missing.db", {"table": "x"}, r"^source.url names a file that is not there"),
    ],
)
def test_says_what_is_wrong_with_the_options(shop: Path, source: str, options: dict[str, str], message: str) -> None:
    with pytest.raises((ProposeError, SourceError), match=message) as told:
        section_of(source.format(shop=shop), **{"table": None, "query": None, **options}, root=shop.parent)
    assert "secret" not in str(told.value)


def test_a_section_that_is_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProposeError, match=r"^source.path holds credentials"):
        opened({"kind": "files", "path": "s3://me:secret@bucket/x.csv"}, root=tmp_path)
    with pytest.raises(ProposeError, match=r"^--source is of kind 'asset': files and databases can be looked at"):
        opened({"kind": "asset", "key": "a/b"}, root=tmp_path)


def test_a_folder_stands_for_its_files_of_one_format(tmp_path: Path) -> None:
    def path_of(folder: str) -> object:
        return section_of(str(tmp_path / folder), table=None, query=None, root=tmp_path)["path"]

    for name in ("flat/a.parquet", "flat/_SUCCESS", "deep/day=1/a.csv", "deep/day=2/b.csv", "two/a.csv", "two/b.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "none").mkdir()
    assert path_of("flat") == "flat/*.parquet"
    assert path_of("deep") == "deep/**/*.csv"
    with pytest.raises(ProposeError, match=r"is a folder of several formats: .* holds .csv, .jsonl; give a pattern, "):
        path_of("two")
    with pytest.raises(ProposeError, match=r"^--source is a folder without tables: .*none' holds no CSV, "):
        path_of("none")
