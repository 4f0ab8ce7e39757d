"""The reference page of `defs.yaml`, made from the editor's schema and one example a section."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assets.declare.editor_schema import MODELINE, members

INTRODUCTION = f"""\
# The declaration

One `defs.yaml` a folder of `pipelines/`; the folder's name is the pipeline's. This page is made by
`python -m assets.commands reference` from the typed form that every file is held to, as is `declaration.schema.json`,
which editors with the YAML language server use after this first line:

```yaml
{MODELINE}
```

A file is `type: assets.pipeline.TrainingPipeline` and `attributes:` with the sections below. `source`, `target` and
`model` must be there; every other section has defaults. Text stays as it is written: `NO`, `12:30`, `010` and `2015-07`
are text; only `true`, `false`, `null` and plain numbers are not. Unknown and repeated keys, anchors, aliases and tags
are refused, as are settings that would have no effect, and columns, metrics, functions and kinds that are not there.

`{{{{ env('NAME') }}}}` may stand in the settings marked *machine fact*; the variable is read when the setting is used,
and no version holds its value. Secrets never stand in a file: `url_env` and its like hold the name of a variable.
Settings called `use` name a function of your own, `module:function`.

`make check` tells every fault of every file at once; [a decision](decisions/009-a-broken-declaration-hides-no-other.md)
says what becomes of a faulty file on the Dagster page.
"""
Node = Mapping[str, Any]


def reference(schema: Node, examples: str) -> str:
    """Return the page.

    Args:
        schema: what `assets.declare.editor_schema.typed_schema` gives.
        examples: a YAML mapping of sections, the text of each being its example.
    """
    attributes = schema["properties"]["attributes"]
    required = attributes.get("required", ())
    shown = _cut(examples)
    parts = [INTRODUCTION, _contents(attributes["properties"])]
    for name, node in attributes["properties"].items():
        writer = _Writer(schema["$defs"])
        writer.section(name, node, required=name in required)
        heading, *rest = writer.blocks
        example = f"```yaml\n{shown[name]}```" if name in shown else ""
        parts += [heading, example, *rest]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _cut(examples: str) -> dict[str, str]:
    starts = [found.start() for found in re.finditer(r"^\w+:", examples, re.MULTILINE)]
    texts = [examples[start:end] for start, end in zip(starts, [*starts[1:], len(examples)], strict=True)]
    return {text.partition(":")[0]: text for text in texts}


def _contents(properties: Node) -> str:
    links = " · ".join(f"[{name}](#{name})" for name in properties)
    return f"Sections, in the order in which they run: {links}"


@dataclass
class _Writer:
    """Writes one section: a heading, then a table a group of settings, those within others after them."""

    shared: Node
    blocks: list[str] = field(default_factory=list)

    def section(self, name: str, node: Node, *, required: bool) -> None:
        described = str(node.get("description", ""))
        absent = "" if "; absent: " in described else f"Absent: {_default(node)}."
        said = [described, "Must be there." if required else absent]
        self.blocks.append(f"## {name}\n\n{' '.join(one for one in said if one)} {self._type_note(node)}".strip())
        self._within(name, node)

    def _type_note(self, node: Node) -> str:
        kind = self._type(node)
        return "" if kind.startswith("settings") else f"Takes {kind}."

    def _within(self, path: str, node: Node) -> None:
        """Write the tables of what may stand at a path."""
        for alternative in self._alternatives(node):
            forms = members(dict(alternative), dict(self.shared))
            if forms:
                for kind, form in forms.items():
                    self._table(f"`{path}` of kind `{kind}`", path, form)
            elif "properties" in alternative and alternative.get("maxProperties") == 1:
                self._names(path, alternative)
            elif "properties" in alternative:
                self._table(f"`{path}`", path, alternative)
            elif "items" in alternative:
                self._within(f"{path}[]", alternative["items"])
            elif isinstance(alternative.get("additionalProperties"), dict):
                self._within(f"{path}.<name>", alternative["additionalProperties"])

    def _table(self, title: str, path: str, form: Node) -> None:
        rows = [
            f"| `{name}` | {self._type(node)} | {self._default_of(name, node, form)} | {_line(node)} |"
            for name, node in form["properties"].items()
            if name != "kind"
        ]
        heading = f"### {title}" if re.search(r"[ .\[]", title) else ""
        said = str(form.get("description", ""))
        table = "\n".join(["| setting | takes | default | |", "|---|---|---|---|", *rows]) if rows else ""
        self.blocks.append("\n\n".join(part for part in (heading, said, table) if part))
        for name, node in form["properties"].items():
            self._within(f"{path}.{name}", node)

    def _names(self, path: str, form: Node) -> None:
        names = "\n".join(f"| `{name}` | {_line(node)} |" for name, node in form["properties"].items())
        said = str(form.get("description", ""))
        self.blocks.append(f"### `{path}`\n\n{said[:1].upper()}{said[1:]}.\n\n| name | |\n|---|---|\n{names}")

    def _default_of(self, name: str, node: Node, form: Node) -> str:
        return "**needed**" if name in form.get("required", ()) else _default(node)

    def _alternatives(self, node: Node) -> Iterator[Node]:
        if "$ref" in node:
            node = self.shared[node["$ref"].rsplit("/", 1)[1]]
        if members(dict(node), dict(self.shared)):
            yield node
            return
        several = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        for one in several:
            yield from self._alternatives(one)
        if not several:
            yield node

    def _type(self, node: Node) -> str:
        words = dict.fromkeys(self._word(one) for one in self._alternatives(node))
        null = {"`null`": None} if node.get("default") is not None and {"type": "null"} in node.get("anyOf", ()) else {}
        return " or ".join(word for word in {**words, **null} if word)

    def _word(self, node: Node) -> str:
        forms = members(dict(node), dict(self.shared))
        inner, kind = node.get("additionalProperties"), str(node.get("type", ""))
        if forms:
            return "settings of kind " + ", ".join(f"`{kind}`" for kind in forms)
        if "enum" in node or "const" in node:
            return ", ".join(f"`{_yaml(one)}`" for one in node.get("enum", [node.get("const")]))
        if kind == "array":
            return f"list of {self._type(node.get('items', {})) or 'values'}"
        words = {
            "object": f"{self._type(inner) or 'values'} by name" if isinstance(inner, dict) and inner else "settings",
            "integer": f"whole number{_bounds(node)}",
            "number": f"number{_bounds(node)}",
            "string": "*machine fact*" if node.get("machine_fact") else "text",
            "boolean": "`true`, `false`",
        }
        return words.get(kind, "")


def _bounds(node: Node) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    return "".join(f" {word} {_yaml(node[key])}" for key, word in words.items() if key in node)


def _default(node: Node) -> str:
    match node.get("default", ...):
        case None | []:
            return "none"
        case dict() as settings:
            return "its defaults" if settings else "none"
        case value if value is ...:
            return "none"
        case value:
            return f"`{_yaml(value)}`"


def _line(node: Node) -> str:
    return " ".join(str(node.get("description", "")).split()).replace("|", "\\|")


def _yaml(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
