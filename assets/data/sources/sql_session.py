"""What a database's session is told before a query, so that no row's period depends on how the server is set up."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from assets.data.period import Period

if TYPE_CHECKING:
    from sqlalchemy import Connection


def prepare(connection: "Connection", period: Period | None) -> "Connection":
    """Let the session only read and, where it can be told, take times without a zone for the partitions' own.

    PostgreSQL compares a `timestamptz` with a bound as its session reads the bound; a role's own zone would move it.
    """
    from sqlalchemy import text

    name = connection.dialect.name
    if name == "sqlite":
        connection.execute(text("PRAGMA query_only = ON"))
    if name != "postgresql":
        return connection
    reading = connection.execution_options(postgresql_readonly=True)
    zone = period.time_zone if period else "UTC"
    reading.execute(text("SELECT set_config('TimeZone', :zone, false)"), {"zone": zone})
    return reading


def bounds_of(period: Period, *, as_text: bool) -> dict[str, datetime | str]:
    """The period's `start` and `end` as wall clock of its zone; where a clock shows one twice, an hour more.

    Databases read such a time as the first or the second of the two; rows of other periods are left out later.

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
    return {name: _sqlite_text(bound) if as_text else bound for name, bound in bounds.items()}


def _repeated(local: datetime) -> timedelta:
    """How far apart the two instants are at which clocks show a time; nothing of a time that they show once."""
    first, second = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return first - second


def _sqlite_text(bound: datetime) -> str:
    """SQLite compares dates as text: without the time at midnight, so that days and timestamps both sort right."""
    return bound.date().isoformat() if bound.time() == time() else bound.isoformat(" ")
