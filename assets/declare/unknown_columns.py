"""Columns that are named and not there; a misspelt one is taken for the one that is meant, to judge the rest by."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from assets.declare.columns import Columns
from assets.declare.faults import closest, is_one_edit, surely
from assets.declare.named_columns import named
from assets.declare.yaml_text import KeyPath
from assets.versions.in_short import and_more, in_common
from data_checks.expectation_form import Expectation

if TYPE_CHECKING:
    from assets.declaration import Declaration

# columns that rows are given on their way
OURS = frozenset({"_row", "_period", "_file"})
CONTRACT = ("contract", "columns")
# so many that are not there, and none that is, are no slips
MANY = 3
SHOWN = 120


class Unknown(NamedTuple):
    """A column that is not there.

    Attributes:
        path: where it is named.
        message: what is told of it.
        meant: the column that is surely meant, if there is one.
    """

    path: KeyPath
    message: str
    meant: str | None = None


def unknown(declaration: "Declaration", columns: Columns) -> Iterator[Unknown]:
    """Yield every column that is named and not there, or that its place can't name."""
    if strange := _of_another_table(declaration, columns):
        yield strange
        return
    misspelt = _misspelt(declaration, columns)
    for path, name in named(declaration):
        where = ".".join(str(part) for part in path if part != name)
        if name.startswith("_") and path[:2] == ("contract", "expectations"):
            told = f"'{name}' begins with _, as our own columns do; name another, or derive one"
            yield Unknown(path, f"{where} names a column that expectations do not see: {told}")
        if name in OURS:
            continue
        if columns.seen is None:
            yield from _unseen(path, name, columns.contract, misspelt)
        elif name not in columns.source and not may_be_derived(name, columns):
            known = {*columns.source, *_promised(columns), *(_brought(name, columns))}
            near = closest(name, known)
            remedy = f"did you mean '{near}'?" if near else _listed(columns)
            told = f"{where} names a column that is not there: '{name}' is not in {columns.seen!r}; {remedy}"
            yield Unknown(path, told, surely(name, known))


def _of_another_table(declaration: "Declaration", columns: Columns) -> Unknown | None:
    """Return the one fault of a source that has none of the columns: it is read otherwise than it is written."""
    names = {name for _, name in named(declaration)} - OURS
    if columns.seen is None or len(names) < MANY or any(name in columns.source for name in names):
        return None
    if columns.derived is None or not names.isdisjoint(columns.derived):
        return None
    seen = sorted(columns.source)
    if any(closest(name, seen) for name in names if len(seen) > 1) and not any("{" in name for name in seen):
        return None
    mark = next((mark for mark in ";\t|," if len(seen) == 1 and mark in seen[0]), None)
    remedy = f"write delimiter: {mark!r}" if mark else "look at path, format, delimiter, skip_lines or query"
    told = f"{columns.seen!r} has {_listed(columns).removeprefix('it has ')[:SHOWN]}, and none of the {len(names)} that"
    return Unknown(("source",), f"source gives none of the columns: {told} are named, such as '{min(names)}'; {remedy}")


def _unseen(path: KeyPath, name: str, contract: Collection[str], misspelt: Mapping[str, str]) -> Iterator[Unknown]:
    """Yield a slip of a column of the contract, where the source can't be looked into: others may be there too."""
    where = ".".join(str(part) for part in path if part != name)
    if name in misspelt:
        if path[:2] == CONTRACT:
            told = f"'{name}'; did you mean '{misspelt[name]}', as is named elsewhere?"
            yield Unknown(path, f"{where} names a column that nothing else does: {told}", misspelt[name])
        return
    near = closest(name, contract)
    if name not in contract and near and _is_slip(name, near) and name not in misspelt.values():
        told = (
            f"'{name}'; did you mean '{near}'? the source can't be looked into, so name it in contract.columns if it is"
        )
        yield Unknown(path, f"{where} names a column that the contract does not: {told} another", near)


def _misspelt(declaration: "Declaration", columns: Columns) -> dict[str, str]:
    """Return the columns that the contract alone names, each a slip of one that several other places name."""
    if columns.seen is not None:
        return {}
    used = Counter(name for path, name in named(declaration) if path[:2] != CONTRACT)
    often = [name for name, times in used.items() if times > 1 and name not in columns.contract]
    nears = {name: closest(name, often) for name in declaration.contract.columns if name not in used}
    return {name: near for name, near in nears.items() if near and _is_slip(name, near)}


def as_meant(
    declaration: "Declaration", unknown: Sequence[Unknown]
) -> tuple["Declaration", Callable[[KeyPath], KeyPath]]:
    """Return a declaration in which columns are named as they are meant, and what gives a place as it is written.

    Args:
        declaration: that names others.
        unknown: these.
    """
    written: dict[KeyPath, KeyPath] = {}
    for path, _, meant in unknown:
        if meant is not None and path[-1] != "row_condition":
            changed = _put(declaration, path, meant)
            if changed is not None:
                declaration = changed
                written[(*path[:-1], meant)] = path

    def place(path: KeyPath) -> KeyPath:
        return next((old + path[len(new) :] for new, old in written.items() if path[: len(new)] == new), path)

    return declaration, place


def _put(node: Any, path: KeyPath, name: str) -> Any:  # noqa: ANN401  # any part of a declaration
    """Return a part of a declaration with another name at a place; None where that one is there already."""
    part, rest = path[0], path[1:]
    if isinstance(node, Expectation):
        argument, item = str(rest[0]), rest[1:]
        inner = _put(node.arguments[argument], item, name) if item else name
        return None if inner is None else node.model_copy(update={"arguments": {**node.arguments, argument: inner}})
    if isinstance(node, BaseModel):
        inner = _put(getattr(node, str(part)), rest, name) if rest else name
        return None if inner is None else node.model_copy(update={str(part): inner})
    if isinstance(node, Mapping):
        return None if name in node else {name if key == part else key: value for key, value in node.items()}
    if name in node:
        return None
    inner = _put(node[part], rest, name) if rest else name
    return None if inner is None else type(node)(inner if at == part else one for at, one in enumerate(node))


def _brought(name: str, columns: Columns) -> Iterator[str]:
    """Yield the text of a `derive` function's module that a name is a slip of."""
    if (near := closest(name, columns.derived or ())) and _is_slip(name, near):
        yield near


def may_be_derived(name: str, columns: Columns) -> bool:
    """Whether a `derive` function names the column, or may bring it because the contract promises it."""
    if columns.derived is None:
        near = closest(name, columns.source)
        return not (near and _is_slip(name, near))
    return name in columns.derived or name in _promised(columns)


def _promised(columns: Columns) -> Collection[str]:
    """Return what only the contract names and a `derive` function may add: no slip of a column that it leaves out."""
    if not columns.derived:
        return ()
    left_out = (columns.source.keys() | columns.derived) - columns.contract
    slips = {name for name in columns.contract if (near := closest(name, left_out)) and _is_slip(name, near)}
    return columns.contract - columns.source.keys() - (slips - columns.derived)


def _is_slip(name: str, near: str) -> bool:
    """Whether a name differs from another by one letter only, or by their case or order."""
    if sorted(name.lower()) == sorted(near.lower()):
        return True
    short, long = sorted((name, near), key=len)
    same = in_common(short, long)
    return is_one_edit(short, long) and not long[same : same + 1].isdigit()


def _listed(columns: Columns) -> str:
    return f"it has {and_more(sorted(columns.source), 12)}"
