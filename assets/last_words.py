"""What a launch from a terminal ends with: what stopped it, behind the traces that Dagster prints after it."""

import atexit
import sys
from dis import opmap
from pathlib import Path
from types import TracebackType

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
    """Return whether Trainyard raised an error on its own account: it says what to do, and where is of no use then.

    What compiled code raises has no frame of its own; only a `raise` tells it from what our line was answered with.
    """
    return error.__cause__ is None and error.__traceback__ is not None and _is_raised_here(error.__traceback__)


def _is_raised_here(trace: TracebackType) -> bool:
    while trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return code.co_filename.startswith(OURS) and code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]


def _write() -> None:
    sys.stdout.flush()
    sys.stderr.write("".join(f"\n{sentence}\n" for sentence in _said))
