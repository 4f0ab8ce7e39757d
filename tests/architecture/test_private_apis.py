"""Nothing private of another library is imported: it changes without a word."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("assets", "data_checks", "pipelines", "tests", "benchmarks")
FILES = [file for folder in OURS for file in sorted((ROOT / folder).rglob("*.py"))]


def private_imports(file: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [name for name in names if not name.startswith("__") and is_private(name)]
    return found


def is_private(name: str) -> bool:
    package, *inner = name.split(".")
    return package not in OURS and any(part.startswith("_") and not part.startswith("__") for part in inner)


def test_imports_only_what_is_public() -> None:
    assert not {str(file.relative_to(ROOT)): found for file in FILES if (found := private_imports(file))}


def test_sees_a_private_import(tmp_path: Path) -> None:
    careless = tmp_path / "careless.py"
    careless.write_text("from dagster._core.storage import x\nimport mlflow._y\n", encoding="utf-8")
    assert private_imports(careless) == ["dagster._core.storage.x", "mlflow._y"]
