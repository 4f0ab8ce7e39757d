"""Reads every declaration and tells all faults of all files at once."""

import sys
from collections.abc import Sequence
from pathlib import Path

from assets.declare.survey import survey
from assets.home import REPOSITORY


def main(arguments: Sequence[str]) -> int:
    """Print the faults, or how many declarations are in order; return 1 if there is a fault."""
    found = survey(Path(arguments[0]).resolve() if arguments else REPOSITORY)
    for fault in found.faults:
        sys.stderr.write(f"{fault}\n")
    sound, faults = len(found.declarations), len(found.faults)
    sys.stdout.write(f"{_counted(sound, 'declaration')} in order, {_counted(faults, 'fault')}\n")
    return 1 if found.faults else 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
