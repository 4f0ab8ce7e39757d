"""Which columns a pipeline's rows have, as far as a glance at the source tells."""

import csv
import io
import json
import sqlite3
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.sources.files import FilesSource, format_of
from assets.data.sources.places import is_pattern, on_disk
from assets.data.sources.query_text import BOUNDS, for_driver
from assets.data.sources.sql import SQLITE, SqlSource
from assets.declare.functions import literals, wrong_with
from assets.environment import here, unset

if TYPE_CHECKING:
    from assets.data.sources import Source
    from assets.declaration import Declaration

Kind = Literal["number", "integer", "boolean", "text", "time"]
MOST_FILES = 64
MOST_LINES = 100
FIRST_BYTES = 1_000_000
# of SQLite's machine, which takes some thousands to read a schema
MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Columns:
    """The columns that may be named in a declaration.

    Attributes:
        source: those seen in the source with their kinds, None where the file does not tell; empty if it was not seen.
        derived: names that the `derive` function may add; None if the function can't be found.
        contract: those named in the contract.
        seen: where they were seen; None if the source can't be looked into from here.
    """

    source: Mapping[str, Kind | None]
    derived: frozenset[str] | None
    contract: frozenset[str]
    seen: str | None


def columns_of(declaration: "Declaration", *, root: Path) -> Columns:
    """Look at a declaration's source: Parquet's footers, the first lines of other files, what a query on SQLite names.

    Args:
        declaration: its `source`, `derive` and `contract` are read.
        root: what relative paths start from.
    """
    source, name = _glance(declaration.source, root) or ({}, None)
    use = declaration.derive.use if declaration.derive else None
    derived = frozenset[str]() if use is None else None if wrong_with(use, root=root) else literals(use, root=root)
    return Columns(source, derived, frozenset(declaration.contract.columns), name)


def _glance(source: "Source", root: Path) -> tuple[dict[str, Kind | None], str] | None:
    if isinstance(source, FilesSource):
        return _seen(source, root)
    return _selected(source, root) if isinstance(source, SqlSource) else None


def database_of(source: SqlSource, root: Path) -> Path | None:
    """Return the SQLite file of a source; None of one that is a server's, or whose variable is not set."""
    if source.url is None or unset(source.url):
        return None
    return root / here(source.url).removeprefix(SQLITE).partition("?")[0]


def asked(database: sqlite3.Connection, query: str) -> list[str]:
    """Return the columns that a query gives; SQLite runs none of it for no rows.

    Raises:
        sqlite3.Error: it can't be answered.
    """
    whole = f"SELECT * FROM ({for_driver(query).strip().rstrip(';')}\n) LIMIT 0"  # noqa: S608  # read-only, and the user's own
    database.set_progress_handler(lambda: 1, MOST_STEPS)
    return [column[0] for column in database.execute(whole, dict.fromkeys(BOUNDS, "2000-01-01")).description]


def _selected(source: SqlSource, root: Path) -> tuple[dict[str, Kind | None], str] | None:
    """Return what a query gives, of an SQLite file that is there."""
    file = database_of(source, root)
    if file is None:
        return None
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            return dict.fromkeys(asked(database, source.query)), str(source.url)
    except sqlite3.Error:
        return None


def _seen(source: FilesSource, root: Path) -> tuple[dict[str, Kind | None], str] | None:
    written = (source.path,) if isinstance(source.path, str) else source.path
    if any(unset(path) for path in written):
        return None
    several = not isinstance(source.path, str) or is_pattern(source.path)
    files = [file for path in written for file in on_disk(str(root / here(path)))]
    if not files or len(files) > MOST_FILES:
        return None
    found: dict[str, Kind | None] = {"_file": "text"} if several else {}
    for file in files:
        kind = format_of(file.name) or source.format
        if source.format not in {None, kind}:  # which is told
            return None
        own = _of_file(file, kind, source) if kind else None
        if not own:
            return None
        found |= own
    return found, written[0]


def _of_file(file: Path, kind: str, source: FilesSource) -> dict[str, Kind | None]:
    """Return a file's columns; none if it can't be read, which ingestion will say better."""
    try:
        if kind == "parquet":
            return {field.name: _kind(field.type) for field in pq.read_schema(file)}
        with pa.input_stream(str(file), compression="detect") as content:
            head = getincrementaldecoder(source.encoding)().decode(content.read(FIRST_BYTES))
    except (pa.ArrowException, OSError, UnicodeError, LookupError):
        return {}
    if kind == "csv":
        return dict.fromkeys(_header(head, source, source.delimiter or ("\t" if ".tsv" in file.suffixes else ",")))
    return dict.fromkeys(_keys(head))


def _header(head: str, source: FilesSource, delimiter: str) -> list[str]:
    lines = io.StringIO(head.removeprefix("\ufeff"), newline="")
    for _ in range(source.skip_lines):
        lines.readline()
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE
    rows = csv.reader(lines, delimiter=delimiter, quotechar=source.quote or None, quoting=quoting)
    try:
        return next((row for row in rows if row), [])
    except csv.Error:
        return []


def _keys(head: str) -> Iterator[str]:
    for line in head.splitlines()[:MOST_LINES]:
        try:
            row = json.loads(line)
        except ValueError:
            return
        if isinstance(row, dict):
            yield from row


def _kind(kind: pa.DataType) -> Kind | None:
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    tests: tuple[tuple[Kind, bool], ...] = (
        ("boolean", pa.types.is_boolean(kind)),
        ("integer", pa.types.is_integer(kind)),
        ("number", pa.types.is_floating(kind) or pa.types.is_decimal(kind)),
        ("text", pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)),
        ("time", pa.types.is_date(kind) or pa.types.is_timestamp(kind)),
    )
    return next((name for name, holds in tests if holds), None)
