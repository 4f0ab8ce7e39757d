"""Proposes changes to a contract from new rows, as a diff; nothing is written."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from assets.commands import CommandError
from assets.home import REPOSITORY, Home

if TYPE_CHECKING:
    from assets.declaration import Declaration
    from assets.declare.yaml_text import KeyPath
    from assets.propose.change import Change
    from assets.versions.version import Version
    from data_checks.verdict import Json

NOTHING, PROPOSED, TROUBLE = 0, 1, 2
_STATUS = (
    "exit status: 0 if the contract fits the rows; 1 if it does not, with a diff, or with what somebody must decide; "
    "2 if the rows cannot be compared"
)


def main(arguments: Sequence[str]) -> int:
    """Print a unified diff, and its reasons on the error stream.

    Returns:
        As `diff` does: 0 if the contract fits, 1 if it does not, 2 if the rows cannot be compared.
    """
    parser = argparse.ArgumentParser(prog="make infer", description=__doc__, epilog=_STATUS)
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
    declaration = load(file, root=root, look=False)
    rows_to_see = _rows(pipeline, declaration, home, rows=rows, last=last)
    sys.stderr.write(f"looking at {rows_to_see.called}\n")
    seen = look(_derived(rows_to_see.batches, declaration), report=lambda line: sys.stderr.write(f"{line}\n"))
    before = rows_to_see.before
    found = changes(
        seen,
        declaration.contract,
        _contract(read(file, shown_as=pipeline).value),
        named=_named(declaration),
        before=None if before is None else before | (set(seen.columns) - rows_to_see.columns),
    )
    return _told(file.read_text(encoding="utf-8"), found, file.relative_to(root).as_posix(), seen.rows)


def _told(text: str, found: Sequence["Change"], shown: str, rows: int) -> int:
    for why in dict.fromkeys(change.why for change in found):
        sys.stderr.write(f"- {why}\n")
    before, after = (body.splitlines(keepends=True) for body in (text, _edited(text, found)))
    lines = unified_diff(before, after, fromfile=f"a/{shown}", tofile=f"b/{shown}")
    diff = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    sys.stdout.write(diff)
    if diff:
        return PROPOSED
    if any(change.action == "decide" for change in found):
        sys.stderr.write(f"no diff can mend it: the contract does not fit the {rows:,} rows, as said above; decide\n")
        return PROPOSED
    sys.stderr.write(f"nothing to propose: the contract fits the {rows:,} rows\n")
    return NOTHING


def _edited(text: str, found: Sequence["Change"]) -> str:
    from assets.propose.edit import Edits

    edits = Edits(text)
    removed: dict[KeyPath, list[str | int]] = {}
    for change in found:
        match change.action:
            case "replace":
                edits.replace(change.path, change.value)
            case "append":
                edits.append(change.path, change.value)
            case "add":
                edits.add(change.path, change.key, change.value)
            case "remove":
                removed.setdefault(change.path[:-1], []).append(change.path[-1])
            case "decide" | "note":
                pass
    # in a second text, so that nothing is changed within what goes
    shorter = Edits(edits.result())
    for path, parts in removed.items():
        shorter.remove(path, parts)
    return shorter.result()


@dataclass(frozen=True)
class _Rows:
    """The rows to look at.

    Attributes:
        called: their name for people.
        batches: as they were read, of one schema.
        columns: their names.
        before: columns of earlier rows; None if there are none.
    """

    called: str
    batches: Iterator[pa.RecordBatch]
    columns: frozenset[str]
    before: frozenset[str] | None


def _rows(pipeline: str, declaration: "Declaration", home: Home, *, rows: str | None, last: int) -> _Rows:
    from assets.data.sources import rows_of
    from assets.store import Store

    store = Store(home.versions)
    addresses = sorted(store.addresses(pipeline, "raw"), key=lambda address: address.partition or "")
    heads = [head for address in addresses if (head := store.head(address)) is not None]
    if heads and rows != "source":
        return _stored(heads, last)
    source = declaration.source
    if rows == "stored" or source.kind == "asset":
        raise CommandError(f"PIPELINE has no stored rows: raw of '{pipeline}' was never materialized; run it first")
    if source.kind != "files" and declaration.partitions is not None:
        raise CommandError(
            f"PIPELINE has no stored rows: the source of '{pipeline}' is read by periods; run {pipeline}_score first"
        )
    batches = rows_of(source, None, hidden=bool(declaration.contract.sensitive))
    first = list(islice(batches, 1))
    columns = frozenset(name for batch in first for name in batch.schema.names)
    before = frozenset[str]().union(*(_schema(head).names for head in heads)) if heads else None
    return _Rows("the rows of the source", chain(first, batches), columns, before)


def _stored(heads: Sequence["Version"], last: int) -> _Rows:
    """The newest periods, without those of other columns or types than the newest, which count as earlier rows."""
    schemas = [_schema(head) for head in heads]
    newest = [place for place in range(len(heads))[-last:] if schemas[place].equals(schemas[-1])]
    periods = [period for place in newest if (period := heads[place].address.partition)]
    others = [heads[place].address.partition for place in range(len(heads))[-last:] if place not in newest]
    apart = f"; {', '.join(map(str, others))} had other columns or types" if others else ""
    earlier = [schemas[place].names for place in range(len(heads)) if place not in newest]
    return _Rows(
        f"the stored rows{' of ' if periods else ''}{', '.join(periods)}{apart}",
        (batch for place in newest for batch in heads[place].batches("rows")),
        frozenset(schemas[-1].names),
        frozenset[str]().union(*earlier) if earlier else None,
    )


def _schema(head: "Version") -> pa.Schema:
    return next(head.batches("rows")).schema


def _derived(batches: Iterator[pa.RecordBatch], declaration: "Declaration") -> Iterator[pa.RecordBatch]:
    derive = declaration.derive.load(hidden=bool(declaration.contract.sensitive)) if declaration.derive else None
    for batch in batches:
        own = batch.select([name for name in batch.schema.names if not name.startswith("_")])
        if derive is None or not len(own):
            yield own
        else:
            yield from derive(pa.Table.from_batches([own])).combine_chunks().to_batches()


def _named(declaration: "Declaration") -> dict[str, list[str]]:
    """Where a column is named, outside of `contract.columns`, as people would say it."""
    from assets.declare.named_columns import named

    found: dict[str, list[str]] = {}
    for path, column in named(declaration):
        if path[:2] != ("contract", "columns"):
            where = ".".join(map(str, path[:3] if path[0] == "contract" else path[:2]))
            found.setdefault(column, []).append(where)
    return {column: list(dict.fromkeys(places)) for column, places in found.items()}


def _contract(document: "Json") -> dict[str, "Json"]:
    attributes = document.get("attributes") if isinstance(document, dict) else None
    section = attributes.get("contract") if isinstance(attributes, dict) else None
    return section if isinstance(section, dict) else {}
