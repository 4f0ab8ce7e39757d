"""What Dagster adds to a month of `hotel_cancellations`: its two jobs against the same stages as plain functions.

Both ways get a fresh state folder, the months before the first as history, and a first month untimed, after which
every library is imported and warm. Then they take turns, month by month, in one process: the jobs `score` and
`retrain`, and each stage called once by `assets.execution.carry_out`. The bar: 1.5 times the wall time.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import dagster as dg

from assets.declaration import load
from assets.home import REPOSITORY, Home
from assets.lifecycle import STAGES
from assets.work import SkippedError
from benchmarks.home import another_home, temporary_home
from benchmarks.pipeline import Pipeline

NAME = "hotel_cancellations"
BAR = 1.5
HISTORY_FROM, WARM, FIRST = "2015-07", "2015-12", "2016-01"
PREPARED = ("raw", "clean")
BEFORE_TRAINING = ("raw", "clean", "predictions", "drift")


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
    ratio = sum(pair[0] for pair in pairs) / sum(pair[1] for pair in pairs)
    each = [pair[0] / pair[1] for pair in pairs]
    print(f"ratio of the sums {ratio:.2f}, median of the months {statistics.median(each):.2f}, bar {BAR}")
    return 1 if ratio > BAR else 0


def pipeline_in(home: Home) -> Pipeline:
    """Return the committed declaration in a state folder."""
    return Pipeline(NAME, load(REPOSITORY / "pipelines" / NAME / "defs.yaml", root=REPOSITORY), home)


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
) -> list[tuple[float, float]]:
    """Time each month both ways, the first turn changing from month to month; seconds as (Dagster, functions)."""
    pairs = []
    for number, month in enumerate(months):
        if number % 2:
            plain = seconds(functions, month)
            pairs.append((seconds(dagster, month), plain))
        else:
            pairs.append((seconds(dagster, month), seconds(functions, month)))
        through, plain = pairs[-1]
        print(
            f"{month}: {through:6.2f} s through Dagster, {plain:6.2f} s as functions, {through / plain:.2f}", flush=True
        )
    return pairs


def seconds(work: Callable[[str], None], month: str) -> float:
    """Return how long a month takes."""
    started = time.perf_counter()
    work(month)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
