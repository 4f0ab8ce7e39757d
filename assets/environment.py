"""Machine facts in a declaration: `{{ env('NAME') }}` in a string becomes the variable's value."""

import os
import re
from collections.abc import Iterator

from assets.faults import Fault
from assets.yaml_text import Document, KeyPath
from data_checks.verdict import Json

REFERENCE = re.compile(r"\{\{\s*env\(\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]\s*\)\s*\}\}")


def resolved(document: Document, value: Json, path: KeyPath) -> tuple[Json, list[Fault]]:
    """Return a value with every reference replaced, and a fault for each variable that is not set.

    Args:
        document: where the value stands, for the faults' places.
        value: the value, not modified.
        path: its key path in the document.
    """
    faults: list[Fault] = []

    def walk(node: Json, here: KeyPath) -> Json:
        match node:
            case dict():
                return {key: walk(child, (*here, key)) for key, child in node.items()}
            case list():
                return [walk(child, (*here, index)) for index, child in enumerate(node)]
            case str() if "{{" in node:
                faults.extend(document.fault(here, message) for message in _wrong(node, here))
                return REFERENCE.sub(lambda found: os.environ.get(found[1], ""), node)
            case _:
                return node

    return walk(value, path), faults


def _wrong(text: str, path: KeyPath) -> Iterator[str]:
    name = ".".join(str(part) for part in path[1:])
    for variable in REFERENCE.findall(text):
        if variable not in os.environ:
            yield f"{name} names a variable that is not set: '{variable}'; set it in the environment or write the value"
    if "{{" in REFERENCE.sub("", text):
        yield f"{name} holds a template that is not known: {text!r} may only use {{{{ env('NAME') }}}}; write the value"
