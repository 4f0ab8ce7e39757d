"""Row conditions of expectations that their columns can't answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.declare.column_conflicts import KINDS
from assets.declare.columns import Columns, Kind
from assets.declare.condition_truth import Domain, Value, constant
from assets.declare.contradictions import BETWEEN, IN, NOT_NULL, is_strict
from assets.declare.expectation_conflicts import above
from assets.declare.yaml_text import KeyPath, dotted
from data_checks.condition_form import Condition, read_condition
from data_checks.expectation_form import Expectation
from data_checks.verdict import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from assets.declaration import Declaration

Conflicts = Iterator[tuple[KeyPath, str]]


def _conditions(declaration: "Declaration", columns: Columns) -> Conflicts:
    for place, expectation in enumerate(declaration.contract.expectations):
        text = expectation.arguments.get("row_condition")
        if isinstance(text, str):
            path: KeyPath = ("contract", "expectations", place, expectation.name, "row_condition")
            condition = read_condition(text)
            kinds = {name: kind for name in condition.columns if (kind := _kind(declaration, columns, name))}
            where = dotted(path)
            wrong = (*_unlike(condition, kinds), *_no_answer(condition, kinds))
            if not wrong:
                wrong = tuple(
                    _constant(declaration, expectation, text, {name: kinds.get(name) for name in condition.columns})
                )
            yield from ((path, f"{where} {told}") for told in wrong)


def _constant(
    declaration: "Declaration", expectation: Expectation, text: str, kinds: Mapping[str, Kind | None]
) -> Iterator[str]:
    """Yield what is wrong with a condition that is never true of rows that keep the contract, or always.

    Rows are judged before any is put aside: a condition may well leave out those that fail another expectation.
    """
    promised = declaration.contract.columns
    typed = {
        name: Domain(kind, nullable=name not in promised or promised[name].nullable) for name, kind in kinds.items()
    }
    kept = {name: _kept(declaration, name, domain) for name, domain in typed.items()}
    never = constant(text, kept, answer=False)
    always = constant(text, typed if expectation.row_level else kept, answer=True)
    yield from [told for told in (never, always) if told][:1]


def _kept(declaration: "Declaration", name: str, domain: Domain) -> Domain:
    """Return what of a column's domain keeps every expectation on it."""
    for one in declaration.contract.expectations:
        if not is_strict(one) or one.columns != (name,):
            continue
        given = one.arguments
        if one.name == NOT_NULL:
            domain = replace(domain, nullable=False)
        elif one.name == IN:
            domain = replace(domain, values=tuple(v for v in _listed(given.get("value_set")) if v is not None))
        elif one.name == BETWEEN:
            low, high = _value(given.get("min_value")), _value(given.get("max_value"))
            least = domain.least if low is None or above(domain.least, low) else low
            most = domain.most if high is None or above(high, domain.most) else high
            domain = replace(domain, least=least, most=most)
    return domain


def _listed(values: Json) -> list[Value | None]:
    return [_value(value) for value in values] if isinstance(values, list) else []


def _value(value: Json) -> Value | None:
    return value if isinstance(value, str | int | float) else None


def _kind(declaration: "Declaration", columns: Columns, name: str) -> Kind | None:
    """What a column surely holds: a `derive` function may change one of which the contract says nothing."""
    promised = declaration.contract.columns.get(name)
    if promised:
        return KINDS[promised.type]
    return columns.source.get(name) if columns.derived == frozenset() else None


def _unlike(condition: Condition, kinds: dict[str, Kind]) -> Iterator[str]:
    for column, value in condition.compared:
        kind = kinds.get(column)
        if kind and value is not None and isinstance(value, str) is not (kind in {"text", "time"}):
            yield (
                f"compares what is unlike: '{column}' holds {kind} values, and {value!r} is none; write a value of "
                "that kind, or give the column another type in contract.columns"
            )


def _no_answer(condition: Condition, kinds: dict[str, Kind]) -> Iterator[str]:
    held = {name: kinds.get(name) for name in condition.answering}
    if held and all(kind not in {None, "boolean"} for kind in held.values()):
        told = ", ".join(f"'{name}' holds {kind} values" for name, kind in held.items())
        yield f"gives something else than True or False for a row: {told}; compare with a value, as in `c == 1`"


RULES: tuple[tuple["Callable[[Declaration, Columns], Conflicts]", str], ...] = (
    (_conditions, "contract.columns contract.expectations"),
)
