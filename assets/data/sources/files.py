"""Rows of CSV, Parquet or JSON-lines files."""

import codecs
import hashlib
import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePath
from typing import Literal, Self, assert_never

import pyarrow as pa
from pydantic import Field, model_validator

from assets.data.period import Period
from assets.data.sources import csv_rows, json_rows, parquet_rows
from assets.data.sources.addresses import CREDENTIALS
from assets.data.sources.arrow import SourceError, bounded, plain
from assets.data.sources.marks import Decimal, Thousands
from assets.data.sources.places import Place, is_pattern, places, reading
from assets.data.sources.schemas import Differ, Part, Rules, Type, TypesDiffer, cast, unify
from assets.environment import MachineFact
from assets.settings import Section

Format = Literal["csv", "parquet", "jsonl"]

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
_OF_CSV = {"delimiter", "quote", "encoding", "skip_lines", "nulls", "decimal", "thousands"}


class FilesSource(Section):
    """One or more files of one table, on a disk or at any address that fsspec reads, such as `s3://` or `https://`.

    What opens an object store, such as s3fs, is installed beside Trainyard; credentials come from the environment.
    """

    kind: Literal["files"]
    path: MachineFact | tuple[MachineFact, ...]
    """File, pattern (`bookings/*.csv`, `s3://bucket/2024-*.parquet`) or list of these; patterns and lists add each
    row's file as `_file`."""
    format: Format | None = None
    """What the files hold; by default what their suffix says. CSV and JSON lines may be compressed, as `.csv.gz`."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Of CSV files; by default a comma, or a tab for `.tsv`."""
    quote: str = Field(default='"', max_length=1)
    """What surrounds a value that holds delimiters or line breaks in CSV files; empty: nothing does."""
    encoding: str = "utf-8"
    """Of CSV files."""
    skip_lines: int = Field(default=0, ge=0, le=1000)
    """Lines of CSV files that stand before the one that names the columns, such as a title."""
    nulls: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    """Spellings of a missing value in CSV files."""
    decimal: Decimal | dict[str, Decimal] = "."
    """What parts off the fraction of a number in CSV files, as in `43,21`; or that by column, a point in all others.
    A column with a value that is no number is text: name it in `types`, so that such a value is refused."""
    thousands: Thousands | dict[str, Thousands] | None = None
    """What groups the digits of a number by threes in CSV files, as in `1.234,5`, a blank for any kind of blank; or
    that by column. A value that is grouped otherwise is no number; by default none may be grouped."""
    types: dict[str, Type] = Field(default_factory=dict)
    """Types by column, for columns whose values would be read as another: integer, number, boolean, text, date or
    timestamp; a value that is not of it is refused."""
    columns_differ: Differ = "refuse"
    """Where several files have other columns: refuse them, or take the union, in which absent values are null."""
    types_differ: TypesDiffer = "promote"
    """Where a column has another type in another file: promote it to the type that holds both (integers to numbers,
    dates to timestamps, in CSV anything to text), or refuse it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for path in self._paths:
            if CREDENTIALS.search(path):
                raise ValueError(
                    "source.path holds credentials: a part before an @; take them out, and give them by the environment"
                )
        if not self._paths or "" in self._paths:
            raise ValueError("source.path is empty: it names no file; write a file, a pattern or a list of these")
        twice = sorted({path for path in self._paths if self._paths.count(path) > 1})
        if twice:
            raise ValueError(f"source.path names a file twice: {twice} would be read once; name each once")
        formats = {self.format or format_of(path) for path in self._paths}
        given = sorted(self.model_fields_set & _OF_CSV)
        if given and not formats & {"csv", None}:
            raise ValueError(
                f"source.{given[0]} has no effect: {sorted(map(str, formats))} files are no CSV files; remove it"
            )
        self._check_dialect()
        several = sorted(self.model_fields_set & {"columns_differ", "types_differ"})
        if several and not self._several:
            raise ValueError(f"source.{several[0]} has no effect: {self.path!r} is one file; remove it")
        return self

    def _check_dialect(self) -> None:
        try:
            codecs.getincrementaldecoder(self.encoding)
            io.TextIOWrapper(io.BytesIO(), self.encoding)  # alone refuses what is no encoding of text, such as hex
        except LookupError as error:
            raise ValueError(
                f"source.encoding is unknown: {self.encoding!r} is no encoding of Python's; write such as 'utf-8' or "
                "'latin-1'"
            ) from error
        if self.quote and self.quote == self.delimiter:
            raise ValueError(
                f"source.quote is the delimiter too: {self.quote!r} can't be both; give one another character"
            )
        named = (name for setting, names in self.by_column.items() if setting != "types" for name in names)
        for name in ("", *dict.fromkeys(named)):
            marks = self.dialect().marks(name)
            if marks.decimal == marks.thousands:
                of = f" in {name!r}" if name else ""
                raise ValueError(
                    f"source.thousands is the decimal mark too: {marks.decimal!r}{of} can't be both; set "
                    "source.decimal to the other one, of the same columns"
                )

    def fingerprint(self) -> str | None:
        """SHA-256 over the names and contents of all files, or what servers tell in place of these."""
        digest = hashlib.sha256()
        for place in self.places():
            digest.update(f"{place.name}:{place.identity()}\n".encode())
        return digest.hexdigest()

    def places(self) -> tuple[Place, ...]:
        """The files, in the order of their addresses.

        Raises:
            SourceError: a file is missing or empty, or a server refuses.
            UnreachableSourceError: a server does not answer.
        """
        return places(self._paths)

    def batches(self, period: Period | None = None) -> Iterator[pa.RecordBatch]:
        """All rows, file after file in the order of their addresses, under one schema.

        Raises:
            SourceError: a file is missing, empty, damaged, ragged, in another encoding or of other columns.
        """
        found = self.places()
        schema = self.unified({place: self.own_schema(place) for place in found})
        yield from self.rows(dict.fromkeys(found), schema)

    def own_schema(self, place: Place) -> pa.Schema:
        """The schema of one file by itself; all of it is read where only the values tell."""
        with reading(place):
            match self._format(place):
                case "parquet":
                    return parquet_rows.schema_of(place)
                case "jsonl":
                    return json_rows.schema_of(place, self._texts)
                case "csv":
                    return csv_rows.schema_of(place, self.dialect(place), self.types)
                case unknown:
                    assert_never(unknown)

    def unified(self, own: Mapping[Place, pa.Schema]) -> pa.Schema:
        """The schema that holds the rows of all files, by the rules of the declaration."""
        rules = Rules(self.columns_differ, self.types_differ, self.types, named=True)
        schema = unify([Part(repr(place.address), schema) for place, schema in own.items()], rules)
        for setting, names in self.by_column.items():
            if unknown := sorted(set(names) - set(schema.names)):
                raise SourceError(
                    f"source.{setting} names columns that are not there: {unknown} are not among {schema.names}; mend "
                    "the names"
                )
        return schema

    def rows(self, of: Mapping[Place, Collection[int] | None], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of some of the files, in plain batches under the schema of all.

        Args:
            of: the files; of each the numbers of the row groups that are read, or None for all of it.
            schema: as of `unified`.
        """
        return plain(batch for place, groups in of.items() for _, batch in self._rows(place, groups, schema))

    def numbered(self, place: Place, schema: pa.Schema) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The rows of one file as `rows` gives them, each batch with the number of its row group, 0 where none are."""
        for group, batch in self._rows(place, None, schema):
            for part in plain([batch]):
                yield group, part

    def _rows(
        self, place: Place, groups: Collection[int] | None, schema: pa.Schema
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        for group, read in self._read(place, groups, schema):
            for batch in bounded(read):
                rows = cast(batch, schema, repr(place.address))
                named = rows.append_column("_file", pa.repeat(place.name, len(rows))) if self._several else rows
                yield group, named

    def _read(
        self, place: Place, groups: Collection[int] | None, schema: pa.Schema
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        with reading(place):
            match self._format(place):
                case "parquet":
                    yield from parquet_rows.numbered(place, groups)
                case "jsonl":
                    open_types = pa.schema([field for field in schema if field.name not in self.types])
                    yield from ((0, batch) for batch in json_rows.batches(place, open_types, self._texts))
                case "csv":
                    yield from ((0, batch) for batch in csv_rows.rows(place, self.dialect(place), schema))
                case unknown:
                    assert_never(unknown)

    @property
    def _texts(self) -> Collection[str]:
        return {name for name, kind in self.types.items() if kind == "text"}

    @property
    def _paths(self) -> tuple[str, ...]:
        return (self.path,) if isinstance(self.path, str) else self.path

    @property
    def _several(self) -> bool:
        return not isinstance(self.path, str) or is_pattern(self.path)

    def _format(self, place: Place) -> Format:
        found = self.format or format_of(place.path)
        if found is None:
            raise SourceError(
                f"source.format cannot be told from the suffix: {place.name!r} ends in none of {sorted(_SUFFIXES)}; "
                "set source.format to csv, parquet or jsonl"
            )
        return found

    @property
    def by_column(self) -> dict[str, Collection[str]]:
        """The columns that a setting names, by setting."""
        settings = {"types": self.types, "decimal": self.decimal, "thousands": self.thousands}
        return {name: setting for name, setting in settings.items() if isinstance(setting, dict)}

    def dialect(self, place: Place | None = None) -> csv_rows.Dialect:
        """How a CSV file is written."""
        tabs = place is not None and ".tsv" in PurePath(place.path).suffixes
        delimiter = self.delimiter or ("\t" if tabs else ",")
        return csv_rows.Dialect(
            delimiter,
            self.quote,
            self.encoding,
            self.nulls,
            decimal=self.decimal,
            thousands=self.thousands or "",
            skip_lines=self.skip_lines,
        )


def format_of(path: str) -> Format | None:
    """The format that a path's suffix says, below that of a compression."""
    suffixes = [part.lower() for part in PurePath(path.partition("?")[0]).suffixes]
    return next((_SUFFIXES[part] for part in reversed(suffixes) if part in _SUFFIXES), None)
