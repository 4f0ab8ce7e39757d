"""Refuses a launch from a terminal whose period is missing or is none, with what to do.

Dagster would print its trace, and start a run all the same, whose failure shows every check of the pipeline as failed.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from assets.data.period import Partitions, PeriodError
from assets.declaration import load
from assets.declare.faults import DeclarationError
from assets.lifecycle import LIFECYCLE
from assets.surroundings import program

LAUNCHER, LAUNCH, REFUSED = "dg", "launch", 2
OF_JOB = re.compile(r"(\w+)_(?:score|retrain)")
OF_ASSETS = re.compile(rf"(\w+)/(?:{'|'.join([*LIFECYCLE, 'quarantine'])})\b")


def needs_period(pipeline: str, partitions: Partitions, now: datetime) -> str:
    """Say that a run without a period needs one, and how to give it."""
    first, last = partitions.keys_known(now)
    return (
        f"{pipeline} needs a period: this run has none, as that of a check by itself; choose a partition on the page, "
        f"or add --partition {last} in a terminal, of {first} to {last}; checks run with it"
    )


def refuse_wrong_period(root: Path) -> None:
    """End this process, before it starts a run, if it is a launch that `wrong_period` finds something wrong with.

    Raises:
        SystemExit: what is wrong stands on the terminal.
    """
    if program(sys.argv, sys.orig_argv) != LAUNCHER:
        return
    if wrong := list(wrong_period(sys.argv[1:], root, datetime.now(UTC))):
        sys.stderr.write("".join(f"{each}\n" for each in wrong))
        raise SystemExit(REFUSED)


def wrong_period(arguments: Sequence[str], root: Path, now: datetime) -> Iterator[str]:
    """Yield what is wrong with the period of a launch, for each pipeline of ours that it names and that has periods.

    Args:
        arguments: of `dg`; those of another command than `launch` are in order.
        root: the repository's root.
        now: the time, with a zone.
    """
    if arguments[:1] != [LAUNCH]:
        return
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("job", "assets", "partition", "partition-range"):
        parser.add_argument(f"--{name}", nargs="?")
    given, _others = parser.parse_known_args(arguments[1:])
    job = OF_JOB.fullmatch(given.job or "")
    named = [job[1]] if job else OF_ASSETS.findall(given.assets or "")
    for pipeline in dict.fromkeys(named):
        partitions = _partitions(root / "pipelines" / pipeline / "defs.yaml", root)
        if partitions is None or given.partition_range:
            continue
        if given.partition is None:
            yield needs_period(pipeline, partitions, now)
        elif wrong := _wrong(given.partition, partitions, now):
            yield f"{pipeline}: {wrong}"


def _partitions(file: Path, root: Path) -> Partitions | None:
    try:
        return load(file, root=root, look=False).partitions if file.exists() else None
    except DeclarationError:  # a broken one is told as that
        return None


def _wrong(key: str, partitions: Partitions, now: datetime) -> str:
    try:
        period = partitions.period(key)
    except PeriodError as error:
        return str(error)
    first, last = partitions.keys_known(now)
    if period.start > partitions.period(last).start:
        return f"partitions has no such period yet: {key!r} is after {last}; name one of {first} to {last}"
    return ""
