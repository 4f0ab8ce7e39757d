"""What a database's session is told before a query, so that no row's period depends on how the server is set up."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.event_time import has_zones
from assets.data.period import Period
from assets.data.sources.arrow import SourceError
from assets.data.sources.bound_use import compares_as_is

if TYPE_CHECKING:
    from sqlalchemy import Connection

_IN_UTC = r"(Z|[+-]00(:?00)?)$"
_MYSQL = frozenset({"mysql", "mariadb"})
# the number of MySQL's protocol for a column of FLOAT
_SHORTENED = 4


def prepare(connection: "Connection", period: Period | None) -> "Connection":
    """Let the session only read and, where it can be told, take times without a zone for the partitions' own.

    PostgreSQL compares a `timestamptz`, and MySQL a `TIMESTAMP`, with a bound as its session reads the bound; a zone of
    the server's own would move it.

    Raises:
        SourceError: a MySQL server does not know the zone.
    """
    from sqlalchemy import text

    name = connection.dialect.name
    zone = period.time_zone if period else "UTC"
    if name == "sqlite":
        connection.execute(text("PRAGMA query_only = ON"))
    if name in _MYSQL:
        connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
        _set_zone_of_mysql(connection, zone)
    if name != "postgresql":
        return connection
    reading = connection.execution_options(postgresql_readonly=True)
    reading.execute(text("SELECT set_config('TimeZone', :zone, false)"), {"zone": zone})
    return reading


def check_whole(description: Iterable[Sequence[object]], database: str) -> None:
    """Refuse columns that a server does not give as it holds them.

    Args:
        description: of the result, by the driver.
        database: the name of SQLAlchemy's dialect.

    Raises:
        SourceError: MySQL writes six digits of a `FLOAT`: 16777216 arrives as 16777200.
    """
    shortened = [str(name) for name, code, *_ in description if database in _MYSQL and code == _SHORTENED]
    if shortened:
        raise SourceError(
            f"source.query gives columns of FLOAT: {shortened}, of which {database} sends six digits; give each as "
            "CAST(… AS DOUBLE)"
        )


def bounds_of(period: Period, *, as_text: bool) -> dict[str, datetime | str]:
    """The period's `start` and `end` as wall clock of its zone; where a clock shows one twice, an hour more.

    Databases read such a time as the first or the second of the two; rows of other periods are left out later. As
    text, `start` is sorted before all ways to write it, `end` behind: a space is smaller than a T.

    Args:
        period: whose bounds.
        as_text: as SQLite keeps times.
    """
    zone = ZoneInfo(period.time_zone)
    start, end = period.start.astimezone(zone), period.end.astimezone(zone)
    bounds = {
        "start": start.replace(tzinfo=None, fold=0) - _repeated(start),
        "end": end.replace(tzinfo=None, fold=0) + _repeated(end),
    }
    if not as_text:
        return {**bounds}
    return {"start": _sqlite_text(bounds["start"], " "), "end": _sqlite_text(bounds["end"], "T")}


def check_comparable(rows: pa.RecordBatch, query: str, period: Period, *, column: str | None, database: str) -> None:
    """Refuse times that a database compares with the bounds otherwise than as the instants that they are.

    Args:
        rows: of the query.
        query: compares its bounds as they are, or after a function widened them, which is its author's to know.
        period: whose bounds the query was given.
        column: the event-time column; it may be derived later.
        database: the name of SQLAlchemy's dialect.

    Raises:
        SourceError: the event times name a zone, and rows of the period would be lost without a word.
    """
    if column is None or column not in rows.schema.names or database == "postgresql":
        return
    times = rows[column]
    in_utc = not any(bound.astimezone(ZoneInfo(period.time_zone)).utcoffset() for bound in (period.start, period.end))
    is_text = not pa.types.is_timestamp(times.type)
    if is_text:
        zoned = True in has_zones(times) and not (in_utc and pc.all(pc.match_substring_regex(times, _IN_UTC)).as_py())
    else:
        # SQL Server takes a time without a zone for one in UTC; what others do is their session's affair
        zoned = times.type.tz is not None and not (in_utc and database == "mssql")
    if zoned and compares_as_is(query, in_utc=in_utc and is_text):
        raise SourceError(
            f"source.query would lose rows: {column!r} holds times with a zone, which {database} compares with :start "
            f"and :end as wall clock; take these out, so that all rows are read and the period's kept, or compare "
            f"and give the column as wall clock of {period.time_zone}"
        )


def _set_zone_of_mysql(connection: "Connection", zone: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    try:
        # a server knows names of zones only if somebody loaded them, and offsets always
        connection.execute(text("SET time_zone = :zone"), {"zone": "+00:00" if zone == "UTC" else zone})
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise SourceError(
            f"source.query cannot be asked in the partitions' zone: {connection.dialect.name} does not know {zone!r}, "
            "without which a TIMESTAMP lies in another period; load the server's zones with mysql_tzinfo_to_sql"
        ) from None


def _repeated(local: datetime) -> timedelta:
    """How far apart the two instants are at which clocks show a time; nothing of a time that they show once."""
    first, second = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return first - second


def _sqlite_text(bound: datetime, separator: str) -> str:
    """SQLite compares dates as text: without the time at midnight, so that days and timestamps both sort right."""
    return bound.date().isoformat() if bound.time() == time() else bound.isoformat(separator)
