"""Python files beside a declaration, which Dagster will load: whether they can be, by reading them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from assets.declare.faults import Fault
from assets.declare.python_names import wrong_import

# as lint has them
SLOW = frozenset(
    {
        "great_expectations",
        "matplotlib",
        "mlflow",
        "onnx",
        "onnxruntime",
        "onnxscript",
        "optuna",
        "pandas",
        "ray",
        "scipy",
        "sklearn",
        "torch",
    }
)
# whoever lets the lint pass an import gives a reason there, and is told no more
LET_PASS = b"noqa: TID253"
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


def slow_imports(folder: Path, *, root: Path) -> Iterator[Fault]:
    """Yield a note on each library that is slow to load and imported at the top of a file: lint says no reason.

    A line that tells lint to let it pass has none.

    Args:
        folder: whose Python files are read, those of folders below too; what is no Python is told elsewhere.
        root: the repository's root, from which files are named.
    """
    for file in sorted(folder.rglob("*.py")):
        try:
            content = file.read_bytes()
            body = ast.parse(content, file.name).body
        except (SyntaxError, ValueError):
            continue
        lines = content.splitlines()
        for node in body:
            if LET_PASS in lines[node.lineno - 1]:
                continue
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in dict.fromkeys(name.partition(".")[0] for name in names):
                if name in SLOW:
                    told = f"note: {name} is imported at the top: each command, schedule tick and page that loads"
                    remedy = "this file would wait for it; import it inside of the function that uses it"
                    yield Fault(file.relative_to(root).as_posix(), node.lineno, 1, f"{told} {remedy}")
