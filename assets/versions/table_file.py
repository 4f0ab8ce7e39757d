"""One table as a Parquet file that is written batch by batch, with its content identity and statistics."""

from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assets.versions.disk import HashedFile
from assets.versions.fingerprint import Fingerprint
from assets.versions.manifest import FileEntry, footer_sha256
from assets.versions.statistics import Statistics
from data_checks.verdict import Json

GROUP_ROWS = 1 << 17
GROUP_BYTES = 1 << 27
TEXT_BYTES = 32


class TableFile:
    """Takes batches of one schema, in bounded memory; file and figures do not depend on how the rows were cut.

    While one group of rows is encoded and described, side by side, the caller makes the next.

    Args:
        file: an empty file; who opened it finishes it.
        where: how messages name the table.
        sensitive: columns of which the statistics may show no value.
    """

    def __init__(self, file: HashedFile, where: str, sensitive: Collection[str] = ()) -> None:
        self._file, self._where, self._sensitive = file, where, sensitive
        self._parts: _Parts | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Take the next rows, which may be none; the batch is not modified.

        Raises:
            ValueError: columns share a name, or the batch has another schema than the first.
            StoreWriteError: the machine refuses.
        """
        if self._parts is None:
            self._parts = _Parts(self._file, _distinct(batch.schema, self._where), self._sensitive)
        self._parts.take(batch, self._where)

    def close(self) -> None:
        """Write what waits, and the footer."""
        self._whole().close()

    def abandon(self) -> None:
        """Let go of the file as it is, because something else went wrong."""
        if self._parts is not None:
            self._parts.abandon()

    @property
    def rows(self) -> int:
        """How many rows were written, once it is closed."""
        return self._whole().rows

    def entry(self) -> FileEntry:
        """What the manifest says of the file, once it is closed and finished."""
        parts = self._whole()
        return {
            "bytes": self._file.length,
            "sha256": self._file.sha256,
            "digest": parts.fingerprint.digest(),
            "rows": parts.rows,
            "schema": {field.name: str(field.type) for field in parts.schema},
            "footer": footer_sha256(self._file.path),
            "sensitive": sorted(set(self._sensitive) & set(parts.schema.names)),
        }

    def statistics(self) -> dict[str, Json]:
        """Figures of each column, once it is closed."""
        return self._whole().statistics.result()

    def _whole(self) -> "_Parts":
        if self._parts is None:
            raise ValueError(f"{self._where} has no schema: 0 batches came; yield one batch, which may have no rows")
        return self._parts


class _Parts:
    """What exists once the schema is known: the Parquet writer, the figures, and rows that wait for a full group."""

    def __init__(self, file: HashedFile, schema: pa.Schema, sensitive: Collection[str]) -> None:
        self.given = schema
        self.schema = schema.remove_metadata()
        self.fingerprint = Fingerprint(self.schema)
        self.statistics = Statistics(self.schema, sensitive)
        self.writer = pq.ParquetWriter(file, self.schema, **_parquet(self.schema))
        self.rows = 0
        self._even = Even(group_rows(self.schema))
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="table")
        self._running: list[Future[None]] = []

    def take(self, batch: pa.RecordBatch, where: str) -> None:
        if not batch.schema.equals(self.given):
            raise ValueError(
                f"{where} has batches of two schemas: {_told(batch.schema)} after {_told(self.given)}; yield batches "
                "of one schema"
            )
        for group in self._even.take(batch.replace_schema_metadata(None)):
            self._write(group)

    def close(self) -> None:
        for group in self._even.rest():
            self._write(group)
        self._settle()
        self._pool.shutdown()
        self.writer.close()

    def abandon(self) -> None:
        wait(self._running)
        self._pool.shutdown()
        with suppress(OSError, pa.ArrowException):  # the first refusal is the one to show
            self.writer.close()

    def _write(self, group: pa.RecordBatch) -> None:
        self._settle()
        self.rows += len(group)
        self._running = [
            self._pool.submit(self.writer.write_batch, group, row_group_size=len(group)),
            self._pool.submit(self._describe, group),
        ]

    def _describe(self, group: pa.RecordBatch) -> None:
        self.fingerprint.update(group)
        self.statistics.update(group)

    def _settle(self) -> None:
        """Return when the group before is done; what went wrong with it is raised."""
        running, self._running = self._running, []
        wait(running)
        for task in running:
            task.result()


class Even:
    """Cuts and joins batches to exactly `rows` each, to fewer where these are too large."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._waiting: list[pa.RecordBatch] = []
        self._count = self._bytes = 0

    def take(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Take the next rows, and give what is full."""
        rest = batch
        while self._count + len(rest) >= self._rows:
            cut = self._rows - self._count
            self._waiting.append(rest.slice(0, cut))
            yield from self.rest()
            rest = rest.slice(cut)
        if len(rest):
            self._waiting.append(rest)
            self._count += len(rest)
            self._bytes += rest.nbytes
        if self._bytes > GROUP_BYTES:
            yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Give what waits, if anything does."""
        if self._waiting:
            yield pa.concat_batches(self._waiting)
        self._waiting, self._count, self._bytes = [], 0, 0


def _distinct(schema: pa.Schema, where: str) -> pa.Schema:
    if twice := sorted({name for name in schema.names if schema.names.count(name) > 1}):
        raise ValueError(f"{where} has columns of one name: {', '.join(twice)} occur twice; rename them")
    return schema


def _told(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def group_rows(schema: pa.Schema) -> int:
    """Rows of a row group: as many as stay in bounds when decoded, by the types alone."""
    width = sum(field.type.bit_width / 8 if _is_fixed(field.type) else TEXT_BYTES for field in schema)
    return max(1024, min(GROUP_ROWS, int(GROUP_BYTES / max(width, 1))))


def _parquet(schema: pa.Schema) -> dict[str, Any]:
    """How a table is written, chosen by measurement.

    Dictionaries for text only: of random floats they make a file a third larger and reading twice as slow. Whole
    numbers and times by their differences, which is up to a sixth smaller and quicker both ways.
    """
    return {
        "compression": "zstd",
        "write_page_checksum": True,
        "use_dictionary": [field.name for field in schema if not _is_fixed(field.type)] or False,
        "column_encoding": {field.name: "DELTA_BINARY_PACKED" for field in schema if _is_whole(field.type)} or None,
    }


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_signed_integer(kind) or pa.types.is_date32(kind) or pa.types.is_timestamp(kind))


def _is_fixed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(kind) or pa.types.is_decimal(kind))
