"""Queries that an SQLite file which is there refuses: a table or a column that it does not have, or no SQL."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from assets.data.sources.query_text import BOUNDS, for_driver, query_faults
from assets.data.sources.sql import SqlSource
from assets.declare.columns import asked, database_of
from assets.declare.faults import closest
from assets.declare.yaml_text import KeyPath, dotted

if TYPE_CHECKING:
    from assets.declaration import Declaration

NO_SQL = ("syntax error", "incomplete input")
NO_SUCH = re.compile(r"no such (table|column): (?:main\.)?(.+)")
TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
COLUMNS = "SELECT c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type IN ('table', 'view')"


def unanswered(declaration: "Declaration", *, root: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield the conflict of each query that its SQLite file can't answer as it is.

    A table that is not there may be made by an asset under `depends_on`, and is then none.

    Args:
        declaration: its `source` and `predict.source` are read.
        root: what relative paths start from.
    """
    for above, source in {("source",): declaration.source, ("predict", "source"): declaration.predict.source}.items():
        if isinstance(source, SqlSource) and not list(query_faults(source.query)):
            path: KeyPath = (*above, "query")
            if told := _refusal(source, root):
                yield path, f"{dotted(path)} can't be answered by {source.url!r}: {told}"


def _refusal(source: SqlSource, root: Path) -> str | None:
    file = database_of(source, root)
    if file is None or not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            said = _error(database, source.query)
            return _told(said, source, database) if said else None
    except sqlite3.Error:  # it is busy, or no database, which ingestion says better
        return None


def _error(database: sqlite3.Connection, query: str) -> str | None:
    """Return what SQLite says against a query, of which it runs nothing."""
    try:
        asked(database, query)
    except sqlite3.OperationalError as error:
        if NO_SUCH.fullmatch(str(error)):
            return str(error)
    else:
        return None
    try:  # as it stands: not every query that gives rows may stand within another
        database.execute(f"EXPLAIN {for_driver(query)}", dict.fromkeys(BOUNDS, "2000-01-01"))
    except sqlite3.OperationalError as error:
        return str(error)
    return None


def _told(said: str, source: SqlSource, database: sqlite3.Connection) -> str | None:
    found = NO_SUCH.fullmatch(said)
    if found is None:
        return f"{said}; mend the SQL" if said.endswith(NO_SQL) else None
    kind, name = found.groups()
    if kind == "table" and source.depends_on:
        return None
    known = {str(row[0]) for row in database.execute(TABLES if kind == "table" else COLUMNS)}
    meant = closest(name.rpartition(".")[2], known)
    return f"it has no {kind} '{name}'; " + (f"did you mean '{meant}'?" if meant else "mend the name")
