"""Rows that a query selects from a database."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import pyarrow as pa
from pydantic import Field, model_validator

from assets.data.period import Period
from assets.data.sources.arrow import BATCH_BYTES, SourceError, plain
from assets.data.sources.query_text import escaped, told_unknown
from assets.data.sources.spool import spooled
from assets.data.sources.sql_session import bounds_of, check_comparable, check_whole, prepare
from assets.database import connected
from assets.environment import MachineFact, Variable, here
from assets.settings import Section

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

SQLITE = "sqlite:///"
_FIRST_ROWS = 100
# what a driver makes of a row is several times as large as what Arrow does
_PYTHON = 4


class SqlSource(Section):
    """A query on any database that SQLAlchemy speaks to."""

    kind: Literal["sql"]
    url_env: Variable | None = None
    """Name of the environment variable that holds the SQLAlchemy address; an address itself never stands here."""
    url: MachineFact | None = None
    """Address of an SQLite file, `sqlite:///folder/file.db`; everything else goes through `url_env`."""
    query: str
    """SELECT statement; `:start` and `:end` are bound to the period's bounds, as wall clock of the partitions' zone."""
    depends_on: tuple[str, ...] = ()
    """Keys of the Dagster assets that fill the tables of the query."""
    chunk_rows: int = Field(default=10_000, ge=1)
    """Rows fetched at a time at most; fewer where they are large."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.query.strip():
            raise ValueError("source.query is empty: it selects no rows; write a SELECT")
        if (self.url is None) == (self.url_env is None):
            given = [name for name in ("url", "url_env") if getattr(self, name) is not None]
            raise ValueError(
                f"source.url and source.url_env are alternatives: {given} given, one must be; keep one of them"
            )
        if self.url is not None and (not self.url.startswith(SQLITE) or self.url == SQLITE or "@" in self.url):
            raise ValueError(
                "source.url is not the address of an SQLite file: it must read 'sqlite:///folder/file.db'; "
                "put any other address into an environment variable and name it in source.url_env"
            )
        return self

    def fingerprint(self) -> str | None:
        """None: what a query returns is known once it was read."""
        return None

    def batches(
        self, period: Period | None = None, *, hidden: bool = False, column: str | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The selected rows, in the query's order, in chunks that all have one schema.

        Args:
            period: whose bounds the query is given.
            hidden: whether a row may hold what nobody may see; what the database says of the query is then left out.
            column: the event-time column, which the query may not give.

        Raises:
            SourceError: the address is missing, the query fails, or its bounds would lose rows.
            UnreachableDatabaseError: the database does not answer.
        """
        return plain(spooled(self._chunks(period, hidden=hidden, column=column)))

    def _chunks(self, period: Period | None, *, hidden: bool, column: str | None) -> Iterator[pa.RecordBatch]:
        from sqlalchemy import text

        statement = text(escaped(self.query))
        with connected(self._address(), self._refused, tells_rows=not hidden) as connection:
            bounds = self._bounds(statement.compile().params, period, as_text=connection.dialect.name == "sqlite")
            # the driver would hold the whole result otherwise, and SQLAlchemy a buffer that does not know of bytes
            streamed = prepare(connection, period).execution_options(stream_results=True, max_row_buffer=1)
            with _readable(hidden=hidden):
                result = streamed.execute(statement, bounds)
            with _closed_early(result):
                if result.cursor is not None:
                    check_whole(result.cursor.description, connection.dialect.name)
                names = list(result.keys())
                yield pa.RecordBatch.from_arrays([pa.nulls(0)] * len(names), names)
                count = min(_FIRST_ROWS, self.chunk_rows)
                while True:
                    with _readable(hidden=hidden):
                        rows = result.fetchmany(count)
                    if not rows:
                        return
                    batch = _batch(names, zip(*rows, strict=True))
                    if period and bounds:
                        database = connection.dialect.name
                        check_comparable(batch, self.query, period, column=column, database=database)
                    yield batch
                    fitting = BATCH_BYTES // _PYTHON * len(batch) // max(batch.nbytes, 1)
                    count = max(1, min(self.chunk_rows, 4 * count, fitting))

    def _refused(self, said: str) -> SourceError:
        return SourceError(
            f"source.{self._where} cannot be queried: {said}; "
            "check the address, the driver, that the database is up, and the query"
        )

    @property
    def _where(self) -> str:
        return "url" if self.url is not None else f"url_env ({self.url_env})"

    def _address(self) -> str:
        if self.url is not None:
            url = here(self.url)
            file = Path(url.removeprefix(SQLITE).partition("?")[0])
            if not file.is_file():
                raise SourceError(
                    f"source.url names a file that is not there: {str(file)!r}; run what fills it, or mend the path"
                )
            return url
        name = self.url_env or ""
        if not os.environ.get(name):
            raise SourceError(
                f"source.url_env names a variable that is not set: {name!r} must hold the database's address; export it"
            )
        return os.environ[name]

    def _bounds(self, names: Iterable[str], period: Period | None, *, as_text: bool) -> dict[str, datetime | str]:
        unknown = sorted(set(names) - {"start", "end"})
        if unknown:
            raise SourceError(f"source.query {told_unknown(unknown)}")
        wanted = sorted(names)
        if wanted and period is None:
            raise SourceError(
                f"source.query asks for the bounds of a period: {wanted} need a pipeline with partitions; "
                "declare partitions or take them out"
            )
        bounds = bounds_of(period, as_text=as_text) if period else {}
        return {name: bounds[name] for name in wanted}


@contextmanager
def _readable(*, hidden: bool) -> Iterator[None]:
    """Tell of a value that the driver makes nothing of, which none of its own errors is."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        said = "" if hidden else f": {error}"
        raise SourceError(
            f"source.query gives a value that the driver can't read{said}; cast its column to text in the query"
        ) from None  # the cause repeats a value


@contextmanager
def _closed_early(result: "CursorResult[Any]") -> Iterator[None]:
    """Close what nobody reads to its end, of which drivers warn where it is left to the connection's end."""
    try:
        yield
    except (SourceError, GeneratorExit):
        result.close()
        raise


def _batch(names: list[str], columns: Iterable[tuple[object, ...]]) -> pa.RecordBatch:
    arrays = []
    for name, values in zip(names, columns, strict=True):
        try:
            arrays.append(_told_apart(pa.array(values), values))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            kinds = sorted({type(value).__name__ for value in values})
            raise SourceError(
                f"source.query gives a column that fits no single type: {name!r} holds {kinds}; cast it in the query"
            ) from None  # the cause repeats a value
        except OverflowError:
            raise SourceError(
                f"source.query gives integers beyond 64 bits with a sign: {name!r} holds them; cast it to a decimal"
            ) from None
    return pa.RecordBatch.from_arrays(arrays, names)


def _told_apart(column: pa.Array, values: tuple[object, ...]) -> pa.Array:
    """The column in a type that keeps what its values say, and that batches share."""
    kind = column.type
    if isinstance(kind, pa.UuidType):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    if pa.types.is_time(kind) and any(isinstance(value, time) and value.tzinfo for value in values):
        raise pa.ArrowInvalid("a time of day with a zone, which Arrow would drop")
    # drivers name the offset of a batch's first instant, which a change of the clocks moves
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    return column.cast(pa.timestamp(kind.unit, "UTC")) if zoned else column
