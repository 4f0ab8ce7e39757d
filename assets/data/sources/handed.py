"""Tables that pass from one Dagster asset to another: Parquet files that are written and read batch by batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.sources import parquet_rows
from assets.data.sources.arrow import SourceError, bounded
from assets.data.sources.places import Place
from assets.data.sources.schemas import Part, Rules, cast, unify
from assets.versions.disk import Disk, replacing
from assets.versions.table_file import Even, group_rows


def hand_over(disk: Disk, path: Path, rows: pa.RecordBatchReader) -> int:
    """Write rows as one file, in bounded memory, in place of an older one; that stays if anything goes wrong.

    Returns:
        How many rows were written.

    Raises:
        StoreWriteError: the machine refuses.
    """
    count, even = 0, Even(group_rows(rows.schema))
    with (
        replacing(disk, path) as file,
        pq.ParquetWriter(file, rows.schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        for batch in rows:
            count += len(batch)
            for group in even.take(batch):
                writer.write_batch(group, row_group_size=len(group))
        for group in even.rest():
            writer.write_batch(group, row_group_size=len(group))
    return count


@dataclass(frozen=True)
class HandedTable:
    """An asset's table, of which nothing is read yet.

    Attributes:
        key: the asset's key, for messages.
        files: where it lies, one file a partition.
    """

    key: str
    files: tuple[Path, ...]

    def reader(self) -> pa.RecordBatchReader:
        """The rows, file after file, in batches of bounded size under the one schema that holds all files.

        That is the files' own, with what pandas keeps in it, if they are all of one.

        Raises:
            SourceError: a file cannot be read, or the files' columns do not go together.
        """
        parts = [Part(repr(str(path)), self._schema(path)) for path in self.files]
        schema = parts[0].schema
        if not all(part.schema.equals(schema, check_metadata=True) for part in parts):
            schema = unify(parts, Rules())
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _schema(self, path: Path) -> pa.Schema:
        with self._reading(path):
            return parquet_rows.schema_of(_place(path))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for path in self.files:
            with self._reading(path):
                for read in parquet_rows.batches(_place(path)):
                    for batch in bounded(read):
                        yield cast(batch, schema, repr(str(path)))

    @contextmanager
    def _reading(self, path: Path) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SourceError(
                f"source.key names an asset whose table cannot be read: {self.key!r} lies in {str(path)!r}, which says "
                f"{str(error).splitlines()[0]!r}; materialize the asset again"
            ) from error


def _place(path: Path) -> Place:
    return Place(str(path), path.name, str(path))
