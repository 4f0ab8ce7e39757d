"""Reads every declaration and tells all faults of all files at once."""

import sys
from collections.abc import Sequence
from pathlib import Path

from assets.declare.notes import notes
from assets.declare.survey import NAME, PIPELINES, survey
from assets.home import REPOSITORY


def main(arguments: Sequence[str]) -> int:
    """Print the faults, what is worth a look, and how many declarations are in order; return 1 if there is a fault."""
    root = Path(arguments[0]).resolve() if arguments else REPOSITORY
    found = survey(root)
    noted = [
        note
        for name, declaration in found.declarations.items()
        for note in notes(root / PIPELINES / name / NAME, declaration, root=root)
    ]
    for each in (*noted, *found.faults):
        sys.stderr.write(f"{each}\n")
    seen = f", {_counted(len(noted), 'note')}" if noted else ""
    sound, faults = len(found.declarations), len(found.faults)
    sys.stdout.write(f"{_counted(sound, 'declaration')} in order, {_counted(faults, 'fault')}{seen}\n")
    return 1 if found.faults else 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
