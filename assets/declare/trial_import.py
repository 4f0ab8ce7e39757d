"""Imports the modules that declarations name after `use` in a process of its own, which pays for them and may end."""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path

from assets.declare.faults import DeclarationError, Fault
from assets.declare.functions import USE, wrong_with
from assets.declare.python_names import file_of, is_pipelines
from assets.declare.yaml_text import Document, KeyPath, dotted, read, texts

MOST_SECONDS = 120
SHOWN = 200
# a module may raise anything, and end the process
FAILURES = (Exception, SystemExit)


def faults_of_import(files: Collection[Path], *, root: Path, imported: Collection[Path] = ()) -> tuple[Fault, ...]:
    """Return the fault of each function whose module of this repository raises an error as it is imported.

    Args:
        files: every `defs.yaml`, sound or not.
        root: the repository's root, from which modules are found and files named.
        imported: Python files that are imported elsewhere, which then tells their errors.
    """
    named = [(document, path, module) for document in _documents(files, root) for path, module in _used(document, root)]
    modules = {module for _, _, module in named if file_of(module, root) not in imported}
    failed = _tried(sorted(modules), root) if modules else {}
    return tuple(
        document.fault(("attributes", *path), f"{dotted(path)} names a module that can't be imported: {failed[module]}")
        for document, path, module in named
        if module in failed
    )


def _documents(files: Collection[Path], root: Path) -> Iterator[Document]:
    for file in files:
        try:
            yield read(file, shown_as=file.relative_to(root).as_posix())
        except DeclarationError:  # what is no YAML is told, and names nothing
            continue


def _used(document: Document, root: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield the modules of functions with which nothing is wrong as far as reading tells."""
    whole = document.value
    for path, text in texts(whole.get("attributes") if isinstance(whole, dict) else None):
        written = USE.fullmatch(text) if path and path[-1] == "use" else None
        if written and is_pipelines(written[1], root) and wrong_with(text, root=root) is None:
            yield path, written[1]


def _tried(modules: Collection[str], root: Path) -> dict[str, str]:
    """Import modules one after the other in another process, and return what is told of those that fail."""
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers"
        answers.touch()
        known = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
        command = [sys.executable, "-m", __name__, str(answers), str(root), *modules]
        try:
            done = subprocess.run(
                command, cwd=root, env=known, capture_output=True, timeout=MOST_SECONDS, check=False
            ).returncode
            end = f"the process ends with status {done}"
        except subprocess.TimeoutExpired:
            end = f"it takes more than {MOST_SECONDS} seconds"
        told: dict[str, str | None] = dict(map(json.loads, answers.read_text("utf-8").splitlines()))
    failed = {module: said for module, said in told.items() if said is not None}
    cut_off = [module for module in modules if module not in told][:1]
    return failed | {module: f"{end} as '{module}' is; let it only define what it names" for module in cut_off}


def _fails(module: str, root: Path) -> str | None:
    try:
        import_module(module)
    except FAILURES as error:
        frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        own = [(file, line) for file, line in frames if file.is_relative_to(root)]
        place = f" ({own[-1][0].relative_to(root).as_posix()}:{own[-1][1]})" if own else ""
        return f"{' '.join(f'{type(error).__name__}: {error}'.split())[:SHOWN]}{place}; mend the module"
    return None


def main(answers: Path, root: Path, modules: Collection[str]) -> None:
    """Write one line a module, as soon as it is known whether it can be imported."""
    for module in modules:
        said = _fails(module, root)
        with answers.open("a", encoding="utf-8") as lines:
            lines.write(f"{json.dumps([module, said])}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
