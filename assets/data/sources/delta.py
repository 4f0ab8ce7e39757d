"""Rows of a Delta Lake table."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator

from assets.data.period import Period
from assets.data.sources.addresses import CREDENTIALS, refuse_credentials, shown, whole_said
from assets.data.sources.arrow import Extent, SourceError, plain
from assets.environment import MachineFact, here
from assets.settings import Section

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyarrow.dataset import FileSystemDataset, ParquetFileFragment

# a zone that crossed the date line left out a day
_LONGEST_JUMP = timedelta(days=2)
_INSTANT = timedelta(microseconds=1)
_CUT = timedelta(milliseconds=1)  # what statistics may leave out of a time
# files and batches that are read ahead hold memory
_AHEAD = 2
_ROWS = 8_192


class DeltaSource(Section):
    """A Delta Lake table, read by the package deltalake, which is installed beside Trainyard."""

    kind: Literal["delta"]
    path: MachineFact
    """Folder or address (`s3://bucket/orders`) of the table, without credentials: they come from the environment."""
    version: int | None = Field(default=None, ge=0)
    """Version of the table that is read; absent: the newest."""

    @field_validator("path")
    @classmethod
    def _without_credentials(cls, path: str) -> str:
        if CREDENTIALS.search(path):
            raise ValueError(
                "source.path holds credentials: a part before an @; take them out, and give them by the environment"
            )
        return path

    def fingerprint(self) -> str | None:
        """The table's identity and version: a version of a Delta table never changes."""
        with self._reading():
            table = self._table()
            return f"version {table.version()} of {table.metadata().id}"

    def fingerprint_of(self, period: Period, column: str) -> dict[str, str]:
        """Each file that is read for a period, and the table's columns; a file of a Delta table never changes.

        Args:
            period: which.
            column: the event-time column, which the table may not have.

        Raises:
            SourceError: as `batches`.
        """
        with self._reading():
            table = self._table()
            rows = table.to_pyarrow_dataset()
            files = _files_of(table, rows, period, column) or list(rows.get_fragments())
            names = sorted(file.path for file in files)
            columns = f"{table.metadata().id} {rows.schema.to_string(show_schema_metadata=False)}"
            return {"columns": _hash(columns), **{f"file {name}": _hash(name) for name in names}}

    def batches(
        self, period: Period | None = None, *, column: str | None = None, extent: Extent | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of the version, file after file, without those files whose statistics leave no row of the period.

        Args:
            period: left out by files alone; a file that may hold some of it, or a row without a time, is read whole.
            column: the event-time column, which the table may not have.
            extent: told how many files are read.

        Raises:
            SourceError: deltalake is not installed, the table or its version is not there, or a file is damaged.
        """
        return plain(self._batches(period, column, extent or Extent()))

    def _batches(self, period: Period | None, column: str | None, extent: Extent) -> Iterator[pa.RecordBatch]:
        from pyarrow.dataset import FileSystemDataset

        with self._reading():
            table = self._table()
            rows = table.to_pyarrow_dataset()
            if period and column and (files := _files_of(table, rows, period, column)) is not None:
                extent.read, extent.there = len(files), len(list(rows.get_fragments()))
                rows = FileSystemDataset(files, rows.schema, rows.format, rows.filesystem)
            yield from rows.to_batches(
                batch_size=_ROWS, batch_readahead=_AHEAD, fragment_readahead=1, use_threads=False
            )

    def _table(self) -> "DeltaTable":
        from deltalake import DeltaTable

        return DeltaTable(here(self.path), version=self.version)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            from deltalake.exceptions import DeltaError
        except ImportError as error:
            raise SourceError(
                f"source.kind delta needs a package that is not installed: {error}; install deltalake"
            ) from error
        refuse_credentials(self.path)
        try:
            yield
        except (DeltaError, OSError, pa.ArrowException) as error:
            raise SourceError(
                f"source.path cannot be read as a Delta table: {shown(self.path)!r} says "
                f"{whole_said(error, self.path)!r}; check the path, the version and the credentials in the environment"
            ) from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _files_of(
    table: "DeltaTable", rows: "FileSystemDataset", period: Period, column: str
) -> "list[ParquetFileFragment] | None":
    """The files that may hold rows of a period; None where nothing tells, or where none does, whose reading says so."""
    within = _may_lie_within(column, rows.schema, period)
    untold = None if within is None else _untold(table, column)
    if within is None or untold is None:
        return None
    may = {file.path for file in rows.get_fragments(filter=within)}
    return [file for file in rows.get_fragments() if file.path in may or file.path in untold] or None


def _untold(table: "DeltaTable", column: str) -> frozenset[str] | None:
    """The files whose statistics lack the column's ends or how often it is null; None: all of them.

    Where the ends alone are told, deltalake lets them vouch that no value is missing, which they do not.
    """
    if column in table.metadata().partition_columns:
        return frozenset()
    actions = pa.table(table.get_add_actions())
    told = [actions[name].combine_chunks() for name in ("null_count", "min", "max") if name in actions.column_names]
    figures = [each.field(column) for each in told if each.type.get_field_index(column) >= 0]
    if len(figures) < 3:
        return None
    whole = reduce(pc.and_, map(pc.is_valid, figures))
    return frozenset(map(unquote, actions["path"].filter(pc.invert(whole)).to_pylist()))


def _may_lie_within(column: str, schema: pa.Schema, period: Period) -> pc.Expression | None:
    """What holds of every row of the period, and of those without a time; None of a type whose order is another."""
    if column not in schema.names:
        return None
    held, zone, field = schema.field(column).type, ZoneInfo(period.time_zone), pc.field(column)
    start, end = (
        (bound + margin).astimezone(zone).replace(tzinfo=None)
        for bound, margin in ((period.start, -_margin(period.start, zone)), (period.end, _margin(period.end, zone)))
    )
    if pa.types.is_date(held):
        within = (field >= pa.scalar(start.date(), held)) & (field <= pa.scalar((end - _INSTANT).date(), held))
    elif pa.types.is_timestamp(held):
        first, last = (each.replace(tzinfo=zone) if held.tz is not None else each for each in (start - _CUT, end))
        within = (field >= pa.scalar(first, held)) & (field < pa.scalar(last, held))
    else:
        return None
    return within | field.is_null()


def _margin(bound: datetime, zone: ZoneInfo) -> timedelta:
    """How far from a bound a row's wall clock may be: nothing where no clock is changed nearby."""
    offsets = {(bound + _LONGEST_JUMP * step / 8).astimezone(zone).utcoffset() for step in range(-8, 9)}
    return timedelta(0) if len(offsets) == 1 else _LONGEST_JUMP
