"""Finds what may stand at a place of a declaration, by the JSON Schema of its typed form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assets.declare.yaml_text import KeyPath
from data_checks.verdict import Json

Node = Mapping[str, Any]


@dataclass(frozen=True)
class SchemaWalk:
    """Walks a schema along a key path; where a `kind` is written, only that form is followed."""

    schema: Node

    def nodes(self, value: Json, path: KeyPath) -> list[Node]:
        """Return every form that may stand at a path.

        Args:
            value: what the file holds, by which forms are told apart.
            path: from the schema's root.
        """
        nodes = self.whole(value)
        for part in path:
            value = _within(value, part)
            nodes = self.below(nodes, part, value)
        return nodes

    def whole(self, value: Json) -> list[Node]:
        """Return every form of the whole, whose value this is."""
        return list(self._forms(self.schema, value))

    def below(self, nodes: Iterable[Node], part: str | int, value: Json) -> list[Node]:
        """Return every form that a value may have which stands under a key or at a place of these forms."""
        return [form for node in nodes for child in _children(node, part) for form in self._forms(child, value)]

    def names(self, value: Json, path: KeyPath) -> tuple[str, ...]:
        """Return the settings known at a path, sorted."""
        return tuple(sorted({name for node in self.nodes(value, path) for name in node.get("properties", {})}))

    def kinds_with(self, value: Json, path: KeyPath, name: str) -> tuple[str, ...]:
        """Return the kinds that know a setting which the kind written at the path does not."""
        kinds = set()
        for form in self.nodes(_without_kind(value, path), path):
            kind = form.get("properties", {}).get("kind", {}).get("const")
            if kind and name in form["properties"]:
                kinds.add(str(kind))
        return tuple(sorted(kinds))

    def marked(self, mark: str) -> tuple[str, ...]:
        """Return the settings that carry a mark, by their path with dots, sorted."""
        return tuple(sorted(set(self._marked(self.schema, "", mark))))

    def homes(self, name: str) -> tuple[str, ...]:
        """Return the sections that know a setting, by their path with dots, sorted; the whole is an empty path."""
        return tuple(sorted(set(self._homes(self.schema, "", name))))

    def _homes(self, node: Node, path: str, name: str) -> Iterator[str]:
        for form in self._forms(node, None):
            known = form.get("properties", {})
            if form.get("maxProperties") == 1:
                continue
            if name in known:
                yield path
            for each, child in known.items():
                yield from self._homes(child, f"{path}.{each}" if path else each, name)

    def _marked(self, node: Node, path: str, mark: str) -> Iterator[str]:
        for form in self._forms(node, None):
            if form.get(mark):
                yield path
            for name, child in form.get("properties", {}).items():
                yield from self._marked(child, f"{path}.{name}" if path else name, mark)
            if isinstance(form.get("items"), dict):
                yield from self._marked(form["items"], path, mark)

    def _forms(self, node: Node, value: Json) -> Iterator[Node]:
        if "$ref" in node:
            node = self.schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        mapping = node.get("discriminator", {}).get("mapping", {})
        kind = value.get("kind") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in mapping:
            yield from self._forms({"$ref": mapping[kind]}, value)
            return
        several = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
        for one in several:
            yield from self._forms(one, value)
        if not several:
            yield node


def _children(node: Node, part: str | int) -> Iterator[Node]:
    if isinstance(part, int):
        found = [node.get("items"), *node.get("prefixItems", ())]
    else:
        found = [node.get("properties", {}).get(part, node.get("additionalProperties"))]
    yield from (child for child in found if isinstance(child, dict))


def _within(value: Json, part: str | int) -> Json:
    if isinstance(value, dict) and isinstance(part, str):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _without_kind(value: Json, path: KeyPath) -> Json:
    """Return what stands above a path, with the kind at the path itself left out."""
    if not path:
        return {name: one for name, one in value.items() if name != "kind"} if isinstance(value, dict) else value
    child = _without_kind(_within(value, path[0]), path[1:])
    if isinstance(value, dict):
        return {**value, str(path[0]): child}
    return [child if place == path[0] else one for place, one in enumerate(value)] if isinstance(value, list) else value
