"""What a launch from a terminal ends with: what stopped it, behind the traces that Dagster prints after it."""

import atexit
import sys
import traceback
from pathlib import Path

from assets.surroundings import REPOSITORY, program

# `dagster api` is what servers run their processes with, whose output nobody watches
LAUNCHERS, SERVED = ("dg", "dagster"), "api"
OURS = tuple(f"{Path(REPOSITORY, package)}/" for package in ("assets", "data_checks"))
_said: list[str] = []


def say_last(sentence: str) -> None:
    """Write a sentence once more when this process ends, where a person launched it; each is written once."""
    if program(sys.argv, sys.orig_argv) not in LAUNCHERS or sys.argv[1:2] == [SERVED] or sentence in _said:
        return
    if not _said:
        atexit.register(_write)
    _said.append(sentence)


def is_ours(error: BaseException) -> bool:
    """Return whether Trainyard raised an error on its own account: it says what to do, and where is of no use then."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return error.__cause__ is None and frame.f_code.co_filename.startswith(OURS)


def _write() -> None:
    sys.stdout.flush()
    sys.stderr.write("".join(f"\n{sentence}\n" for sentence in _said))
