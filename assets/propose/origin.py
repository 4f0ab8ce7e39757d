"""What `--source` means: the `source` section that reads it."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from assets.data.event_time import has_zones
from assets.data.sources import FilesSource, Source, SqlSource
from assets.data.sources.files import format_of
from assets.propose import ProposeError
from assets.propose.periods import Periods
from data_checks.verdict import Json

_ENVIRONMENT, _SQLITE = "env:", "sqlite:///"
# addresses of files that are not here; every other address is taken for a database's
_FILES = ("s3:", "gs:", "gcs:", "az:", "abfs:", "abfss:", "http:", "https:", "file:", "hf:", "ftp:", "sftp:", "memory:")
Readable = FilesSource | SqlSource


def section_of(
    source: str, *, table: str | None, query: str | None, root: Path, encoding: str | None = None
) -> dict[str, Json]:
    """Return the section for files, an SQLite file, or a database whose address an environment variable holds.

    Args:
        source: path, pattern or address of files; `sqlite:///file.db`; or `env:NAME`.
        table: of a database; may be left out where it has one.
        query: instead of a table.
        root: paths below it are written relative to it, others as they are.
        encoding: of CSV files.

    Raises:
        ProposeError: the options do not fit each other.
    """
    is_sql = source.startswith((_ENVIRONMENT, _SQLITE))
    if not is_sql and re.match(r"[\w+]+://", source) and not source.startswith(_FILES):
        raise ProposeError(
            "--source is the address of a database, which may hold a password: it must not stand in a declaration; "
            "put it into an environment variable and give its name, --source env:NAME --table TABLE"
        )
    if not is_sql:
        if table or query:
            given = "--table" if table else "--query"
            raise ProposeError(f"{given} has no meaning with files: {source!r} is no database; leave it out")
        path = _relative(source, root)
        return {
            "kind": "files",
            "path": f"{path}/{_all_of(source)}" if Path(source).is_dir() else path,
            **({"encoding": encoding} if encoding else {}),
        }
    if encoding:
        raise ProposeError(f"--encoding has no meaning with databases: {encoding!r} is of CSV files; leave it out")
    if table and query:
        raise ProposeError("--table and --query are alternatives: both are given; keep one of them")
    if source.startswith(_SQLITE):
        address: dict[str, Json] = {"url": _SQLITE + _relative(source.removeprefix(_SQLITE), root)}
    else:
        address = {"url_env": source.removeprefix(_ENVIRONMENT)}
    return {"kind": "sql", **address, "query": query or select(_table(address, table, root))}


def select(table: str, *, column: str | None = None) -> str:
    """The query that reads a table, or the rows of one period by the column of its time."""
    where = f" WHERE {_quoted(column)} >= :start AND {_quoted(column)} < :end" if column else ""
    return f"SELECT * FROM {'.'.join(_quoted(part) for part in table.split('.'))}{where}"  # noqa: S608  # quoted


def of_periods(
    section: Mapping[str, Json], column: str | None, periods: Periods | None, *, sample: pa.Table | None = None
) -> dict[str, Json]:
    """Return the section with the bounds of a period in its query, where the table holds the time of a row itself.

    Hours are left out: SQLite compares times as text, which a `T` between day and hour puts into another order. So are
    times as text that name a zone, which no comparison of text knows of, or that stand in another database.
    """
    query = section.get("query")
    whole = re.fullmatch(r'SELECT \* FROM ("?[\w."]+"?)', query) if isinstance(query, str) else None
    if whole is None or column is None or periods is None or periods.every == "hour":
        return dict(section)
    times = sample[column] if sample is not None else None
    address = str(section.get("url") or os.environ.get(str(section.get("url_env"))))
    if (
        times is not None
        and pa.types.is_string(times.type)
        and (True in has_zones(times) or not address.startswith(_SQLITE))
    ):
        return dict(section)
    return {**section, "query": select(whole[1].replace('"', ""), column=column)}


def opened(section: Mapping[str, Json], *, root: Path) -> Readable:
    """Return the source that the section describes, to be read from wherever the process stands.

    Raises:
        ProposeError: it is none.
    """
    try:
        found = TypeAdapter[Source](Source).validate_json(json.dumps(_from(root, section)))
    except ValidationError as error:
        raise ProposeError("; ".join(_said(detail["msg"]) for detail in error.errors(include_url=False))) from None
    if not isinstance(found, FilesSource | SqlSource):
        raise ProposeError(f"--source is of kind {found.kind!r}: files and databases can be looked at; give one")
    return found


def _from(root: Path, section: Mapping[str, Json]) -> dict[str, Json]:
    path, url = section.get("path"), section.get("url")
    if isinstance(path, str) and "://" not in path:
        return {**section, "path": str(root / path)}
    if isinstance(url, str):
        return {**section, "url": f"{_SQLITE}{root / url.removeprefix(_SQLITE)}"}
    return dict(section)


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _relative(path: str, root: Path) -> str:
    """A path as a declaration names it: from the root where it lies below it."""
    if re.match(r"\w+://", path):
        return path
    whole = Path.cwd() / path
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.as_posix()


def _all_of(folder: str) -> str:
    """The pattern of the files in a folder, or below it where it holds folders alone."""
    for pattern in ("*", "**/*"):
        suffixes = {path.suffix for path in Path(folder).glob(pattern) if path.is_file() and format_of(path.name)}
        if len(suffixes) == 1:
            return pattern + suffixes.pop()
        if suffixes:
            raise ProposeError(
                f"--source is a folder of several formats: {folder!r} holds {', '.join(sorted(suffixes))}; give a "
                f"pattern, such as {folder}/*{min(suffixes)}"
            )
    raise ProposeError(
        f"--source is a folder without tables: {folder!r} holds no CSV, Parquet or JSON lines; name a file"
    )


def _table(address: Mapping[str, Json], table: str | None, root: Path) -> str:
    """The table that is meant; the database is asked first whether it is there at all."""
    from sqlalchemy import create_engine, inspect

    asked = {"kind": "sql", **address, "query": "SELECT 1 AS one"}
    next(iter(opened(asked, root=root).batches()), None)
    url = _from(root, asked).get("url") or os.environ[str(address["url_env"])]
    engine = create_engine(str(url))
    known = sorted([*inspect(engine).get_table_names(), *inspect(engine).get_view_names()])
    engine.dispose()
    if table is None and len(known) == 1:
        return known[0]
    named = ", ".join(known) or "none"
    if table is None:
        raise ProposeError(f"--table is needed: the database holds {named}; name one of them, or give a --query")
    if "." not in table and table not in known:
        raise ProposeError(f"--table is not there: {table!r} is not among {named}; name one of them")
    return table


def _quoted(name: str | None) -> str:
    return f'"{name}"'
