"""Imports go one way: pipelines -> assets -> data_checks, and only the shell knows Dagster."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from assets.shell import DAGSTER

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pipelines", "assets", "data_checks")
MAY_IMPORT = {
    "pipelines": {"pipelines", "assets", "data_checks"},
    "assets": {"assets", "data_checks"},
    "data_checks": {"data_checks"},
}
SELF_CONTAINED = ("assets.data.conform", "assets.data.encode", "assets.release.serve")
WITH_THE_MODEL = {"numpy", "pyarrow", "onnxruntime", *sys.stdlib_module_names}
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(file): file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))}


def is_for_types_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imported(tree: ast.AST, *, inside_functions: bool) -> set[str]:
    """Return every module that the code imports when it runs, names of `from` imports joined on."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.stmt) and is_for_types_only(node):
            continue
        elif inside_functions or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found |= imported(node, inside_functions=inside_functions)
    return found


def imports_of(module: str, *, inside_functions: bool = True) -> set[str]:
    return imported(ast.parse(FILES[module].read_text(encoding="utf-8")), inside_functions=inside_functions)


def test_imports_go_one_way() -> None:
    wrong = {}
    for module in FILES:
        ours = {name.partition(".")[0] for name in imports_of(module)} & {*PACKAGES, "tests", "benchmarks"}
        if against := ours - MAY_IMPORT[module.partition(".")[0]]:
            wrong[module] = against
    assert not wrong


def test_no_module_waits_for_itself() -> None:
    def target(name: str) -> str | None:
        return name if name in FILES else name.rpartition(".")[0] if name.rpartition(".")[0] in FILES else None

    graph = {
        module: {found for name in imports_of(module, inside_functions=False) if (found := target(name))} - {module}
        for module in FILES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other: {' -> '.join(error.args[1])}")


def test_only_the_shell_knows_dagster() -> None:
    core = [name for name in FILES if not name.startswith(("pipelines", "assets.commands")) and name not in DAGSTER]
    knowing = {
        module: found
        for module in core
        if (found := {name for name in imports_of(module) if name.partition(".")[0].startswith("dagster")})
    }
    assert not knowing


@pytest.mark.parametrize("module", SELF_CONTAINED)
def test_what_is_packed_with_a_model_needs_little(module: str) -> None:
    assert {name.partition(".")[0] for name in imports_of(module)} <= WITH_THE_MODEL


def test_names_say_what_is_inside() -> None:
    assert not [module for module in FILES if VAGUE & set(module.split("."))]
