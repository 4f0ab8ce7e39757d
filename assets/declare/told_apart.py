"""Lets a schema choose a form before it judges by it: what is wrong is then told of the setting, not of all forms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]
# what holds of values of one type only, so that it may stand beside what holds of others
OF_ONE_TYPE = frozenset({
    "type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "items",
    "minItems", "maxItems", "additionalProperties", "properties", "required", "machine_fact",
})  # fmt: skip
ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")
TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
NULL: Node = {"type": "null"}


def told_apart(node: Any, shared: Mapping[str, Node]) -> Any:  # noqa: ANN401  # any part of a schema
    """Return a schema that takes the same values, in which `if` and `then` stand in the place of alternatives.

    Editors tell of alternatives only that none fits. Forms are chosen by their `kind`, by the type of the value, or by
    a setting that one of them alone has and needs; what none of these tells apart stays as it is.

    Args:
        node: any part of a schema; not modified.
        shared: what `$ref` names, as it was before.
    """
    if isinstance(node, list):
        return [told_apart(each, shared) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: value if key in {"default", "enum", "const"} else _within(key, value, shared)
        for key, value in node.items()
        if key not in {"anyOf", "oneOf", "discriminator"}
    }
    if "discriminator" in node:
        return kept | _by_kind(node["discriminator"])
    several = node.get("anyOf") or node.get("oneOf")
    if not several:
        return kept
    return kept | (_by_type(several, shared) or {"anyOf": told_apart(several, shared)})


def _within(key: str, value: Any, shared: Mapping[str, Node]) -> Any:  # noqa: ANN401  # as above
    if key in {"properties", "$defs"}:
        return {name: told_apart(each, shared) for name, each in value.items()}
    return told_apart(value, shared)


def _by_kind(discriminator: Node) -> Node:
    tag, forms = discriminator["propertyName"], discriminator["mapping"]
    return {
        "type": "object",
        "required": [tag],
        "properties": {tag: {"enum": list(forms)}},
        "allOf": [
            _if({"properties": {tag: {"const": kind}}, "required": [tag]}, {"$ref": form})
            for kind, form in forms.items()
        ],
    }


def _by_type(several: Sequence[Node], shared: Mapping[str, Node]) -> Node | None:
    """Return one form for all that are told apart by their types; None where some type is taken by several."""
    forms = [_Form(each, frozenset(_types(each, shared))) for each in several]
    taken = [kind for form in forms for kind in form.types]
    if not all(form.types for form in forms):
        return None
    if len(set(taken)) < len(taken) or {"integer", "number"} <= set(taken):
        return _by_setting(several, shared) if set(taken) == {"object"} else None
    types = sorted(taken, key=ORDER.index)
    if (
        len(forms) == 2
        and NULL in several
        and (listed := next((f.node["enum"] for f in forms if "enum" in f.node), None))
    ):
        rest: Node = told_apart(next(form.node for form in forms if form.node != NULL), shared)
        return rest | {"type": types, "enum": [*listed, None]}
    found: Node = {"type": types if len(types) > 1 else types[0]}
    chosen = []
    for form in forms:
        node = told_apart(form.node, shared)
        if form.node.keys() <= OF_ONE_TYPE:
            found |= {key: value for key, value in node.items() if key != "type"}
        else:
            kinds = sorted(form.types, key=ORDER.index)
            chosen.append(_if({"type": kinds if len(kinds) > 1 else kinds[0]}, node))
    if len(chosen) == 1:
        return found | chosen[0]
    return found | ({"allOf": chosen} if chosen else {})


def _by_setting(several: Sequence[Node], shared: Mapping[str, Node]) -> Node | None:
    """Return two sections as one form, chosen by a setting that the first alone has and needs."""
    sections = [_resolved(each, shared) for each in several]
    if len(sections) != 2 or any(each.get("additionalProperties") is not False for each in sections):
        return None
    # the form that needs less is asked for, since a slip in what the other needs must not lead to it
    one, other = sorted((0, 1), key=lambda at: len(sections[at].get("required", ())))
    own = [name for name in sections[one].get("required", ()) if name not in sections[other]["properties"]]
    return {"type": "object", **_if({"required": own[:1]}, several[one]), "else": several[other]} if own else None


@dataclass(frozen=True)
class _Form:
    node: Node
    types: frozenset[str]


def _if(condition: Node, form: Node) -> Node:
    return {"if": condition, "then": form}


def _types(node: Node, shared: Mapping[str, Node]) -> Iterator[str]:
    """Yield the types of the values that a form may take; none where that is not said."""
    node = _resolved(node, shared)
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _types(each, shared)
    if "type" in node:
        yield node["type"]
    elif "enum" in node or "const" in node:
        yield from {TYPES[type(each)] for each in node.get("enum", [node.get("const")])}


def _resolved(node: Node, shared: Mapping[str, Node]) -> Node:
    return shared[node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
