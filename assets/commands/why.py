"""Says what would be recomputed for a pipeline, and why, without running it."""

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from assets.data.period import Partitions
from assets.declaration import load
from assets.execution import foresee
from assets.home import REPOSITORY, Home
from assets.lifecycle import LIFECYCLE, STAGES
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.work import BlockedError, SkippedError, Stage, Work

USAGE = """make why PIPELINE=NAME [PARTITION=PERIOD]
       python -m assets.commands why PIPELINE [PARTITION]"""
VERBS = """each line says what would become of a stage:
  stands       nothing changed; what is there is reused
  goes back    what was made earlier stands again
  runs         it would be made, for the reason that follows
  may run      it would be made only if a stage before it gives another result
  skipped      it has nothing to do yet
  refused      it would stop, and why
  not reached  a stage before it would stop"""


def main(arguments: Sequence[str]) -> int:
    """Print one line a stage; return 2 if the pipeline or period is not known."""
    known = sorted(path.parent.name for path in (REPOSITORY / "pipelines").glob("*/defs.yaml"))
    parser = argparse.ArgumentParser(
        prog="make why",
        usage=USAGE,
        description=__doc__,
        epilog=f"pipelines: {', '.join(known)}\n\n{VERBS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pipeline", metavar="PIPELINE", nargs="?", help="its folder's name")
    parser.add_argument("partition", metavar="PARTITION", nargs="?", help="the period, for a pipeline with partitions")
    given = parser.parse_args(arguments)
    home = Home.from_environment()
    home.initialise()
    if given.pipeline not in known:
        what = f"known: '{given.pipeline}' has no defs.yaml" if given.pipeline else "given"
        sys.stderr.write(f"PIPELINE is not {what}; choose from {', '.join(known)}\n")
        return 2
    file = REPOSITORY / "pipelines" / given.pipeline / "defs.yaml"
    declaration = load(file, root=REPOSITORY)
    if (declaration.partitions is None) != (given.partition is None):
        sys.stderr.write(f"{_other_call(given.pipeline, declaration.partitions)}\n")
        return 2
    work = Work(
        pipeline=given.pipeline,
        declaration=declaration,
        period=declaration.partitions.period(given.partition) if declaration.partitions else None,
        store=Store(home.versions),
        service=MlflowService(os.environ["MLFLOW_TRACKING_URI"]),
        docs=home.docs,
        mlflow_page="",
        stages=LIFECYCLE,
        report=logging.getLogger("trainyard").info,
    )
    for line in outlook(work):
        sys.stdout.write(f"{line}\n")
    return 0


def _other_call(pipeline: str, partitions: Partitions | None) -> str:
    """Say that a period is needed, or has no meaning, and how to call instead."""
    if partitions is None:
        return f"PARTITION has no meaning: {pipeline} has no partitions; call make why PIPELINE={pipeline}"
    first, last = partitions.keys_known(datetime.now(UTC))
    return (
        f"PARTITION is needed: {pipeline} is made {partitions.every} by {partitions.every}, {first} to {last}; "
        f"call for example make why PIPELINE={pipeline} PARTITION={last}"
    )


def outlook(work: Work) -> list[str]:
    """Return one line a stage of what a run would do now.

    `runs`, `stands` and `goes back`, to a version that was made earlier, are certain as far as the run comes; `may run`
    hangs on what an earlier stage gives; a stage after one that is `refused` is not reached.
    """
    ahead: dict[str, str] = {}
    lines = []
    for stage in STAGES:
        before = {name: ahead[name] for name in stage.follows if name in ahead}
        verb, why = _foreseen(stage, work, before)
        if verb not in ("stands", "skipped"):
            ahead[stage.name] = verb
        lines.append(f"{stage.name:12} {verb:11} {why}")
    return lines


def _foreseen(stage: Stage, work: Work, before: Mapping[str, str]) -> tuple[str, str]:
    """Return what would become of a stage, and why.

    Args:
        stage: which.
        work: for which period.
        before: stages that it follows and that would not just stand, with what would become of them.
    """
    halted = [name for name, verb in before.items() if verb in ("refused", "not reached")]
    if halted:
        return "not reached", f"{' and '.join(halted)} before it would not come to an end"
    try:
        found = foresee(stage, work)
    except (SkippedError, ValueError) as error:
        return _hindered(error, before, new=work.store.head(work.address(stage.name)) is None)
    if found.reuse and before:
        return "may run", f"only if {' or '.join(before)} gives another result than before"
    verb = "runs" if not found.reuse else "goes back" if found.other else "stands"
    return verb, "; ".join(found.why)


def _hindered(error: SkippedError | ValueError, before: Mapping[str, str], *, new: bool) -> tuple[str, str]:
    """Return what would become of a stage that could not run on what is there now."""
    is_skip, after = isinstance(error, SkippedError), " and ".join(before)
    if not before:
        return "skipped" if is_skip else "refused", str(error)
    if is_skip or isinstance(error, BlockedError) or not new:
        now = "skipped" if is_skip else "refused"
        return (
            "may run",
            f"{now} as things stand, unless the result of {after} changes it: {error}",
        )
    return "runs", f"never made before; it waits for {after}"
