"""What new rows suggest to change in the expectations of a contract."""

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import pyarrow as pa

from assets.declare.yaml_text import KeyPath
from assets.propose.change import Change, many
from assets.propose.contract import bounds_of, mostly, spread
from assets.propose.look import Look, Seen
from data_checks.verdict import Json

_SIDES: tuple[Literal["min_value", "max_value"], ...] = ("min_value", "max_value")


def widened_by(look: Look, name: str, given: Mapping[str, Json], *, path: KeyPath) -> Iterator[Change]:
    """Compare one expectation on one column with new rows.

    Args:
        look: what the new rows hold.
        name: of the expectation.
        given: its arguments; a range is widened by the rule by which the scaffold writes one.
        path: of its arguments in the declaration.
    """
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
        if many(outside, len(values)):
            why = f"{seen.name} lies {beyond}, in {outside:,} of {len(values):,} rows looked at"
            yield Change(why, "replace", (*path, side), value=room[side])
        else:
            yield Change(f"{seen.name} lies {beyond}, but in so few rows that quarantine is for them: left as it is")


def _in_set(seen: Seen, given: Mapping[str, Json], path: KeyPath) -> Iterator[Change]:
    known = given.get("value_set")
    if not isinstance(known, list):
        return
    if seen.values is None:
        yield Change(
            f"{seen.name} has more values than can be listed: take the expectation out, or look what happened", "decide"
        )
        return
    for value, rows in sorted(seen.values.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        if value in known:
            continue
        if many(rows, seen.rows):
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
        yield Change(f"{why}: take the expectation out, or look what happened", "decide")
    elif "mostly" in given:
        yield Change(why, "replace", (*path, "mostly"), value=least)
    else:
        yield Change(why, "add", path, key="mostly", value=least)
