"""Python files beside a declaration, which Dagster will load: whether they can be, by reading them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from assets.declare.faults import Fault
from assets.declare.python_names import wrong_import

IMPORTS_DAGSTER = re.compile(r"^\s*(?:import|from) dagster\b", re.MULTILINE)


def files_beside(folder: Path) -> Iterator[Path]:
    """Yield the Python files of a folder that import dagster, in order; not those beside another declaration below."""
    nested = {file.parent for file in folder.glob("*/**/defs.yaml")}
    for file in sorted(folder.rglob("*.py")):
        if nested.isdisjoint(file.parents) and IMPORTS_DAGSTER.search(file.read_text("utf-8", errors="replace")):
            yield file


def faults_beside(folder: Path, *, root: Path) -> Iterator[Fault]:
    """Yield what keeps a file from being loaded: that it is no Python, or imports what is not there.

    Args:
        folder: of the declaration.
        root: the repository's root, from which modules are found and files named.
    """
    for file in files_beside(folder):
        shown = file.relative_to(root)
        try:
            tree = ast.parse(file.read_bytes(), file.name)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            yield Fault(shown.as_posix(), line, 1, f"can't be loaded: {type(error).__name__}: {error}; mend the file")
            continue
        if wrong := wrong_import(tree, ".".join(shown.with_suffix("").parts), root):
            yield Fault(shown.as_posix(), wrong.line, 1, wrong.told)
