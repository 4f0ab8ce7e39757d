"""A lint or type error that is let be says why, on its line: outside tests none is silent."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SILENT = re.compile(r"# (?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore\[[a-z, -]+\])(?![,\d])(?!  # \S)")


def silent(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if SILENT.search(line)]


def test_every_exception_has_its_reason() -> None:
    files = [
        file
        for folder in ("assets", "data_checks", "pipelines", "benchmarks")
        for file in (ROOT / folder).rglob("*.py")
    ]
    assert not {
        str(file.relative_to(ROOT)): lines for file in files if (lines := silent(file.read_text(encoding="utf-8")))
    }


def test_sees_a_silent_one() -> None:
    bare = "import os  # no" + "qa: F401"
    assert silent(f"{bare}\n{bare}  # why\nx = 1  # type: " + "ignore[arg-type]\n") == [1, 3]
