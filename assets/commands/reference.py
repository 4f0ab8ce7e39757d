"""Writes the reference of `defs.yaml` and the schema for editors; both come from the typed form."""

import json
import sys
from collections.abc import Mapping, Sequence

from assets.declare.editor_schema import SCHEMA_FILE, editor_schema, typed_schema
from assets.declare.reference import reference
from assets.home import REPOSITORY

EXAMPLES = "docs/declaration_examples.yaml"
PAGE = "docs/declaration.md"


def main(_: Sequence[str]) -> int:
    """Write both files and say so."""
    for name, text in generated().items():
        (REPOSITORY / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name} written\n")
    return 0


def generated() -> Mapping[str, str]:
    """Return the text of each generated file by its path in the repository."""
    examples = (REPOSITORY / EXAMPLES).read_text(encoding="utf-8")
    return {
        SCHEMA_FILE: json.dumps(editor_schema(), indent=1, ensure_ascii=False) + "\n",
        PAGE: reference(typed_schema(), examples),
    }
