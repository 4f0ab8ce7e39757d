"""Runs the example through Dagster, month by month, and shows what Dagster and MLflow then know of it."""

import argparse
import logging
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import dagster as dg

from assets.commands import CommandError
from assets.commands.reap import reap
from assets.commands.summary import summary
from assets.home import Home

PIPELINE = "hotel_cancellations"
FIRST, FIRST_TRAINED, LAST = "2015-07", "2015-12", "2016-03"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
INTERRUPTS = {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}
INTERRUPTED = 130
EPOCH = re.compile(r"  model  epoch (\d+)/")
TAGS = {
    "trainyard/trigger": "make run",
    "trainyard/reason": "the example, month by month",
}


def main(arguments: Sequence[str]) -> int:
    """Run the months in order: score each, then train for those from `--train-from` on.

    Returns:
        The exit status: 1 if a run failed, 130 if the runs were interrupted.
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
        tally = _Tally()
        for job, month in steps:
            _run(job, month, instance, tally=tally)
            if tally.interrupted:
                print(f"\ninterrupted in {job.name} {month}; the next run goes on from there", file=sys.stderr)
                return INTERRUPTED
        print(f"\n{summary(instance, PIPELINE, months)}\n\n{tally}")
    if tally.failed:
        print(f"\nfailed: {', '.join(tally.failed)}; the messages stand above and in the page", file=sys.stderr)
    print("\nSee it in the browser: make dev")
    return 1 if tally.failed else 0


@dataclass
class _Tally:
    """What came of the runs."""

    made: int = 0
    reused: int = 0
    stopped: int = 0
    failed: list[str] = field(default_factory=list)
    interrupted: bool = False

    def __str__(self) -> str:
        stopped = f"; checks stopped {self.stopped} of the runs" if self.stopped else ""
        if self.made or self.failed:
            return f"{self.made} versions made, {self.reused} reused{stopped}"
        return f"nothing was recomputed: all {self.reused} versions were there and stand{stopped}"


def _months(job: dg.JobDefinition, first: str, last: str) -> list[str]:
    known = list(job.partitions_def.get_partition_keys()) if job.partitions_def else []
    if first not in known or last not in known or first > last:
        raise CommandError(
            f"--first and --last are not months of {PIPELINE}: {first} to {last} must lie in {known[0]} to {known[-1]}"
        )
    return [month for month in known if first <= month <= last]


def _run(job: dg.JobDefinition, month: str, instance: dg.DagsterInstance, *, tally: _Tally) -> None:
    """Run a job for a month; that a check stops it is an answer like any other, and told as one."""
    result = job.execute_in_process(
        partition_key=month,
        instance=instance,
        run_config=QUIET,
        raise_on_error=False,
        tags=TAGS,
    )
    reused = [event.materialization.metadata["reused"].value for event in result.get_asset_materialization_events()]
    tally.reused += sum(map(bool, reused))
    tally.made += len(reused) - sum(map(bool, reused))
    log = logging.getLogger("trainyard")
    stopped = set()
    for event in result.all_events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if check.blocking and not check.passed:
                stopped.add(event.step_key)
                log.warning("%s %s  stopped by the check %s: %s", PIPELINE, month, check.check_name, check.description)
    tally.stopped += bool(stopped)
    failures = [event for event in result.all_events if event.is_step_failure and event.step_key not in stopped]
    for event in failures:
        error = event.step_failure_data.error
        tally.interrupted |= error is not None and error.cls_name in INTERRUPTS
        log.error("%s %s  %s", job.name, month, _cause(event))
    if failures or not (result.success or stopped):
        tally.failed.append(f"{job.name} {month}")


def _cause(event: dg.DagsterEvent) -> str:
    """The stage's own sentence, which names the place and the remedy; of an unforeseen error, its stack as well."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return str(failure.user_failure_data.description)
    return str(failure.error_display_string)


def _tell_progress() -> None:
    """Print the stages' progress, each line with the seconds since the start."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_SinceStart())
    handler.addFilter(worth_a_line)
    logger = logging.getLogger("trainyard")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # a stage that has nothing to do yet gives no verdict, of which Dagster warns on the terminal
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)


def worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a terminal shows it: of a training's epochs the first and every tenth, where the page shows all."""
    epoch = EPOCH.search(record.getMessage())
    return epoch is None or epoch[1] == "1" or epoch[1].endswith("0")


class _SinceStart(logging.Formatter):
    def __init__(self) -> None:
        super().__init__()
        self._started = time.time()

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.created - self._started:6.1f} s  {record.getMessage()}"
