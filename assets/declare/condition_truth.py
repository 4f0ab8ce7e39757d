"""Whether a row condition, or a part of it, says the same of every row that the contract lets through."""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise, product

from assets.declare.columns import Kind
from assets.declare.faults import closest
from assets.declare.value_conflicts import WORDS
from data_checks.condition_form import parsed

MOST_TRIED = 20_000
MISSING = math.nan
Value = str | float
# whole numbers below it are exact as floats
EXACT = 2**53
TESTS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class UntoldError(ValueError):
    """What a condition says can't be told without its rows."""


@dataclass(frozen=True)
class Domain:
    """The values that a column can have in rows that the contract lets through.

    Attributes:
        kind: None where it is not known.
        nullable: whether one may be missing.
        least: the least number, or time as ISO 8601 writes it.
        most: the greatest.
        values: all that there are; None where that is not said.
    """

    kind: Kind | None = None
    nullable: bool = True
    least: Value | None = None
    most: Value | None = None
    values: tuple[Value, ...] | None = None

    def __str__(self) -> str:
        missing = "may be missing" if self.nullable else "is never missing"
        if self.values is not None:
            return f"is one of {list(self.values)!r} and {missing}"
        bounds = (("at least", self.least), ("at most", self.most))
        said = [f"is {word} {value!r}" for word, value in bounds if value is not None]
        holds = [f"holds {WORDS[self.kind]}"] if self.kind else []
        return " and ".join((*holds, *said, missing))


def constant(text: str, domains: Mapping[str, Domain], *, answer: bool) -> str | None:
    """Return what is wrong with a condition of which a part gives one answer for all rows, or None.

    Only comparisons of single columns with values are judged, joined by `and`, `or` and `not`.

    Args:
        text: a condition that can be read.
        domains: what is known of its columns.
        answer: that is looked for.
    """
    tree, quoted = parsed(text)
    for part in (*(node for node in ast.walk(tree) if isinstance(node, ast.Compare)), tree):
        names = {node.id: quoted.get(node.id, node.id) for node in ast.walk(part) if isinstance(node, ast.Name)}
        with suppress(UntoldError):
            if domains.keys() >= set(names.values()):
                known = {word: domains[name] for word, name in names.items()}
                if set(_answers(part, known)) == {answer}:
                    what = "is" if part is tree else f"holds {_written(part, names)}, which is"
                    facts = " and ".join(f"'{name}' {domains[name]}" for name in names.values())
                    said = f"{what} {'always' if answer else 'never'} true: {text!r} asks where {facts}"
                    return f"{said}, as the contract says; {_remedy(part, list(known.values()), answer=answer)}"
    return None


def _written(part: ast.expr, names: Mapping[str, str]) -> str:
    said = ast.unparse(part)
    for word, name in names.items():
        said = said if word == name else said.replace(word, f"`{name}`")
    return said


def _remedy(part: ast.expr, domains: Sequence[Domain], *, answer: bool) -> str:
    allowed = [str(value) for domain in domains for value in domain.values or ()]
    words = [node.value for node in ast.walk(part) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    meant = None if answer else next((near for word in words if (near := closest(word, allowed))), None)
    return f"did you mean '{meant}'?" if meant else "take it out" if answer else "mend it, or take it out"


def _answers(part: ast.expr, domains: Mapping[str, Domain]) -> Iterator[bool]:
    """Yield what a part says of rows that stand for all that there can be.

    Raises:
        UntoldError: it asks for more than values that columns are compared with, or there are too many.
    """
    tried = {word: _tried(part, word, domain) for word, domain in domains.items()}
    if not 0 < math.prod(map(len, tried.values())) <= MOST_TRIED:
        raise UntoldError
    for values in product(*tried.values()):
        yield _holds(part, _Row(dict(zip(tried, values, strict=True)), domains))


@dataclass(frozen=True)
class _Row:
    values: Mapping[str, Value]
    domains: Mapping[str, Domain]


def _holds(node: ast.expr, row: _Row) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_holds(part, row) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(_holds(part, row) for part in parts)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=part):
            return not _holds(part, row)
        case ast.Compare(left=left, ops=tests, comparators=sides):
            pairs = zip([left, *sides], tests, sides, strict=False)
            return all(_keeps(one, test, other, row) for one, test, other in pairs)
        # pandas takes a missing answer beside a true one for False
        case ast.Name(id=word) if row.domains[word].kind == "boolean" and not row.domains[word].nullable:
            return row.values[word] == 1
    raise UntoldError


