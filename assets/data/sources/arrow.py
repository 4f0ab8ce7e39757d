"""What every source hands on: plain Arrow batches of bounded size, whatever wrote them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

BATCH_ROWS = 65_536
BATCH_BYTES = 32 * 2**20
# columns of Parquet files that pandas itself does not take for columns; they go beside the rows, as `_file` does
PANDAS_INDEX = re.compile("__index_level_[0-9]+__")


class SourceError(ValueError):
    """A source that cannot be read, or whose rows cannot be taken as they are."""


@dataclass
class Extent:
    """How much of a source is read for a period: its parts are the row groups of a Parquet file, or else files.

    Attributes:
        read: parts that are read; None: all there are.
        there: parts that there are.
        rows: how many rows of the period they hold, where that is known before.
    """

    read: int | None = None
    there: int = 0
    rows: int | None = None

    def __str__(self) -> str:
        """Tell it as people say it."""
        return "all" if self.read in {None, self.there} else f"{self.read:,} of {self.there:,}"


def plain(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches in Arrow's plain types, so that versions do not depend on the library that wrote a file.

    Large and view types become their plain ones, dictionaries their values; pandas' metadata is dropped. A batch that
    is or becomes larger than 32 MiB is cut; what is larger is one row.

    Raises:
        SourceError: a column has no name, the name of another, or one that begins with `_` (those are ours).
    """
    schema: pa.Schema | None = None
    for batch in batches:
        if schema is None:
            check_names(batch.schema.names)
            schema = pa.schema([pa.field(f.name, plain_type(f.type)) for f in batch.schema])
        for part in bounded(batch):
            yield part if part.schema.equals(schema, check_metadata=True) else _cast(part, schema)


def bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut the batch so that no part decodes to more than the budget, before it is decoded: before any cast."""
    if len(batch) < 2 or batch.nbytes + _hidden(batch) <= BATCH_BYTES:
        yield batch
        return
    half = len(batch) // 2
    yield from bounded(batch.slice(0, half))
    yield from bounded(batch.slice(half))


def _hidden(batch: pa.RecordBatch) -> int:
    """Bytes that the values of dictionaries take once each row has its own copy, which a file need not hold."""
    return sum(_decoded(column) for column in batch.columns if pa.types.is_dictionary(column.type))


def _decoded(column: pa.DictionaryArray) -> int:
    values = column.dictionary
    if pa.types.is_primitive(values.type):
        return len(column) * int(values.type.bit_width) // 8
    if len(column) * values.nbytes <= BATCH_BYTES:
        return 0
    if pa.types.is_nested(values.type) or pa.types.is_dictionary(values.type):
        return len(column) * int(values.nbytes)
    return int(pc.sum(pc.binary_length(values).cast(pa.int64()).take(column.indices)).as_py() or 0)


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The plain form of a type: no dictionary, no wide offsets, no view, no extension."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    return kind


def check_names(names: list[str]) -> None:
    """Refuse names that cannot be told apart, or are ours.

    Raises:
        SourceError: naming them.
    """
    ours = [name for name in names if name.startswith("_") and name != "_file" and not PANDAS_INDEX.fullmatch(name)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or "" in names:
        at = f"column {names.index('') + 1} of {len(names)}" if names else "the only one"
        index = ", or leave it out: pandas writes its index so, but for index=False" if names[:1] == [""] else ""
        raise SourceError(
            f"source has a column without a name: {at} has none, every one needs one; name it at its origin{index}"
        )
    if ours:
        raise SourceError(f"source has columns that begin with an underscore: {ours} are reserved; rename them")
    if twice:
        raise SourceError(f"source has columns of the same name: {twice} must be unique; rename them")
