"""Paths that no file of rows can have: what their suffix says, how they are spelt, folders."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from assets.data.sources.files import FilesSource, format_of
from assets.data.sources.places import is_pattern
from assets.declare.yaml_text import KeyPath, dotted
from assets.environment import here, unset

if TYPE_CHECKING:
    from assets.declaration import Declaration

# what tables are often kept in besides
NOT_READ = frozenset({
    ".xlsx", ".xls", ".xlsm", ".ods", ".feather", ".arrow", ".orc", ".avro", ".json", ".db", ".sqlite", ".pkl",
    ".pickle", ".h5", ".sas7bdat", ".sav", ".dta", ".rds", ".zip", ".xml", ".html",
})  # fmt: skip
OF_ROWS = frozenset({".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson"})


def misplaced(declaration: "Declaration", *, root: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield the conflict of each path that names no file of rows, or no folder for predictions; one a path.

    A file that is not there yet may well come later, and is none.

    Args:
        declaration: its `source` and `predict` are read.
        root: what relative paths start from.
    """
    for place, path, source in _sources(declaration):
        if told := _unread(path, source) or _misspelt(path, root) or _folder(path, root):
            yield place, f"{dotted(place)} {told}"
    contradicting: set[KeyPath] = set()
    for place, path, source in _sources(declaration):
        at: KeyPath = (*place[: place.index("path")], "format")
        if source.format and format_of(path) not in {None, source.format} and at not in contradicting:
            contradicting.add(at)
            told = f"'{source.format}', and {path!r} holds {format_of(path)}; remove it, or mend the path"
            yield at, f"{dotted(at)} contradicts the path: {told}"
    to = declaration.predict.to
    if not isinstance(to, str) and to.kind == "files":
        suffix = PurePath(to.path).suffix.lower()
        if suffix in {*NOT_READ, *OF_ROWS}:
            told = f"'{suffix}' is that of a file, and each period becomes one in this folder; take the name off"
            yield ("predict", "to", "path"), f"predict.to.path names a file: {told}"


def _sources(declaration: "Declaration") -> Iterator[tuple[KeyPath, str, FilesSource]]:
    for above, source in {("source",): declaration.source, ("predict", "source"): declaration.predict.source}.items():
        if isinstance(source, FilesSource):
            if isinstance(source.path, str):
                yield (*above, "path"), source.path, source
                continue
            for at, path in enumerate(source.path):
                yield (*above, "path", at), path, source


def _unread(path: str, source: FilesSource) -> str | None:
    suffix = PurePath(path).suffix.lower()
    if source.format or suffix not in NOT_READ:
        return None
    may_be_lines = "write format: jsonl if it holds one object a line, or " if suffix == ".json" else ""
    return f"names a file that is not read: '{suffix}' files are none of csv, parquet, jsonl; {may_be_lines}convert it"


def _misspelt(path: str, root: Path) -> str | None:
    if path != path.strip():
        return f"begins or ends with a blank: {path!r} names no file; take it off"
    if "\\" in path and "://" not in path and not unset(path) and not (root / here(path)).exists():
        return f"holds a backslash: {path!r} names no file here; write '{path.replace(chr(92), '/')}'"
    return None


def _folder(path: str, root: Path) -> str | None:
    if "://" in path.removeprefix("file://") or unset(path) or is_pattern(path):
        return None
    folder = root / here(path).removeprefix("file://")
    if not folder.is_dir():
        return None
    inside = sorted({file.suffix for file in folder.iterdir() if file.is_file() and format_of(file.name)})
    return f"names a folder: {path!r} holds files; write '{path.rstrip('/')}/*{inside[0] if inside else '.parquet'}'"
