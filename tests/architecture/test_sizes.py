"""A file, a function and a class stay small enough to be read at one sitting."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    file
    for folder in ("assets", "data_checks", "pipelines", "benchmarks", "tests")
    for file in sorted((ROOT / folder).rglob("*.py"))
]
SOURCES = [file for file in FILES if "tests" not in file.relative_to(ROOT).parts]
FILE_LINES = 300
FUNCTION_LINES = 50
PUBLIC_METHODS = 8


def test_contributing_says_what_is_held() -> None:
    told = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    pylint = lint["pylint"]
    assert (
        f"A file has at most {FILE_LINES} lines, a function {FUNCTION_LINES} without its docstring, a class "
        f"{PUBLIC_METHODS} public methods"
    ) in told
    assert (
        f"at most {pylint['max-positional-args']} positional parameters, {pylint['max-statements']} statements and "
        f"{lint['mccabe']['max-complexity']} branches"
    ) in told


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring: explaining more must not be a fault."""
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    explained = (first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - explained


def is_value(method: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(each) or "validator" in ast.unparse(each) for each in method.decorator_list)


def public_methods(of: ast.ClassDef) -> list[str]:
    functions = [node for node in of.body if isinstance(node, ast.FunctionDef)]
    return [each.name for each in functions if not each.name.startswith("_") and not is_value(each)]


def nodes(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def test_files_are_short() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert not {name: lines for name, lines in lengths.items() if lines > FILE_LINES}


def test_functions_are_short() -> None:
    lengths = {
        f"{file.relative_to(ROOT)}:{node.name}": length(node)
        for file in FILES
        for node in nodes(file)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}


def test_classes_have_few_public_methods() -> None:
    methods = {
        f"{file.relative_to(ROOT)}:{node.name}": public_methods(node)
        for file in SOURCES
        for node in nodes(file)
        if isinstance(node, ast.ClassDef)
    }
    assert not {name: found for name, found in methods.items() if len(found) > PUBLIC_METHODS}
