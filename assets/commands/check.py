"""Reads every declaration and tells all faults of all files at once."""

import sys
from collections.abc import Sequence
from pathlib import Path

from assets.declaration import load
from assets.faults import DeclarationError, Fault
from assets.home import REPOSITORY


def main(arguments: Sequence[str]) -> int:
    """Print the faults, or how many declarations are in order; return 1 if there is a fault."""
    root = Path(arguments[0]).resolve() if arguments else REPOSITORY
    faults, sound = faults_of(root)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    sys.stdout.write(f"{sound} declarations in order, {len(faults)} faults\n")
    return 1 if faults else 0


def faults_of(root: Path) -> tuple[list[Fault], int]:
    """Return every fault under `pipelines/`, in the order of the files, and how many files have none."""
    faults: list[Fault] = []
    sound = 0
    names: dict[str, str] = {}
    for file in sorted((root / "pipelines").glob("*/defs.yaml")):
        try:
            declaration = load(file, root=root)
        except DeclarationError as error:
            faults.extend(error.faults)
            continue
        sound += 1
        registered = declaration.registration.name or file.parent.name
        shown = file.relative_to(root).as_posix()
        if registered in names:
            faults.append(
                Fault(
                    shown,
                    0,
                    0,
                    f"register.name is taken: '{registered}' is also registered by {names[registered]}; choose another",
                )
            )
        names[registered] = shown
    return faults, sound
