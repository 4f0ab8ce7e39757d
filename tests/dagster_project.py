"""What makes a folder a project of Dagster's, whose definitions are all that a package holds."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path
from types import ModuleType


def settings(package: str) -> str:
    """Return the text of its `pyproject.toml`."""
    return f"""
[project]
name = "{package}"
version = "0"
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "{package}"
defs_module = "{package}"
"""


@contextmanager
def pipelines_of(root: Path) -> Iterator[None]:
    """Let `pipelines` be the package of another repository."""
    before = _forgotten()
    sys.path.insert(0, str(root))
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(root))
        _forgotten()
        sys.modules.update(before)


def _forgotten() -> dict[str, ModuleType]:
    return {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] == "pipelines"}
