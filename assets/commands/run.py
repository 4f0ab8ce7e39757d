"""Runs the example through Dagster, month by month, and shows what Dagster and MLflow then know of it."""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Sequence

import dagster as dg

from assets.commands import CommandError
from assets.commands.reap import reap
from assets.commands.summary import summary
from assets.home import Home

PIPELINE = "hotel_cancellations"
FIRST, FIRST_TRAINED, LAST = "2015-07", "2015-12", "2016-03"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
TAGS = {
    "trainyard/trigger": "make run",
    "trainyard/reason": "the example, month by month",
}


def main(arguments: Sequence[str]) -> int:
    """Run the months in order: score each, then train for those from `--train-from` on.

    Returns:
        The exit status: 1 if a run failed.
    """
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--first", default=FIRST, help="first month to read and score")
    parser.add_argument("--train-from", default=FIRST_TRAINED, help="first month to train for")
    parser.add_argument("--last", default=LAST, help="last month of both")
    given = parser.parse_args(arguments)
    Home.from_environment().initialise()
    _tell_progress()
    from assets.definitions import defs

    definitions = defs()
    score = definitions.resolve_job_def(f"{PIPELINE}_score")
    retrain = definitions.resolve_job_def(f"{PIPELINE}_retrain")
    months = _months(score, given.first, given.last)
    with dg.DagsterInstance.get() as instance:
        reap(instance)
        steps = [
            (job, month) for month in months for job in (score, retrain) if job is score or month >= given.train_from
        ]
        counts: Counter[str] = Counter()
        failed = [f"{job.name} {month}" for job, month in steps if not _works(job, month, instance, counts=counts)]
        print(f"\n{summary(instance, PIPELINE, months)}\n\n{_told(counts)}")
    if failed:
        print(f"\nfailed: {', '.join(failed)}; the messages stand above and in the page", file=sys.stderr)
    print("\nSee it in the browser: make dev")
    return 1 if failed else 0


def _months(job: dg.JobDefinition, first: str, last: str) -> list[str]:
    known = list(job.partitions_def.get_partition_keys()) if job.partitions_def else []
    if first not in known or last not in known or first > last:
        raise CommandError(
            f"--first and --last are not months of {PIPELINE}: {first} to {last} must lie in {known[0]} to {known[-1]}"
        )
    return [month for month in known if first <= month <= last]


def _works(job: dg.JobDefinition, month: str, instance: dg.DagsterInstance, *, counts: Counter[str]) -> bool:
    """Run a job for a month; that a check stops it is an answer like any other, and told as one."""
    result = job.execute_in_process(
        partition_key=month,
        instance=instance,
        run_config=QUIET,
        raise_on_error=False,
        tags=TAGS,
    )
    for event in result.get_asset_materialization_events():
        reused = event.materialization.metadata["reused"].value
        counts["reused" if reused else "made"] += 1
    log = logging.getLogger("trainyard")
    checks = [check for check in result.get_asset_check_evaluations() if check.blocking and not check.passed]
    for check in checks:
        counts["stopped"] += 1
        log.warning("%s %s  stopped by the check %s: %s", PIPELINE, month, check.check_name, check.description)
    for event in result.all_events:
        if event.is_step_failure and not checks:
            log.error("%s %s  %s", job.name, month, event.step_failure_data.error_display_string)
    return result.success or bool(checks)


def _told(counts: Counter[str]) -> str:
    stopped = f"; checks stopped {counts['stopped']} of the runs" if counts["stopped"] else ""
    if not counts["made"]:
        return f"nothing was recomputed: all {counts['reused']} versions were there and stand{stopped}"
    return f"{counts['made']} versions made, {counts['reused']} reused{stopped}"


def _tell_progress() -> None:
    """Print the stages' progress, each line with the seconds since the start."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_SinceStart())
    logger = logging.getLogger("trainyard")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # a stage that has nothing to do yet gives no verdict, of which Dagster warns on the terminal
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)


class _SinceStart(logging.Formatter):
    def __init__(self) -> None:
        super().__init__()
        self._started = time.time()

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.created - self._started:6.1f} s  {record.getMessage()}"
