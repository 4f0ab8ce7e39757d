"""CSV files as batches whose types hold for every row of every file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

_TYPES = (pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"))
_LEADING_ZERO = r"^[+-]?0[0-9]"


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; see `FilesSource` for the fields."""

    delimiter: str
    encoding: str
    nulls: tuple[str, ...]


def texts(path: Path, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """The rows of one file with every value as text, missing ones null."""
    with _reader(path, dialect, text_schema(path, dialect)) as reader:
        yield from reader


def text_schema(path: Path, dialect: Dialect) -> pa.Schema:
    """The columns of one file, all as text."""
    with _reader(path, dialect, pa.schema([])) as reader:
        return pa.schema([(name, pa.string()) for name in reader.schema.names])


def schema_of(batches: Iterable[pa.RecordBatch]) -> pa.Schema:
    """The first of integer, number, boolean, date, timestamp that all values of a column are written as, else text.

    Numbers with a leading zero stay text: they are codes, and would come back shorter.
    """
    possible: dict[str, tuple[pa.DataType, ...]] = {}
    filled: set[str] = set()
    for batch in batches:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            present = column.drop_null()
            possible.setdefault(name, _TYPES)
            if len(present):
                filled.add(name)
                possible[name] = tuple(kind for kind in possible[name] if _reads_as(present, kind))
    kinds = {name: (*kinds, pa.string())[0] if name in filled else pa.null() for name, kinds in possible.items()}
    return pa.schema(list(kinds.items()))


def _reader(path: Path, dialect: Dialect, schema: pa.Schema) -> pa_csv.CSVStreamingReader:
    return pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(encoding=dialect.encoding),
        parse_options=pa_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=schema, null_values=list(dialect.nulls), strings_can_be_null=True
        ),
    )


def _reads_as(present: pa.Array, kind: pa.DataType) -> bool:
    try:
        present.cast(kind)
    except pa.ArrowInvalid:
        return False
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return not (numeric and pc.any(pc.match_substring_regex(present, _LEADING_ZERO)).as_py())
