"""Parquet files as batches that stay small, whatever the file's row groups decode to."""

from collections.abc import Collection, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.data.sources.arrow import BATCH_BYTES, BATCH_ROWS
from assets.data.sources.places import Place

# rows of very different length may stand together
_SKEW = 4
_BUFFER_BYTES = 2**20
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 12, "FLOAT": 4, "DOUBLE": 8}


def schema_of(place: Place) -> pa.Schema:
    """The columns of one file, from its footer."""
    with place.open() as content:
        return pq.read_schema(content)


def batches(place: Place) -> Iterator[pa.RecordBatch]:
    """The rows of one file; see `numbered`."""
    return (batch for _, batch in numbered(place))


def numbered(place: Place, groups: Collection[int] | None = None) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of one file, or of some of its row groups, page checksums verified; each batch with its group's number.

    How many at a time is told by how many values a row group has, not by the sizes that it declares. Texts that repeat
    come as dictionaries where their long form could exceed the budget.
    """
    with place.open() as content:
        metadata = pq.read_metadata(content)
        for group in range(metadata.num_row_groups):
            found = metadata.row_group(group)
            if found.num_rows == 0 or (groups is not None and group not in groups):
                continue
            rows = _rows(found)
            coded = _repeating(content, metadata, group, rows)
            file = _file(content, metadata, coded)
            for batch in file.iter_batches(rows, row_groups=[group]):
                yield group, batch
        if metadata.num_rows == 0:
            yield 0, pa.RecordBatch.from_pylist([], schema=pq.read_schema(content))


def _file(content: pa.NativeFile, metadata: pq.FileMetaData, coded: list[str]) -> pq.ParquetFile:
    return pq.ParquetFile(
        content,
        metadata=metadata,
        read_dictionary=coded,
        buffer_size=_BUFFER_BYTES,
        page_checksum_verification=True,
    )


def _rows(group: pq.RowGroupMetaData) -> int:
    columns = [group.column(place) for place in range(group.num_columns)]
    decoded = sum(
        column.num_values * _WIDTHS[column.physical_type]
        if column.physical_type in _WIDTHS
        else column.total_uncompressed_size + 4 * column.num_values
        for column in columns
    )
    return int(max(1, min(BATCH_ROWS, BATCH_BYTES // _SKEW * group.num_rows // max(decoded, 1))))


def _repeating(content: pa.NativeFile, metadata: pq.FileMetaData, group: int, rows: int) -> list[str]:
    """The texts whose longest repeated value, in all rows of a batch, would exceed the budget."""
    found = metadata.row_group(group)
    texts = [
        column.path_in_schema
        for column in (found.column(place) for place in range(found.num_columns))
        if column.physical_type == "BYTE_ARRAY"
        and column.has_dictionary_page
        and "." not in column.path_in_schema
        and column.total_uncompressed_size * rows > BATCH_BYTES
    ]
    if not texts:
        return []
    file = _file(content, metadata, texts)
    first = next(file.iter_batches(1, row_groups=[group], columns=texts))
    return [name for name in texts if _longest(first.column(name)) * rows > BATCH_BYTES]


def _longest(column: pa.DictionaryArray) -> int:
    values = column.dictionary
    return int(pc.max(pc.binary_length(values)).as_py() or 0) if len(values) else 0
