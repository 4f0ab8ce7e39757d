"""Proposes changes to a contract from new rows, as a diff; nothing is written."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from assets.commands import CommandError
from assets.home import REPOSITORY, Home

if TYPE_CHECKING:
    from assets.declaration import Declaration
    from assets.propose.changes import Change
    from data_checks.verdict import Json

NOTHING, PROPOSED, TROUBLE = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Print a unified diff, and its reasons on the error stream.

    Returns:
        As `diff` does: 0 if there is nothing to propose, 1 with a diff, 2 if the rows cannot be compared.
    """
    parser = argparse.ArgumentParser(prog="make infer", description=__doc__)
    parser.add_argument("pipeline", metavar="PIPELINE", help="its folder's name")
    parser.add_argument("--rows", choices=("stored", "source"), help="which rows; default: stored, if there are any")
    parser.add_argument("--periods", type=int, default=3, help="how many of the newest stored periods to look at")
    given = parser.parse_args(arguments)
    try:
        return infer(given.pipeline, root=REPOSITORY, home=Home.from_environment(), rows=given.rows, last=given.periods)
    except (CommandError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return TROUBLE


def infer(pipeline: str, *, root: Path, home: Home, rows: str | None = None, last: int = 3) -> int:
    """Compare the contract of a pipeline with its newest rows; see `main`.

    Args:
        pipeline: its folder's name.
        root: of the repository.
        home: where versions are stored.
        rows: `stored` or `source`; None for the stored ones if there are any.
        last: how many of the newest stored periods to look at.

    Raises:
        CommandError: there is no such pipeline, or no rows of it.
    """
    from assets.declaration import load
    from assets.declare.yaml_text import read
    from assets.propose.changes import changes
    from assets.propose.look import look

    file = root / "pipelines" / pipeline / "defs.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.parent.name for path in file.parents[1].glob("*/defs.yaml")))
        raise CommandError(f"PIPELINE is not known: '{pipeline}' has no defs.yaml; choose from {known}")
    declaration = load(file, root=root)
    which, batches = _rows(pipeline, declaration, home, rows=rows, last=last)
    sys.stderr.write(f"looking at {which}\n")
    seen = look(batches, report=lambda line: sys.stderr.write(f"{line}\n"))
    written = _contract(read(file, shown_as=pipeline).value)
    found = changes(seen, declaration.contract, written, used=_used(declaration))
    return _told(file.read_text(encoding="utf-8"), found, file.relative_to(root).as_posix(), seen.rows)


def _told(text: str, found: Sequence["Change"], shown: str, rows: int) -> int:
    from assets.propose.edit import Edits

    edits = Edits(text)
    for why in dict.fromkeys(change.why for change in found):
        sys.stderr.write(f"- {why}\n")
    for change in found:
        match change.action:
            case "replace":
                edits.replace(change.path, change.value)
            case "append":
                edits.append(change.path, change.value)
            case "add":
                edits.add(change.path, change.key, change.value)
            case "note":
                pass
    before, after = (body.splitlines(keepends=True) for body in (text, edits.result()))
    lines = unified_diff(before, after, fromfile=f"a/{shown}", tofile=f"b/{shown}")
    diff = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    if not diff:
        sys.stderr.write(f"nothing to propose: the contract fits the {rows:,} rows\n")
        return NOTHING
    sys.stdout.write(diff)
    return PROPOSED


def _rows(
    pipeline: str, declaration: "Declaration", home: Home, *, rows: str | None, last: int
) -> tuple[str, Iterator[pa.RecordBatch]]:
    """The rows to look at, with derived columns, and their name for people."""
    from assets.store import Store

    store = Store(home.versions)
    addresses = sorted(store.addresses(pipeline, "raw"), key=lambda address: address.partition or "")
    heads = [head for address in addresses if (head := store.head(address)) is not None][-last:]
    if heads and rows != "source":
        names = ", ".join(head.address.partition or "the newest" for head in heads)
        stored = (batch for head in heads for batch in head.batches("rows"))
        return f"the stored rows of {names}", _derived(stored, declaration)
    source = declaration.source
    if rows == "stored" or source.kind == "asset":
        raise CommandError(f"PIPELINE has no stored rows: raw of '{pipeline}' was never materialized; run it first")
    if source.kind != "files" and declaration.partitions is not None:
        raise CommandError(
            f"PIPELINE has no stored rows: the source of '{pipeline}' is read by periods; run {pipeline}_score first"
        )
    return "the rows of the source", _derived(source.batches(), declaration)


def _derived(batches: Iterator[pa.RecordBatch], declaration: "Declaration") -> Iterator[pa.RecordBatch]:
    derive = declaration.derive.load(hidden=bool(declaration.contract.sensitive)) if declaration.derive else None
    for batch in batches:
        own = batch.select([name for name in batch.schema.names if not name.startswith("_")])
        if derive is None or not len(own):
            yield own
        else:
            yield from derive(pa.Table.from_batches([own])).combine_chunks().to_batches()


def _used(declaration: "Declaration") -> list[str]:
    """Columns that the declaration names outside of its contract."""
    features, target = declaration.features, declaration.target
    listed = [name for names in (features.number, features.category, features.time) for name in names or ()]
    named = [target.column, target.known_at, declaration.partitions.column if declaration.partitions else None]
    return [*listed, *features.never, *features.accept, *(name for name in named if name)]


def _contract(document: "Json") -> dict[str, "Json"]:
    attributes = document.get("attributes") if isinstance(document, dict) else None
    section = attributes.get("contract") if isinstance(attributes, dict) else None
    return section if isinstance(section, dict) else {}
