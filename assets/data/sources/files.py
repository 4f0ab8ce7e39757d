"""Rows of CSV, Parquet or JSON-lines files."""

import glob
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, assert_never

import pyarrow as pa
import pyarrow.json as pa_json
import pyarrow.parquet as pq
from pydantic import Field

from assets.data.period import Period
from assets.data.sources import csv_rows
from assets.data.sources.arrow import SourceError, plain
from assets.data.sources.spool import cast, unify
from assets.settings import Section

Format = Literal["csv", "parquet", "jsonl"]

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
# what a CSV reader quotes of a row may be sensitive
_ROW_TEXT = re.compile(r"(Expected \d+ columns, got \d+).*")
# decoded rows can be a thousand times the size of the file: few at a time keep one batch small
_PARQUET_ROWS = 8_192


class FilesSource(Section):
    """One or more files of one table."""

    kind: Literal["files"]
    path: str | tuple[str, ...]
    """File, pattern (`bookings/*.csv`) or list of these; patterns and lists add each row's file as `_file`."""
    format: Format | None = None
    """What the files hold; by default what their suffix says."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Of CSV files; by default a comma, or a tab for `.tsv`."""
    encoding: str = "utf-8"
    """Of CSV files."""
    nulls: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    """Spellings of a missing value in CSV files."""

    def fingerprint(self) -> str | None:
        """SHA-256 over the names and bytes of all files."""
        digest = hashlib.sha256()
        for path, name in self._named().items():
            with path.open("rb") as file:
                digest.update(f"{name}:{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        return digest.hexdigest()

    def batches(self, period: Period | None = None) -> Iterator[pa.RecordBatch]:
        """All rows, file after file in the order of their paths, under one schema.

        Raises:
            SourceError: a file is missing, empty, damaged, ragged, in another encoding or of other columns.
        """
        return plain(self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        files = self._named()
        several = not isinstance(self.path, str) or glob.has_magic(self.path)
        schema = self._schema(list(files))
        for path, name in files.items():
            for batch in self._rows(path):
                rows = cast(batch, schema)
                yield rows.append_column("_file", pa.repeat(name, len(rows))) if several else rows

    def _named(self) -> dict[Path, str]:
        """The files in the order of their paths, each with its `_file`: its name, or, if not unique, path."""
        found: set[Path] = set()
        for pattern in (self.path,) if isinstance(self.path, str) else self.path:
            matches = [pattern] if Path(pattern).is_file() else glob.glob(pattern, recursive=True)  # noqa: PTH207
            paths = {Path(match) for match in matches if Path(match).is_file()}
            if not paths:
                raise SourceError(
                    f"source.path names no file: {pattern!r} does not exist under {str(Path.cwd())!r}; mend the path"
                )
            found |= paths
        for path in found:
            if path.stat().st_size == 0:
                raise SourceError(f"source.path names an empty file: {str(path)!r} has 0 bytes; write it again")
        names = [path.name for path in found]
        return {path: path.name if names.count(path.name) == 1 else path.as_posix() for path in sorted(found)}

    def _format(self, path: Path) -> Format:
        suffix = next((part.lower() for part in reversed(path.suffixes) if part.lower() in _SUFFIXES), "")
        found = self.format or _SUFFIXES.get(suffix)
        if found is None:
            raise SourceError(
                f"source.format cannot be told from the suffix: {path.name!r} ends in none of {sorted(_SUFFIXES)}; "
                "set source.format to csv, parquet or jsonl"
            )
        return found

    def _dialect(self, path: Path) -> csv_rows.Dialect:
        return csv_rows.Dialect(self.delimiter or ("\t" if ".tsv" in path.suffixes else ","), self.encoding, self.nulls)

    def _schema(self, paths: list[Path]) -> pa.Schema:
        """The schema that holds the rows of all files; for CSV the values of all of them decide together."""
        schema = unify([self._own_schema(path) for path in paths])
        texts = [path for path in paths if self._format(path) == "csv"]
        if not texts:
            return schema
        return csv_rows.schema_of(batch for path in texts for batch in self._rows(path))

    def _own_schema(self, path: Path) -> pa.Schema:
        with _reading(path):
            match self._format(path):
                case "parquet":
                    return pq.read_schema(path)
                case "jsonl":
                    return pa_json.read_json(path).schema
                case "csv":
                    return csv_rows.text_schema(path, self._dialect(path))
                case unknown:
                    assert_never(unknown)

    def _rows(self, path: Path) -> Iterator[pa.RecordBatch]:
        with _reading(path):
            match self._format(path):
                case "parquet":
                    with pq.ParquetFile(path, page_checksum_verification=True) as file:
                        yield from file.iter_batches(_PARQUET_ROWS)
                case "jsonl":
                    yield from pa_json.read_json(path).to_batches()
                case "csv":
                    yield from csv_rows.texts(path, self._dialect(path))
                case unknown:
                    assert_never(unknown)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever a reader says of a file, as one SourceError that names it."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeError, LookupError, OSError) as error:
        said = _ROW_TEXT.sub(r"\1", str(error).splitlines()[0])[:200]
        raise SourceError(
            f"source.path names a file that cannot be read: {str(path)!r} says {said!r}; "
            "check its format, delimiter and encoding, or fetch it again"
        ) from error
