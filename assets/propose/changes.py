"""What new rows suggest to change in a contract that was written before them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from assets.data.preprocess import Column, Contract
from assets.declare.yaml_text import KeyPath
from assets.propose.contract import bounds_of, mostly, spread
from assets.propose.look import Look, Seen
from assets.propose.types import types_of
from data_checks.verdict import Json

Action = Literal["replace", "append", "add", "note"]
LEAST_ROWS, LEAST_SHARE = 3, 0.001
_HERE: KeyPath = ("attributes", "contract")
_SIDES: tuple[Literal["min_value", "max_value"], ...] = ("min_value", "max_value")


@dataclass(frozen=True)
class Change:
    """One change, or only a note, and why.

    Attributes:
        why: one line for people.
        action: replace the value at `path`, append `value` to the list or add `key` to the mapping there; or nothing.
        path: in the declaration.
        key: of what is added.
        value: what is written.
    """

    why: str
    action: Action = "note"
    path: KeyPath = ()
    key: str = ""
    value: Json = None


def changes(look: Look, contract: Contract, written: Mapping[str, Json], *, used: Sequence[str]) -> tuple[Change, ...]:
    """Compare new rows with a contract.

    A range is widened, and a value added, only if three rows and one in a thousand need it: quarantine is for the
    others. What columns declared sensitive hold is neither read into a change nor told.

    Args:
        look: what the new rows hold, derived columns among them.
        contract: as it is.
        written: the contract's section as it is written.
        used: columns that other sections of the declaration name.
    """
    found: list[Change] = []
    for name, column in contract.columns.items():
        if name in look.columns:
            found += _column(look.columns[name], column, written)
        else:
            found.append(Change(f"{name} is in the contract and not in the rows: mend the source, or take it out"))
    for place, one in enumerate(contract.expectations):
        of_nulls = one.name == "expect_column_values_to_not_be_null"
        seen = look.columns.get(one.columns[0]) if len(one.columns) == 1 else None
        if seen is not None and (of_nulls or seen.name not in contract.sensitive):
            path = (*_HERE, "expectations", place, *_short(written, place, one.name))
            found += _expectation(one.name, one.arguments, look, path=path)
    return (*found, *_new(look, contract, used))


def _short(written: Mapping[str, Json], place: int, name: str) -> KeyPath:
    """The arguments' place within an item, which is written `name: {…}` or `{name: …, arguments: {…}}`."""
    listed = written.get("expectations")
    item = listed[place] if isinstance(listed, list) else None
    return (name,) if isinstance(item, dict) and name in item else ("arguments",)


def _column(seen: Seen, column: Column, written: Mapping[str, Json]) -> Iterator[Change]:
    path: KeyPath = (*_HERE, "columns", seen.name)
    columns = written.get("columns")
    own = columns.get(seen.name) if isinstance(columns, dict) else None
    kind: Json = column.type
    whys = []
    if column.type == "integer" and seen.low is not None and not seen.whole:
        kind = "number"
        whys.append(f"{seen.name} holds fractions, and the contract says integer")
    elif column.type in {"integer", "number"} and pa.types.is_string(seen.type) and seen.nulls < seen.rows:
        yield Change(f"{seen.name} holds text, and the contract says {column.type}: rows that do not read so fail")
    nullable = column.nullable
    if seen.nulls and not nullable and _many(seen.nulls, seen.rows):
        nullable = True
        whys.append(
            f"{seen.name} is missing in {seen.nulls:,} of {seen.rows:,} rows, and the contract does not allow it"
        )
    if not whys:
        return
    why = "; ".join(whys)
    if isinstance(own, dict):
        if kind != column.type:
            yield Change(why, "replace", (*path, "type"), value=kind)
        if nullable and not column.nullable:
            action: Action = "replace" if "nullable" in own else "add"
            place = (*path, "nullable") if action == "replace" else path
            yield Change(why, action, place, key="nullable", value=True)
    else:
        yield Change(why, "replace", path, value={"type": kind, "nullable": True} if nullable else kind)


