"""A real server of MariaDB, where one and its driver are installed: what it sends is what it holds, or is refused."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from assets.data.period import Partitions, Period
from assets.data.sources import SourceError, SqlSource
from assets.database import UnreachableDatabaseError
from tests.assets.data.sources.contract import SourceContract

NOBODY = 65_534
# Debian keeps one of them out of the PATH
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
BINARIES = [shutil.which(name, path=PATH) for name in ("mariadb-install-db", "mariadbd")]
STARTS_WITHIN_SECONDS = 60
JULY = Partitions(every="month", column="at", start="2015-06").period("2015-07")

pymysql = pytest.importorskip("pymysql", reason="the driver PyMySQL is not installed")
pytestmark = [
    pytest.mark.skipif(not all(BINARIES), reason="mariadb-install-db and mariadbd are not installed"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server on a socket in a temporary folder, whose sessions are in a zone of their own."""
    user = NOBODY if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="my") as folder:
        if user:
            os.chown(folder, user, user)
        where = ["--no-defaults", f"--datadir={folder}/db"]
        made = [str(BINARIES[0]), *where, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, check=True, capture_output=True, user=user, group=user, cwd=folder)
        options = ["--skip-networking", f"--socket={folder}/socket", "--default-time-zone=+05:30"]
        with Path(folder, "log").open("w") as log:
            running = subprocess.Popen(
                [str(BINARIES[1]), *where, *options], stderr=log, user=user, group=user, cwd=folder
            )
        try:
            _wait_for(f"{folder}/socket")
            yield f"mysql+pymysql://me:hunter2@/shop?unix_socket={folder}/socket"
        finally:
            running.terminate()
            running.wait()


def _wait_for(socket: str) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while not Path(socket).exists():
        assert time.monotonic() < until
        time.sleep(0.1)
    with pymysql.connect(unix_socket=socket, user="root") as root, root.cursor() as cursor:
        for statement in ("CREATE DATABASE shop", "CREATE USER me IDENTIFIED BY 'hunter2'", "GRANT ALL ON *.* TO me"):
            cursor.execute(statement)


@pytest.fixture(autouse=True)
def _address(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER", server)


def source(query: str) -> SqlSource:
    return SqlSource(kind="sql", url_env="SERVER", query=query)


def read(query: str, period: Period | None = None) -> pa.Table:
    return pa.Table.from_batches(source(query).batches(period))


def fill(*statements: str) -> None:
    engine = create_engine(os.environ["SERVER"])
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


class TestMysql(SourceContract):
    def read(self, rows: pa.Table, folder: Path) -> Iterator[pa.RecordBatch]:
        engine = create_engine(os.environ["SERVER"])
        rows.to_pandas().to_sql("rows", engine, index=False, if_exists="replace")
        engine.dispose()
        return source("SELECT * FROM `rows`").batches()


@pytest.mark.parametrize("kind", ["DATETIME(6)", "TIMESTAMP(6)", "DATE"])
def test_bounds_lose_no_row_whatever_zone_the_server_is_in(kind: str) -> None:
    fill(
        f"CREATE OR REPLACE TABLE visits (n INT, at {kind} NULL)",
        "SET time_zone = '+00:00'",
        "INSERT INTO visits VALUES (1, '2015-06-30 23:59:59.9'), (2, '2015-07-01'), (3, '2015-07-31 20:00'), "
        "(4, '2015-08-01'), (5, NULL)",
    )
    found = read("SELECT * FROM visits WHERE at >= :start AND at < :end ORDER BY n", JULY)
    last = date(2015, 7, 31) if kind == "DATE" else datetime.fromisoformat("2015-07-31 20:00")
    assert found.to_pylist() == [{"n": 2, "at": type(last)(2015, 7, 1)}, {"n": 3, "at": last}]


def test_a_zone_that_the_server_does_not_know_is_refused() -> None:
    july = Partitions(every="month", column="at", start="2015-06", time_zone="Europe/Lisbon").period("2015-07")
    with pytest.raises(
        SourceError, match=r"cannot be asked in the partitions' zone: mysql does not know 'Europe/Lisbon', without"
    ):
        read("SELECT 1 AS n", july)


def test_values_are_those_that_the_server_holds() -> None:
    fill(
        "CREATE OR REPLACE TABLE kinds (price DECIMAL(12, 3), big BIGINT UNSIGNED, tiny TINYINT(1), j JSON, "
        "e ENUM('a', 'b'), t TEXT CHARACTER SET utf8mb4, d DOUBLE)",
        """INSERT INTO kinds VALUES (12.345, 9223372036854775807, 1, '{"a"\\: 1.50}', 'b', 'é😀%', 1e300)""",
        "INSERT INTO kinds VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    first, second = read("SELECT * FROM kinds WHERE t LIKE '%😀%' OR t IS NULL").to_pylist()
    told = {name: str(value) for name, value in first.items()}
    assert told == {
        "price": "12.345", "big": "9223372036854775807", "tiny": "1", "j": '{"a": 1.50}', "e": "b", "t": "é😀%",
        "d": "1e+300",
    }  # fmt: skip
    assert set(second.values()) == {None}
    assert read("SELECT * FROM kinds WHERE big = 1").column_names == list(told)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("CAST(16777216 AS FLOAT)", r"gives columns of FLOAT: \['odd'\], of which mysql sends six digits; give each"),
        ("9223372036854775808", r"gives integers beyond 64 bits with a sign: 'odd' holds them; cast it to a decimal"),
        ("(SELECT * FROM none)", r"cannot be queried: \(1146, .*doesn't exist"),
    ],
)
def test_what_would_arrive_as_something_else_is_refused(value: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(f"SELECT {value} AS odd")


def test_a_session_can_only_read() -> None:
    fill("CREATE OR REPLACE TABLE kept (n INT)", "INSERT INTO kept VALUES (1)")
    with pytest.raises(SourceError, match="READ ONLY transaction"):
        read("DELETE FROM kept RETURNING n")
    assert read("SELECT * FROM kept")["n"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("hunter2", "hunter3"), "Access denied"),
        (("@/shop?unix_socket=", "@127.0.0.1:1/shop?program_name="), "refused"),
    ],
)
def test_a_server_that_lets_nobody_in_is_one_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch, server: str, change: tuple[str, str], said: str
) -> None:
    monkeypatch.setenv("SERVER", server.replace(*change))
    with pytest.raises(UnreachableDatabaseError, match=rf"cannot be queried: .*{said}") as raised:
        read("SELECT 1 AS n")
    assert "hunter" not in str(raised.value)
    assert "\n" not in str(raised.value)
