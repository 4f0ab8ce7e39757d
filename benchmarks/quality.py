"""How well `hotel_cancellations` ranks bookings eight months ahead, by the pipeline's own evaluation.

As of 2017-08: the last eight months are the test part, the month before them validates, all before trains, and no
column that is filled in late is a feature. The bar: ROC AUC of at least 0.80.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import dagster as dg

from assets.data.split import Split
from assets.declaration import Declaration, load
from assets.home import REPOSITORY
from assets.store import Store
from assets.versions.recipe import Address
from benchmarks.home import temporary_home
from benchmarks.pipeline import Pipeline

NAME = "hotel_cancellations"
FIRST, LAST = "2015-07", "2017-08"
WINDOW, VALIDATION, TEST = 26, 1, 8
BAR = 0.80
CANDIDATES = ("model", "gradient_boosting", "trivial")


def main(arguments: Sequence[str]) -> int:
    """Train and evaluate in a fresh state folder, and print the figures.

    Returns:
        The exit status: 1 below the bar.
    """
    parser = argparse.ArgumentParser(prog="quality", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of the training; absent: the declaration's")
    given = parser.parse_args(arguments)
    with temporary_home() as home, dg.DagsterInstance.get() as instance:
        pipeline = Pipeline(NAME, variant(given.seed), home)
        _run(pipeline, instance)
        store = Store(home.versions)
        evaluation = store.head(Address(NAME, "evaluation", LAST))
        history = store.head(Address(NAME, "model", LAST))
        assert evaluation
        assert history
        figures = cast("dict[str, Any]", evaluation.json("evaluation"))
        _show(figures, cast("list[dict[str, float]]", history.json("history")))
    return 0 if figures["candidates"]["model"]["metrics"]["roc_auc"]["value"] >= BAR else 1


def variant(seed: int | None = None) -> Declaration:
    """Return the committed declaration with the bar's window and split; all else is as committed."""
    committed = load(REPOSITORY / "pipelines" / NAME / "defs.yaml", root=REPOSITORY)
    changed: dict[str, Any] = {"window": WINDOW, "split": Split(by="time", validation=VALIDATION, test=TEST)}
    if seed is not None:
        changed["train"] = committed.train.model_copy(update={"seed": seed})
    return committed.model_copy(update=changed)


def _run(pipeline: Pipeline, instance: dg.DagsterInstance) -> None:
    started = time.perf_counter()
    for month in pipeline.months(FIRST, LAST):
        pipeline.run("retrain", month, instance, only=("raw", "clean", "quarantine"))
    read = time.perf_counter()
    pipeline.run("retrain", LAST, instance, only=("splits", "features", "model", "evaluation"))
    print(f"{read - started:.0f} s to read and check the months, {time.perf_counter() - read:.0f} s to train and judge")


def _show(figures: Mapping[str, Any], history: Sequence[Mapping[str, float]]) -> None:
    best = min(history, key=lambda row: row["validation_loss"])
    print(f"{len(history)} epochs, best is {best['epoch']:.0f}: validation ROC AUC {best['validation_roc_auc']:.4f}")
    print(f"{figures['rows']:,} test rows")
    for name in CANDIDATES:
        for metric, figure in figures["candidates"][name]["metrics"].items():
            low, high = figure["low"], figure["high"]
            interval = "" if low is None else f"  ({low:.4f} to {high:.4f})"
            print(f"{name:<20}{metric:<20}{figure['value']:.4f}{interval}")
    print(f"bar: model roc_auc at least {BAR:.2f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