def _expectation(name: str, given: Mapping[str, Json], look: Look, *, path: KeyPath) -> Iterator[Change]:
    seen = look.columns[str(given.get("column"))]
    match name:
        case "expect_column_values_to_be_between":
            yield from _between(seen, given, look, path)
        case "expect_column_values_to_be_in_set":
            yield from _in_set(seen, given, path)
        case "expect_column_values_to_not_be_null":
            yield from _filled(seen, given, path)
        case _:
            return


def _between(seen: Seen, given: Mapping[str, Json], look: Look, path: KeyPath) -> Iterator[Change]:
    if seen.low is None or seen.high is None:
        return
    room = bounds_of(seen.low, seen.high, middle=spread(look, seen.name), whole=pa.types.is_integer(seen.type))
    values = np.asarray(look.sample[seen.name].cast(pa.float64(), safe=False).to_numpy(), np.float64)
    for side, reached in zip(_SIDES, (seen.low, seen.high), strict=True):
        limit = given.get(side)
        if not isinstance(limit, int | float):
            continue
        below = side == "min_value"
        if reached >= limit if below else reached <= limit:
            continue
        outside = int((values < limit).sum() if below else (values > limit).sum())
        beyond = f"{'below' if below else 'above'} {limit:g}, {'down' if below else 'up'} to {reached:g}"
        if _many(outside, len(values)):
            why = f"{seen.name} lies {beyond}, in {outside:,} of {len(values):,} rows looked at"
            yield Change(why, "replace", (*path, side), value=room[side])
        else:
            yield Change(f"{seen.name} lies {beyond}, but in so few rows that quarantine is for them: left as it is")


def _in_set(seen: Seen, given: Mapping[str, Json], path: KeyPath) -> Iterator[Change]:
    known = given.get("value_set")
    if not isinstance(known, list):
        return
    if seen.values is None:
        yield Change(f"{seen.name} has more values than can be listed: take the expectation out, or look what happened")
        return
    for value, rows in sorted(seen.values.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        if value in known:
            continue
        if _many(rows, seen.rows):
            why = f"{seen.name} has the new value {value!r} in {rows:,} of {seen.rows:,} rows"
            yield Change(why, "append", (*path, "value_set"), value=value)
        else:
            yield Change(f"{seen.name} has the new value {value!r} in {rows:,} rows only: left as it is")


def _filled(seen: Seen, given: Mapping[str, Json], path: KeyPath) -> Iterator[Change]:
    must = given.get("mostly", 1.0)
    filled = 1 - seen.null_share
    if not isinstance(must, int | float) or filled >= must:
        return
    least = mostly(seen.nulls, seen.rows)
    why = f"{seen.name} has a value in {filled:.3g} of the rows, and at least {must:g} must have one"
    if least is None:
        yield Change(f"{why}: take the expectation out, or look what happened")
    elif "mostly" in given:
        yield Change(why, "replace", (*path, "mostly"), value=least)
    else:
        yield Change(why, "add", path, key="mostly", value=least)


def _new(look: Look, contract: Contract, used: Sequence[str]) -> Iterator[Change]:
    """Columns that nobody declared; where most are not, the contract is about some columns on purpose."""
    types = types_of(look)
    new = [name for name in types if name not in contract.columns and name not in used]
    if not contract.columns:
        return
    if len(new) > len(contract.columns):
        yield Change(f"{len(new)} columns stand in no contract: {', '.join(new)}")
        return
    for name in new:
        nullable = look.columns[name].nulls > 0
        value: Json = {"type": types[name], "nullable": True} if nullable else types[name]
        yield Change(f"{name} is new: the contract does not name it", "add", (*_HERE, "columns"), key=name, value=value)


def _many(rows: int, of: int) -> bool:
    return rows >= max(LEAST_ROWS, LEAST_SHARE * of)
