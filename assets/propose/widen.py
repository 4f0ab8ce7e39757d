"""What new rows suggest to change in the expectations of a contract."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import pyarrow as pa

from assets.declare.yaml_text import KeyPath
from assets.propose.change import Change, many
from assets.propose.contract import bounds_of, mostly, spread
from assets.propose.look import Look, Seen
from assets.propose.look import look as look_at
from data_checks.floats import as_floats
from data_checks.one_pass.conditions import NOT_JUDGED, is_simple, rows_under
from data_checks.verdict import Json

_SIDES: tuple[Literal["min_value", "max_value"], ...] = ("min_value", "max_value")


def widened_by(look: Look, name: str, given: Mapping[str, Json], *, path: KeyPath) -> Iterator[Change]:
    """Compare one expectation on one column with new rows.

    With a `row_condition`, those of the sample that it lets through are compared; what `mostly` allows is left.

    Args:
        look: what the new rows hold.
        name: of the expectation.
        given: its arguments; a range is widened by the rule by which the scaffold writes one.
        path: of its arguments in the declaration.
    """
    column, condition = str(given.get("column")), given.get("row_condition")
    if isinstance(condition, str):
        under = _under(look, column, condition)
        if under is None:
            yield Change(f"{column} is not compared with {name}: its row_condition can't be told from each row alone")
        if not under:
            return
        look = look_at(under, report=lambda _: None)
    seen = look.columns[column]
    match name:
        case "expect_column_values_to_be_between":
            yield from _between(seen, given, look, path)
        case "expect_column_values_to_be_in_set":
            yield from _in_set(seen, given, look, path)
        case "expect_column_values_to_not_be_null":
            yield from _filled(seen, given, path)
        case _:
            return


def _under(look: Look, column: str, condition: str) -> list[pa.RecordBatch] | None:
    """The rows of the sample that a condition lets through; None if it can't be judged here."""
    if not is_simple(condition, look.sample.schema):
        return None
    try:
        places = rows_under(look.sample, condition)
    except NOT_JUDGED:
        return None
    batches: list[pa.RecordBatch] = look.sample.select([column]).take(pa.array(places)).to_batches()
    return [batch for batch in batches if len(batch)]


def _between(seen: Seen, given: Mapping[str, Json], look: Look, path: KeyPath) -> Iterator[Change]:
    if seen.low is None or seen.high is None:
        return
    room = bounds_of(seen.low, seen.high, middle=spread(look, seen.name), whole=pa.types.is_integer(seen.type))
    values = np.asarray(as_floats(look.sample[seen.name]).to_numpy(), np.float64)
    limits = [(side, limit) for side in _SIDES if isinstance(limit := given.get(side), int | float)]
    beyond_each = {side: values < limit if side == "min_value" else values > limit for side, limit in limits}
    outside_all = sum(int(beyond.sum()) for beyond in beyond_each.values())
    is_allowed = _is_allowed(outside_all, int((~np.isnan(values)).sum()), given)
    for side, limit in limits:
        below = side == "min_value"
        reached = seen.low if below else seen.high
        if reached >= limit if below else reached <= limit:
            continue
        outside = int(beyond_each[side].sum())
        beyond = f"{'below' if below else 'above'} {limit:g}, {'down' if below else 'up'} to {reached:g}"
        if is_allowed:
            yield Change(f"{seen.name} lies {beyond}, in no more rows than mostly allows: left as it is")
        elif many(outside, len(values)):
            why = f"{seen.name} lies {beyond}, in {outside:,} of {len(values):,} rows looked at"
            yield Change(why, "replace", (*path, side), value=room[side])
        else:
            yield Change(f"{seen.name} lies {beyond}, but in so few rows that quarantine is for them: left as it is")


def _in_set(seen: Seen, given: Mapping[str, Json], look: Look, path: KeyPath) -> Iterator[Change]:
    known = given.get("value_set")
    if not isinstance(known, list):
        return
    counts = seen.values
    if counts is None:
        values = look.sample[seen.name].drop_null().to_pylist()
        counts = Counter(value if isinstance(value, str | int | float) else str(value) for value in values)
    new = {value: rows for value, rows in counts.items() if value not in known}
    if new and _is_allowed(sum(new.values()), sum(counts.values()), given):
        yield Change(
            f"{seen.name} has values that are not in the set, in no more rows than mostly allows: left as it is"
        )
        return
    if seen.values is None:
        yield Change(
            f"{seen.name} has more values than can be listed: take the expectation out, or look what happened", "decide"
        )
        return
    for value, rows in sorted(new.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        if many(rows, seen.rows):
            why = f"{seen.name} has the new value {value!r} in {rows:,} of {seen.rows:,} rows"
            yield Change(why, "append", (*path, "value_set"), value=value)
        else:
            yield Change(f"{seen.name} has the new value {value!r} in {rows:,} rows only: left as it is")


def _is_allowed(failing: int, of: int, given: Mapping[str, Json]) -> bool:
    """Whether `mostly` is there and lets so many of the rows that have a value fail, as the library counts them."""
    least = given.get("mostly")
    return isinstance(least, int | float) and least < 1 and of > 0 and (of - failing) / of >= least


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
