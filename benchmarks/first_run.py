"""What `make run` costs once everything is installed: wall time and peak memory, the first time and the second.

It runs the command that `make run` runs, in a fresh state folder. Memory is the resident memory of the process and of
those it started, added up several times a second; pages that they share count more than once, so that it is never less
than what is used. The bars: 6 minutes and 3 GB, and 40 s for a second run, which recomputes nothing.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from assets.home import REPOSITORY
from benchmarks.home import temporary_home

COMMAND = ("-m", "assets.commands", "run")
BARS_SECONDS = {"first": 360.0, "second": 40.0}
BAR_BYTES = 3e9
BETWEEN_LOOKS_SECONDS = 0.2


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: wall time.
        cpu_seconds: CPU time of it and of the processes that it started.
        most_bytes: the largest sum of resident memory seen.
        status: its exit status.
        said: what it printed.
    """

    seconds: float
    cpu_seconds: float
    most_bytes: int
    status: int
    said: str


def main(arguments: Sequence[str]) -> int:
    """Run twice and print.

    Returns:
        The exit status: 1 outside of a bar, or if a run failed.
    """
    parser = argparse.ArgumentParser(prog="first_run", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print how each run ended")
    given = parser.parse_args(arguments)
    missed = False
    with temporary_home():
        for name, bar in BARS_SECONDS.items():
            cost = measured([sys.executable, *COMMAND])
            missed |= bool(cost.status) or cost.seconds > bar or cost.most_bytes > BAR_BYTES
            print(
                f"{name} run: {cost.seconds:.0f} s, bar {bar:.0f} s; {cost.cpu_seconds:.0f} CPU-s; "
                f"{cost.most_bytes / 1e9:.2f} GB, bar {BAR_BYTES / 1e9:.0f} GB; exit status {cost.status}",
                flush=True,
            )
            if given.show or cost.status:
                print(cost.said[-6000:])
    return int(missed)


def measured(command: Sequence[str]) -> Cost:
    """Run a command in the repository and look at its memory while it lasts."""
    started, before = time.perf_counter(), _cpu_seconds_of_children()
    most = 0
    with tempfile.TemporaryFile("w+") as printed:
        process = psutil.Popen(command, cwd=REPOSITORY, stdout=printed, stderr=subprocess.STDOUT)
        while process.poll() is None:
            most = max(most, resident(process))
            time.sleep(BETWEEN_LOOKS_SECONDS)
        seconds = time.perf_counter() - started
        printed.seek(0)
        said = printed.read()
    return Cost(seconds, _cpu_seconds_of_children() - before, most, process.returncode, said)


def resident(process: psutil.Process) -> int:
    """Return the resident bytes of a process and of all below it; those that just ended count nothing."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += each.memory_info().rss
    return total


def _cpu_seconds_of_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
