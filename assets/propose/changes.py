"""What new rows suggest to change in a contract that was written before them."""

from collections.abc import Collection, Iterator, Mapping

from assets.data.conform import conformed
from assets.data.preprocess import Column, Contract, Type
from assets.declare.yaml_text import KeyPath
from assets.propose.change import Action, Change, many
from assets.propose.look import Look, Seen
from assets.propose.types import types_of
from assets.propose.widen import widened_by
from assets.propose.yaml_lines import flow
from data_checks.verdict import Json

_HERE: KeyPath = ("attributes", "contract")


def changes(
    look: Look,
    contract: Contract,
    written: Mapping[str, Json],
    *,
    named: Mapping[str, Collection[str]],
    before: Collection[str] | None,
) -> tuple[Change, ...]:
    """Compare new rows with a contract.

    A range is widened, a value added and a type changed only if three rows and one in a thousand need it: quarantine is
    for fewer. What columns declared sensitive hold is neither read into a change nor told. What would contradict
    another section is told, and not proposed.

    Args:
        look: what the new rows hold, derived columns among them.
        contract: as it is.
        written: the contract's section as it is written.
        named: the places outside of `contract.columns` that name a column, by column, such as `features.number`.
        before: columns of earlier rows, and derived ones; None if there are no earlier rows.
    """
    found: list[Change] = []
    for name, column in contract.columns.items():
        if name in look.columns:
            found += _column(look, look.columns[name], column, written, named=named.get(name, ()))
        else:
            found += _lost(name, contract, named.get(name, ()))
    for place, one in enumerate(contract.expectations):
        of_nulls = one.name == "expect_column_values_to_not_be_null"
        seen = look.columns.get(one.columns[0]) if len(one.columns) == 1 else None
        if seen is not None and (of_nulls or seen.name not in contract.sensitive):
            path = (*_HERE, "expectations", place, *_short(written, place, one.name))
            found += widened_by(look, one.name, one.arguments, path=path)
    return (*found, *_unnamed(look, contract, named, before))


def _short(written: Mapping[str, Json], place: int, name: str) -> KeyPath:
    """The arguments' place within an item, which is written `name: {…}` or `{name: …, arguments: {…}}`."""
    listed = written.get("expectations")
    item = listed[place] if isinstance(listed, list) else None
    return (name,) if isinstance(item, dict) and name in item else ("arguments",)


def _lost(name: str, contract: Contract, named: Collection[str]) -> Iterator[Change]:
    """A column that is gone: with the expectations on it alone if nothing else names it, else somebody must decide."""
    own = [place for place, one in enumerate(contract.expectations) if one.columns == (name,)]
    elsewhere = [where for where in named if where not in {f"contract.expectations.{place}" for place in own}]
    if elsewhere:
        where = ", ".join(["contract.columns", *named])
        yield Change(f"{name} is not in the rows: mend the source, or take it out of {where}", "decide")
        return
    why = f"{name} is not in the rows, and nothing but the contract names it"
    yield Change(why, "remove", (*_HERE, "columns", name))
    yield from (Change(why, "remove", (*_HERE, "expectations", place)) for place in own)


def _column(
    look: Look, seen: Seen, column: Column, written: Mapping[str, Json], *, named: Collection[str]
) -> Iterator[Change]:
    kind: Type = column.type
    whys = []
    for fault, rows in _faults(look, seen.name, kind).items():
        said = f"{seen.name} {fault} in {rows:,} of {look.sample.num_rows:,} rows looked at"
        new = types_of(look).get(seen.name, kind)
        bound = [where for where in named if not where.startswith("contract.")]
        if not many(rows, look.sample.num_rows):
            yield Change(f"{said}, so few that quarantine is for them: left as it is")
        elif new != column.type and (new == "number" or not bound):
            kind = new
            whys.append(f"{said}, and the contract says {column.type}")
        else:
            remedy = f"mend the source, or write {new} and change {', '.join(bound)}" if bound else "mend the source"
            yield Change(f"{said}, and the contract says {column.type}: {remedy}", "decide")
    nullable = column.nullable
    if seen.nulls and not nullable:
        said = f"{seen.name} is missing in {seen.nulls:,} of {seen.rows:,} rows"
        if many(seen.nulls, seen.rows):
            nullable = True
            whys.append(f"{said}, and the contract does not allow it")
        else:
            yield Change(f"{said}, so few that quarantine is for them: left as it is")
    if whys:
        yield from _written(seen.name, column, kind, nullable=nullable, why="; ".join(whys), written=written)


def _faults(look: Look, name: str, kind: Type) -> Mapping[str, int]:
    """How many rows of the sample are not of a type, by what is wrong with them."""
    _, faults = conformed(look.sample.select([name]), {name: {"type": kind, "nullable": True}})
    return {fault.reason.removeprefix(f"{name} "): len(fault.positions) for fault in faults}


def _written(
    name: str, column: Column, kind: Type, *, nullable: bool, why: str, written: Mapping[str, Json]
) -> Iterator[Change]:
    path: KeyPath = (*_HERE, "columns", name)
    columns = written.get("columns")
    own = columns.get(name) if isinstance(columns, dict) else None
    if not isinstance(own, dict):
        yield Change(why, "replace", path, value={"type": kind, "nullable": True} if nullable else kind)
        return
    if kind != column.type:
        yield Change(why, "replace", (*path, "type"), value=kind)
    if nullable and not column.nullable:
        action: Action = "replace" if "nullable" in own else "add"
        place = (*path, "nullable") if action == "replace" else path
        yield Change(why, action, place, key="nullable", value=True)


def _unnamed(
    look: Look, contract: Contract, named: Mapping[str, Collection[str]], before: Collection[str] | None
) -> Iterator[Change]:
    """Columns that nobody declared: those that earlier rows had too are left out of the contract on purpose."""
    if not contract.columns:
        return
    types: dict[str, Json] = {
        name: {"type": kind, "nullable": True} if look.columns[name].nulls else kind
        for name, kind in types_of(look).items()
        if name not in contract.columns and name not in named
    }
    new = [name for name in types if before is not None and name not in before]
    for name in new:
        why = f"{name} is new: no earlier rows have it, and the contract does not name it"
        yield Change(why, "add", (*_HERE, "columns"), key=name, value=types[name])
    old = {name: kind for name, kind in types.items() if name not in new}
    if old:
        since = "there are no earlier rows to tell since when" if before is None else "earlier rows have them too"
        yield Change(f"the contract does not name {', '.join(old)}: {since}; to name them, add {flow(old)}")
