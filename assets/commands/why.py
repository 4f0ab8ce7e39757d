"""Says what would be recomputed for a pipeline, and why, without running it."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from assets.declaration import load
from assets.execution import foresee
from assets.home import REPOSITORY, Home
from assets.lifecycle import LIFECYCLE, STAGES
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.work import SkippedError, Work


def main(arguments: Sequence[str]) -> int:
    """Print one line a stage; return 2 if the pipeline or period is not known."""
    parser = argparse.ArgumentParser(prog="make why", description=__doc__)
    parser.add_argument("pipeline", metavar="PIPELINE", help="its folder's name")
    parser.add_argument("partition", metavar="PARTITION", nargs="?", help="the period, for a pipeline with partitions")
    given = parser.parse_args(arguments)
    home = Home.from_environment()
    home.initialise()
    file = REPOSITORY / "pipelines" / given.pipeline / "defs.yaml"
    if not file.exists():
        known = ", ".join(sorted(path.parent.name for path in file.parents[1].glob("*/defs.yaml")))
        sys.stderr.write(f"PIPELINE is not known: '{given.pipeline}' has no defs.yaml; choose from {known}\n")
        return 2
    declaration = load(file, root=REPOSITORY)
    if (declaration.partitions is None) != (given.partition is None):
        what = "is needed: it has partitions" if declaration.partitions else "has no meaning: it has no partitions"
        sys.stderr.write(f"PARTITION {what}; mend the call for {given.pipeline}\n")
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


def outlook(work: Work) -> list[str]:
    """Return one line a stage of what a run would do now; what follows a recomputed stage depends on its result."""
    lines = []
    pending: list[str] = []
    for stage in STAGES:
        upstream = [name for name in pending if name in stage.follows]
        if upstream:
            lines.append(
                f"{stage.name:12} depends   on the result of {', '.join(upstream)}; unchanged results are not passed on"
            )
            pending.append(stage.name)
            continue
        try:
            found = foresee(stage, work)
        except SkippedError as reason:
            lines.append(f"{stage.name:12} skip      {reason}")
            continue
        except ValueError as error:
            lines.append(f"{stage.name:12} refused   {error}")
            pending.append(stage.name)
            continue
        lines.append(f"{stage.name:12} {'reuse' if found.reuse else 'recompute':9} {'; '.join(found.why)}")
        if not found.reuse:
            pending.append(stage.name)
    return lines
