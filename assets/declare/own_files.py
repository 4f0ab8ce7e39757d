"""Which Python files of `pipelines/` Dagster loads besides declarations: found by reading, without importing one."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from assets.declare.python_beside import files_beside

COMPONENTS = ("defs.yaml", "defs.yml", "component.yaml")


def own_files(folder: Path, declared: Collection[str]) -> Mapping[str, tuple[Path, ...]]:
    """Return the files of each folder or file of `pipelines/` that Dagster loads and that is no declaration of ours.

    A folder of another component of Dagster is named without its files, which that component loads.

    Args:
        folder: `pipelines/`.
        declared: the names of the folders that hold a declaration of ours, sound or not.
    """
    found: dict[str, tuple[Path, ...]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith((".", "_")):
            continue
        if path.is_file():
            if path.suffix == ".py":
                found[path.name] = (path,)
        elif path.name in declared:
            if files := tuple(files_beside(path)):
                found[path.name] = files
        elif any((path / name).is_file() for name in COMPONENTS):
            found[path.name] = ()
        elif files := tuple(_python(path)):
            found[path.name] = files
    return found


def module_of(file: Path, root: Path) -> str:
    """Return the name by which a file below the root is imported."""
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _python(folder: Path) -> Iterator[Path]:
    nested = {file.parent for name in COMPONENTS for file in folder.glob(f"*/**/{name}")}
    for file in sorted(folder.rglob("*.py")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(folder).parts)
        if not hidden and nested.isdisjoint(file.parents):
            yield file
