"""What Dagster adds to a month of `hotel_cancellations`: its two jobs against the same stages as plain functions.

Both ways get a fresh state folder, the months before the first as history, and a first month untimed, after which
every library is imported and warm. Then they take turns, month by month, in one process: the jobs `score` and
`retrain`, and each stage called once by `assets.execution.carry_out`. The bar: 1.5 times the wall time.
"""

import argparse
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import dagster as dg

from assets.declaration import load
from assets.home import REPOSITORY, Home
from assets.lifecycle import STAGES
from assets.work import SkippedError
from benchmarks.home import another_home, temporary_home
from benchmarks.pipeline import Pipeline
from data_checks.gates import Gate

NAME = "hotel_cancellations"
BAR = 1.5
HISTORY_FROM, WARM, FIRST = "2015-07", "2015-12", "2016-01"
PREPARED = ("raw", "clean")
BEFORE_TRAINING = ("raw", "clean", "predictions", "drift")
ANY_MODEL = (Gate(metric="roc_auc", at_least=0.0),)


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a month."""

    wall: float
    cpu: float


def main(arguments: Sequence[str]) -> int:
    """Measure both ways side by side and print the ratio.

    Returns:
        The exit status: 1 outside of the bar.
    """
    parser = argparse.ArgumentParser(prog="orchestration", description=__doc__)
    parser.add_argument("--until", default="2016-06", help="last month measured")
    given = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    with ExitStack() as stack:
        homes = [stack.enter_context(temporary_home()), stack.enter_context(another_home())]
        instance = stack.enter_context(dg.DagsterInstance.get())
        through_dagster, as_functions = (pipeline_in(home) for home in homes)

        def dagster(month: str) -> None:
            through_dagster.run("score", month, instance)
            through_dagster.run("retrain", month, instance)

        def functions(month: str) -> None:
            call_stages(as_functions, month)

        for pipeline in (through_dagster, as_functions):
            prepare(pipeline)
        dagster(WARM)
        functions(WARM)
        pairs = measure(through_dagster.months(FIRST, given.until), dagster, functions)
    ratio = statistics.median(through.wall / plain.wall for through, plain in pairs)
    walls, cpus = (sum(each) for each in zip(*((through.wall, through.cpu) for through, _ in pairs), strict=True))
    plain_walls, plain_cpus = (sum(each) for each in zip(*((plain.wall, plain.cpu) for _, plain in pairs), strict=True))
    print(
        f"wall: median of the months {ratio:.2f}, ratio of the sums {walls / plain_walls:.2f}, bar {BAR}; "
        f"CPU: ratio of the sums {cpus / plain_cpus:.2f}"
    )
    return int(ratio > BAR)


def pipeline_in(home: Home) -> Pipeline:
    """Return the committed declaration in a state folder, with gates that every month's model passes."""
    committed = load(REPOSITORY / "pipelines" / NAME / "defs.yaml", root=REPOSITORY)
    return Pipeline(NAME, committed.model_copy(update={"gates": ANY_MODEL}), home)


def prepare(pipeline: Pipeline) -> None:
    """Make the rows that the first month's window reads."""
    stages = [stage for stage in STAGES if stage.name in PREPARED]
    for month in pipeline.months(HISTORY_FROM, WARM)[:-1]:
        for stage in stages:
            pipeline.carry_out(stage, month)


def call_stages(pipeline: Pipeline, month: str) -> None:
    """Call each stage once, in the order of the two jobs."""
    first = [stage for stage in STAGES if stage.name in BEFORE_TRAINING]
    for stage in (*first, *(stage for stage in STAGES if stage not in first)):
        try:
            pipeline.carry_out(stage, month)
        except SkippedError:
            continue


def measure(
    months: Sequence[str], dagster: Callable[[str], None], functions: Callable[[str], None]
) -> list[tuple[Cost, Cost]]:
    """Measure each month both ways, as (through Dagster, as functions); who goes first changes from month to month."""
    pairs = []
    for number, month in enumerate(months):
        if number % 2:
            plain = cost(functions, month)
            pairs.append((cost(dagster, month), plain))
        else:
            pairs.append((cost(dagster, month), cost(functions, month)))
        through, plain = pairs[-1]
        print(
            f"{month}: {through.wall:5.1f} s through Dagster ({through.cpu:.1f} of CPU), "
            f"{plain.wall:5.1f} s as functions ({plain.cpu:.1f}), ratio {through.wall / plain.wall:.2f}",
            flush=True,
        )
    return pairs


def cost(work: Callable[[str], None], month: str) -> Cost:
    """Return what a month costs."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    work(month)
    return Cost(time.perf_counter() - wall, cpu_seconds() - cpu)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those that it started and that ended."""
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + started.ru_utime + started.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
