"""A real server: results stream from its cursor, and its failures are one sentence without the password."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest

from assets.data.period import Partitions
from assets.data.sources import SourceError, SqlSource
from assets.database import UnreachableDatabaseError
from tests.assets.data.sources.contract import SourceContract

NOBODY = 65_534
# Debian keeps them out of the PATH
FOLDERS = [os.environ["PATH"], *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
BINARIES = [shutil.which(name, path=os.pathsep.join(FOLDERS)) for name in ("initdb", "pg_ctl")]
JULY = Partitions(every="month", column="at", start="2015-06", time_zone="Europe/Lisbon").period("2015-07")
STREAMS = """
import resource, sys
from assets.data.sources import SqlSource
query = "SELECT n, repeat(md5(n::text), 100) AS text FROM generate_series(1, {rows}) AS n"
batches = SqlSource(kind="sql", url_env="SERVER", query=query).batches()
rows = sum(map(len, batches))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""

pytestmark = pytest.mark.skipif(not all(BINARIES), reason="PostgreSQL's initdb and pg_ctl are not installed")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server on a socket in a temporary folder, run by somebody who is not root, as PostgreSQL demands."""
    user = NOBODY if os.geteuid() == 0 else None

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, user=user, group=user, cwd=folder)

    with TemporaryDirectory(prefix="pg") as folder:
        if user:
            os.chown(folder, user, user)
        run(str(BINARIES[0]), "-D", f"{folder}/db", "-U", "me", "-A", "trust", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run(str(BINARIES[1]), "-D", f"{folder}/db", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg2://me:hunter2@/postgres?host={folder}"
        finally:
            run(str(BINARIES[1]), "-D", f"{folder}/db", "-m", "immediate", "stop")


@pytest.fixture(autouse=True)
def _address(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER", server)


def source(query: str) -> SqlSource:
    return SqlSource(kind="sql", url_env="SERVER", query=query)


def fill(rows: pa.Table) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(os.environ["SERVER"])
    rows.to_pandas().to_sql("rows", engine, index=False, if_exists="replace")
    engine.dispose()


class TestPostgresql(SourceContract):
    def read(self, rows: pa.Table, folder: Path) -> Iterator[pa.RecordBatch]:
        fill(rows)
        return source("SELECT * FROM rows").batches()


def test_binds_the_bounds_of_the_period() -> None:
    query = "SELECT at FROM (VALUES (timestamp '2015-06-30 23:59'), ('2015-07-01'), ('2015-08-01')) AS rows (at)"
    rows = pa.Table.from_batches(source(f"{query} WHERE at >= :start AND at < :end").batches(JULY))
    assert [str(value) for value in rows["at"].to_pylist()] == ["2015-07-01 00:00:00"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_result() -> None:
    def peak(rows: int) -> int:
        command = [sys.executable, "-c", STREAMS.format(rows=rows)]
        read, megabytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        assert int(read) == rows
        return int(megabytes)

    few, many = peak(1_000), peak(60_000)
    # 190 MB of text pass, of which 16 may wait in memory
    assert many - few < 120


@pytest.mark.parametrize(
    ("change", "query", "message"),
    [
        (
            ("", ""),
            "SELECT * FROM none",
            r"source\.url_env \(SERVER\) cannot be queried: relation .none. does not exist",
        ),
        (("host=", "host=/nowhere"), "SELECT 1", r"cannot be queried: connection to server on socket .*; check the"),
        (("?host=", "?host=127.0.0.1&port=1&application_name="), "SELECT 1", r"cannot be queried: .*refused"),
    ],
)
def test_a_failure_is_one_sentence_without_the_password(monkeypatch, server, change, query, message) -> None:
    monkeypatch.setenv("SERVER", server.replace(*change))
    with pytest.raises((SourceError, UnreachableDatabaseError), match=message) as raised:
        list(source(query).batches())
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)
