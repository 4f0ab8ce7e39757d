"""Changes to the text of a declaration that leave everything else as it was written: order, comments and blanks."""

from collections.abc import Collection
from dataclasses import dataclass, field

import yaml

from assets.declare.yaml_text import KeyPath
from assets.propose.yaml_lines import flow, scalar
from data_checks.verdict import Json


@dataclass
class Edits:
    """Changes to one text, collected by key paths of the text as it was."""

    text: str
    _changes: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._root = yaml.compose(self.text, Loader=yaml.SafeLoader)

    def replace(self, path: KeyPath, value: Json) -> None:
        """Write another value."""
        node = self._node(path)
        self._changes.append((node.start_mark.index, _end(node), flow(value)))

    def append(self, path: KeyPath, value: Json) -> None:
        """Add a value at the end of a list."""
        self._add(self._node(path), flow(value), lead="- ")

    def add(self, path: KeyPath, key: str, value: Json) -> None:
        """Add a key at the end of a mapping."""
        self._add(self._node(path), f"{scalar(key)}: {flow(value)}", lead="")

    def remove(self, path: KeyPath, parts: Collection[str | int]) -> None:
        """Take keys out of a mapping or places out of a list; nothing else may change within it."""
        node = self._node(path)
        entries = [part if isinstance(part, tuple) else (part, part) for part in node.value]
        keys = [first.value for first, _ in entries] if isinstance(node, yaml.MappingNode) else range(len(entries))
        kept = [entry for key, entry in zip(keys, entries, strict=True) if key not in parts]
        opening, closing = "{}" if isinstance(node, yaml.MappingNode) else "[]"
        if _is_inline(node) or not kept:
            inside = ", ".join(self.text[first.start_mark.index : _end(last)] for first, last in kept)
            self._changes.append((node.start_mark.index, _end(node), opening + inside + closing))
            return
        for key, (first, last) in zip(keys, entries, strict=True):
            if key in parts:
                begin = self.text.rfind("\n", 0, first.start_mark.index) + 1
                end = self.text.find("\n", _end(last)) + 1 or len(self.text)
                self._changes.append((begin, end, ""))

    def result(self) -> str:
        """The changed text."""
        text = self.text
        # of two insertions at one place, the later one is written first, so that they stand in order
        for _, (start, end, new) in sorted(enumerate(self._changes), key=lambda c: (c[1][0], c[0]), reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _add(self, node: yaml.Node, written: str, *, lead: str) -> None:
        end = _end(node)
        if _is_inline(node):
            inside = end - 1  # before the closing bracket
            while self.text[inside - 1].isspace():
                inside -= 1
            comma = ", " if node.value else ""
            self._changes.append((inside, inside, comma + written))
        else:
            # a comment behind the last value stays there
            line_end = self.text.find("\n", end)
            line_end = len(self.text) if line_end < 0 else line_end
            indent = " " * node.start_mark.column
            self._changes.append((line_end, line_end, f"\n{indent}{lead}{written}"))

    def _node(self, path: KeyPath) -> yaml.Node:
        node = self._root
        for part in path:
            match node:
                case yaml.SequenceNode() if isinstance(part, int):
                    node = node.value[part]
                case yaml.MappingNode():
                    node = next((value for key, value in node.value if key.value == part), None)
                case _:
                    node = None
        if node is None:
            raise KeyError(f"{'.'.join(map(str, path))} is not written in the declaration")
        return node


def _is_inline(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style or not node.value)


def _end(node: yaml.Node) -> int:
    """Where a value ends; a block's own mark lies where the next thing begins, behind comments."""
    if isinstance(node, yaml.ScalarNode) or _is_inline(node):
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
