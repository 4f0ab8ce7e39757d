"""Classes of a target that the contract lists, held to what else names them."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from assets.declare.contradictions import IN, is_strict
from assets.declare.faults import did_you_mean
from assets.declare.yaml_text import KeyPath
from data_checks.verdict import Json

if TYPE_CHECKING:
    from assets.declaration import Declaration


def _classes(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    target, weights = declaration.target, declaration.train.class_weights
    values = _listed(declaration)
    if not values or target.task == "regression":
        return
    if target.task == "binary" and len(values) > 2:
        told = f"the contract lets '{target.column}' have {len(values)} values; write multiclass, or mend the set"
        yield ("target", "task"), f"target.task does not fit the column: {told}"
        return
    names = [value if isinstance(value, str) else json.dumps(value) for value in values]
    # one of another kind than the column is told as that
    is_alike = all(isinstance(value, str) is isinstance(target.positive, str) for value in values)
    if target.positive is not None and is_alike and target.positive not in values:
        told = f"{target.positive!r} is none of those that the contract lets '{target.column}' have"
        remedy = did_you_mean(str(target.positive), names)
        yield ("target", "positive"), f"target.positive is no class: {told}; {remedy}"
    for name in weights if isinstance(weights, dict) else ():
        if name not in names:
            told = f"'{name}' is none of those that the contract lets '{target.column}' have"
            remedy = did_you_mean(name, names)
            yield ("train", "class_weights", name), f"train.class_weights names no class: {told}; {remedy}"


def _listed(declaration: "Declaration") -> list[Json]:
    """Return the values that the contract allows the target, as it writes them; none where it does not list them."""
    column = declaration.target.column
    promised = declaration.contract.columns.get(column)
    if promised is not None and promised.type == "boolean":
        return [False, True]
    for one in declaration.contract.expectations:
        values = one.arguments.get("value_set")
        if one.name == IN and one.columns == (column,) and is_strict(one) and isinstance(values, list):
            return [value for value in values if value is not None]
    return []


RULES: tuple[tuple[Callable[["Declaration"], Iterator[tuple[KeyPath, str]]], str], ...] = (
    (_classes, "target train.class_weights contract.columns contract.expectations"),
)