def _keeps(one: ast.expr, test: ast.cmpop, other: ast.expr, row: _Row) -> bool:
    if isinstance(other, ast.List | ast.Tuple):
        if not isinstance(one, ast.Name) or not isinstance(test, ast.In | ast.NotIn | ast.Eq | ast.NotEq):
            raise UntoldError
        kind = row.domains[one.id].kind
        is_in = any(_same(row.values[one.id], _plain(each, kind)) for each in other.elts)
        return is_in is isinstance(test, ast.In | ast.Eq)
    names = {side.id for side in (one, other) if isinstance(side, ast.Name)}
    if len(names) != 1:
        raise UntoldError
    kind = row.domains[next(iter(names))].kind
    first, second = (row.values[side.id] if isinstance(side, ast.Name) else _plain(side, kind) for side in (one, other))
    if isinstance(test, ast.Eq | ast.NotEq):
        return _same(first, second) is isinstance(test, ast.Eq)
    if isinstance(first, str) or isinstance(second, str) or type(test) not in TESTS:
        raise UntoldError
    return TESTS[type(test)](first, second)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, str) is not isinstance(other, str) and not _is_missing(one) and not _is_missing(other):
        raise UntoldError
    return one == other


def _is_missing(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _tried(part: ast.expr, word: str, domain: Domain) -> list[Value]:
    """Return values of a column that stand for all that it can have, as far as a part can tell them apart."""
    points = [_plain(value, domain.kind) for value in _compared(part, word)]
    bounds = [_of(value, domain.kind) for value in (domain.least, domain.most) if value is not None]
    if domain.values is not None:
        found = [_of(value, domain.kind) for value in domain.values]
    elif domain.kind == "boolean":
        found = [0, 1]
    else:
        # a column that is only compared with itself may have any value
        found = _around([*points, *bounds] or [0], whole=domain.kind == "integer")
    least, most = (None if value is None else _of(value, domain.kind) for value in (domain.least, domain.most))
    found = [value for value in found if _lies(value, least, most)]
    if not found:  # what the contract asks for contradicts itself, which is told
        raise UntoldError
    return [*found, *[MISSING] * domain.nullable]


def _lies(value: Value, least: Value | None, most: Value | None) -> bool:
    if isinstance(value, str):
        return True
    above = not isinstance(least, int | float) or value >= least
    return above and (not isinstance(most, int | float) or value <= most)


def _around(points: Sequence[Value], *, whole: bool) -> list[Value]:
    """Return points, and one value in each gap beside and between them."""
    texts = sorted({point for point in points if isinstance(point, str)})
    numbers = sorted({point for point in points if not isinstance(point, str)})
    if texts and numbers:
        raise UntoldError
    if texts:
        return [*texts, "".join(texts) + " "]
    if whole:
        return [
            *{near for point in numbers for near in (math.floor(point), math.ceil(point))}
            | {math.floor(point) - 1 for point in numbers}
            | {math.ceil(point) + 1 for point in numbers}
        ]
    between = [(one + other) / 2 for one, other in pairwise(numbers)]
    return [numbers[0] - 1, *numbers, *between, numbers[-1] + 1]


def _compared(part: ast.expr, word: str) -> Iterator[ast.expr]:
    """Yield the values that a column is compared with."""
    for node in ast.walk(part):
        if isinstance(node, ast.Compare):
            for sides in pairwise([node.left, *node.comparators]):
                if any(isinstance(side, ast.Name) and side.id == word for side in sides):
                    for side in sides:
                        if isinstance(side, ast.List | ast.Tuple):
                            yield from side.elts
                        elif not isinstance(side, ast.Name):
                            yield side


def _plain(node: ast.expr, kind: Kind | None) -> Value:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return _of(value, kind)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return _of(-value, kind)
    raise UntoldError


def _of(value: Value, kind: Kind | None) -> Value:
    """Return a value so that it can be compared: a time as its seconds."""
    if kind == "time":
        return _seconds(value)
    if isinstance(value, int | float) and not abs(value) < EXACT:
        raise UntoldError
    return value


def _seconds(value: Value) -> float:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise UntoldError from error
    if time.tzinfo is not None:
        raise UntoldError
    return time.replace(tzinfo=UTC).timestamp()  # as clocks show it
