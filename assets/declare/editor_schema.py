"""The JSON Schema of `defs.yaml`, by which an editor completes, explains and checks while one types."""

import re
from collections.abc import Iterator
from typing import Any

from assets.declaration import TYPE, Declaration
from assets.declare.told_apart import told_apart

SCHEMA_FILE = "docs/declaration.schema.json"
MODELINE = f"# yaml-language-server: $schema=../../{SCHEMA_FILE}"
"""The first line of a `defs.yaml` in `pipelines/<name>/`, which leads editors to the schema."""


def editor_schema() -> dict[str, Any]:
    """Return the schema of a whole file as editors use it: what is wrong in a section is told of its setting."""
    schema = typed_schema()
    found: dict[str, Any] = told_apart(schema, schema["$defs"])
    return found


def typed_schema() -> dict[str, Any]:
    """Return the schema of a whole file, with descriptions and defaults, made from the typed form."""
    attributes = Declaration.model_json_schema(by_alias=True)
    shared = attributes.pop("$defs", {})
    for node in _nodes([attributes, *shared.values()]):
        if isinstance(node.get("description"), str):
            node["description"] = " ".join(node["description"].split())
        if isinstance(node.get("title"), str):
            del node["title"]
    _require_tags(attributes, shared)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pipeline of Trainyard",
        "type": "object",
        "required": ["type", "attributes"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": TYPE, "description": "What Dagster makes of this file."},
            "attributes": attributes,
            "requirements": {"type": "object", "description": "Dagster's own: what must be there to load the file."},
            "template_vars_module": {"type": "string", "description": "Dagster's own; it has no effect here."},
            "post_processing": {"type": "object", "description": "Dagster's own: changes to the assets made of it."},
        },
        "$defs": dict(sorted(shared.items())),
    }


def members(node: dict[str, Any], shared: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the forms that a `kind` tells apart, by their kind; none for any other node."""
    mapping = node.get("discriminator", {}).get("mapping", {})
    return {kind: shared[re.sub(".*/", "", place)] for kind, place in mapping.items()}


def _require_tags(attributes: dict[str, Any], shared: dict[str, Any]) -> None:
    """Say that `kind` must be written, also where the class by itself could do without."""
    for node in _nodes([attributes, *shared.values()]):
        for member in members(node, shared).values():
            tag = node["discriminator"]["propertyName"]
            member["required"] = sorted({tag, *member.get("required", [])})


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """Yield every schema within; what a property is called is no part of it."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        yield value
        for key, item in value.items():
            inner = list(item.values()) if key == "properties" else item
            if key not in {"default", "enum", "const", "examples", "discriminator"}:
                yield from _nodes(inner)
