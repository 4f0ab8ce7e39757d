"""A real server: results stream from its cursor, and its failures are one sentence without the password."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from assets.data.ingest import ingest
from assets.data.period import Partitions, Period
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


def kept(query: str, period: Period) -> list[datetime]:
    """What a period is left with of the rows that a query gives."""
    try:
        rows = list(ingest(source(query).batches(period), derive=None, period=period, column="at"))
    except SourceError:
        return []
    return pa.Table.from_batches(rows)["at"].to_pylist()


MARCH = Partitions(every="month", column="at", start="2024-03")
NIGHT = Partitions(every="hour", column="at", start="2024-11-03-00:00")


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp"])
@pytest.mark.parametrize(
    ("session", "zone"), [("UTC", "Asia/Tokyo"), ("America/New_York", "UTC"), ("+05:30", "America/New_York")]
)
def test_bounds_lose_no_row_whatever_the_zones_of_the_column_the_session_and_the_partitions(
    zones: Callable[[str], None], session: str, zone: str, kind: str
) -> None:
    zones(session)
    for partitions, last, step in ((MARCH, "2024-04", "1 hour"), (NIGHT, "2024-11-03-03:00", "10 minutes")):
        local = partitions.model_copy(update={"time_zone": zone})
        periods = local.between(local.start, last)
        first, end = (each.replace(tzinfo=None) for each in (periods[0].start, periods[-1].end))
        series = f"generate_series({kind} '{first}' - interval '2 days', '{end + timedelta(days=2)}', '{step}')"
        for period in periods:
            rows = f"SELECT at FROM {series} AS rows (at)"
            assert kept(f"{rows} WHERE at >= :start AND at < :end", period) == (every := kept(rows, period))
            if kind == "timestamptz":
                assert len(every) == (period.end - period.start) / (every[1] - every[0])


@pytest.fixture
def zones(server: str) -> Iterator[Callable[[str], None]]:
    """Set the zone of new sessions."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")

    def default(zone: str) -> None:
        with engine.connect() as connection:
            connection.execute(text(f"ALTER ROLE me SET timezone = '{zone}'"))

    yield default
    default("UTC")
    engine.dispose()


def test_times_without_a_zone_are_wall_clock_whatever_the_session_says(zones: Callable[[str], None]) -> None:
    zones("America/New_York")
    query = "SELECT at FROM (VALUES (timestamp '2015-06-30 23:59'), ('2015-07-01'), ('2015-08-01')) AS rows (at)"
    rows = pa.Table.from_batches(source(f"{query} WHERE at >= :start AND at < :end").batches(JULY))
    assert [str(value) for value in rows["at"].to_pylist()] == ["2015-07-01 00:00:00"]


def test_times_with_a_zone_are_given_in_utc(zones: Callable[[str], None]) -> None:
    zones("America/New_York")
    query = "SELECT * FROM (VALUES (timestamptz '2024-03-01 12:00Z'), ('2024-04-01 12:00Z'), (NULL)) AS rows (at)"
    rows = pa.Table.from_batches(source(query).batches())
    assert rows.schema.field("at").type == pa.timestamp("us", "UTC")
    assert [value and value.isoformat() for value in rows["at"].to_pylist()] == [
        "2024-03-01T12:00:00+00:00", "2024-04-01T12:00:00+00:00", None,
    ]  # fmt: skip


def test_identifiers_and_json_are_given_as_the_text_that_the_server_writes() -> None:
    one = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    written = """('{"b"\\:1e400,"a"\\:1.50}'), ('5'), ('"x"'), ('null'), (NULL), ('[]')"""
    query = (
        f"SELECT uuid '{one}' AS u, NULL::uuid AS n, j::jsonb AS j, j::json AS k FROM (VALUES {written}) AS rows (j)"
    )
    rows = pa.Table.from_batches(source(query).batches())
    assert rows.select(["u", "j", "k"]).schema.types == [pa.string()] * 3
    assert rows["u"].to_pylist() == [one] * 6
    assert rows["j"].to_pylist()[1:] == ["5", '"x"', "null", None, "[]"]
    assert rows["k"][0].as_py() == '{"b":1e400,"a":1.50}'
    assert rows["j"][0].as_py().startswith('{"a": 1.50, "b": 1000')


@pytest.mark.parametrize(
    ("value", "kind"),
    [("timetz '12:30+02'", "time"), ("int4range '[1,2]'", "NumericRange"), ("'NaN'::numeric", "Decimal")],
)
def test_what_arrow_cannot_hold_is_refused_with_its_column(value: str, kind: str) -> None:
    with pytest.raises(
        SourceError, match=rf"gives a column that fits no single type: 'odd' holds \['{kind}'\]; cast it in the query"
    ):
        list(source(f"SELECT {value} AS odd").batches())


def test_a_value_that_the_driver_cannot_read_is_one_sentence() -> None:
    query = "SELECT timestamp '0044-03-15 BC' AS at"
    with pytest.raises(SourceError, match=r"gives a value that the driver can't read: year -44 .*; cast its column"):
        list(source(query).batches())
    with pytest.raises(SourceError, match=r"gives a value that the driver can't read; cast its column to text"):
        list(source(query).batches(hidden=True))


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
