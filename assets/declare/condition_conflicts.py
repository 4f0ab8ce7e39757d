"""Row conditions of expectations that their columns can't answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assets.declare.column_conflicts import KINDS
from assets.declare.columns import Columns, Kind
from assets.declare.yaml_text import KeyPath, dotted
from data_checks.condition_form import Condition, read_condition

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
            yield from (
                (path, f"{where} {told}") for told in (*_unlike(condition, kinds), *_no_answer(condition, kinds))
            )


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
