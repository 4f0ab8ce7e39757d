"""What a test of a pipeline costs, and what a process pays once: one stage, and a chain on recorded outputs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from assets.testing import pipeline_of
from data_checks.expectation_library import import_library

BAR_SECONDS = 2.0
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")
COSTLY = ("model", "evaluation", "release")
TESTS = {
    "one stage": [("clean", MONTHS[0])],
    "a chain": [*((stage, MONTHS[2]) for stage in ("splits", "features", *COSTLY)), ("predictions", MONTHS[3])],
}
COLUMNS = {"sent": "date", "km": "number", "late": "boolean"}
DECLARATION: dict[str, Any] = {
    "partitions": {"every": "month", "column": "sent", "start": MONTHS[0]},
    "window": 3,
    "contract": {"columns": COLUMNS},
    "target": {"column": "late"},
    "features": {"number": ["km"]},
    "model": {"kind": "linear"},
    "train": {"epochs": 2, "optimizer": {"kind": "adamw", "lr": 0.1}},
    "evaluate": {"metrics": ["roc_auc"], "rounds": 50},
}
BETWEEN = {"expect_column_values_to_be_between": {"column": "km", "min_value": 0, "max_value": 100}}
DECLARATIONS = {
    "without expectations": DECLARATION,
    "with an expectation": {**DECLARATION, "contract": {"columns": COLUMNS, "expectations": [BETWEEN]}},
}


def rows() -> pa.Table:
    """1,200 rows of four months."""
    draw = np.random.default_rng(0)
    km = draw.uniform(0, 100, 1200)
    days = np.array([np.datetime64(f"{MONTHS[row // 300]}-{1 + row % 28:02}") for row in range(1200)])
    return pa.table({"sent": days, "km": km, "late": km + draw.normal(0, 20, 1200) > 60})


def record(folder: Path) -> None:
    """Train, evaluate and release once by each declaration."""
    for name, declared in DECLARATIONS.items():
        with pipeline_of(declared, rows=rows()) as late:
            for stage in COSTLY:
                late.record(stage, folder / name, MONTHS[2])


def run(test: str, name: str, folder: Path) -> None:
    """Run a test in this process, which nothing was imported into, and print what each part of it takes."""
    print(f"   {test}, {name}\n      {'starting, with assets.testing':<36}{'':>10}{time.process_time():5.2f} CPU-s")
    if DECLARATIONS[name] is not DECLARATION:
        with _clocked("importing Great Expectations"):
            import_library()
    began = time.process_time()
    with pipeline_of(DECLARATIONS[name], rows=rows()) as late:
        for stage, month in TESTS[test]:
            recorded = stage in COSTLY
            with _clocked(f"{stage} (recorded)" if recorded else stage):
                late.replay(stage, folder / name, month) if recorded else late.run(stage, month)
    own = time.process_time() - began
    print(f"      {'the test, without what came first':<36}{'':>10}{own:5.2f} CPU-s", flush=True)
    sys.exit(own > BAR_SECONDS)


@contextmanager
def _clocked(what: str) -> Iterator[None]:
    began, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"      {what:<36}{time.perf_counter() - began:6.2f} s, {time.process_time() - cpu:6.2f} CPU-s")


def main() -> int:
    """Record in one process and run each test in a fresh one, which imports what it needs."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.stage_tests", folder]
        subprocess.run(command, check=True)
        return max(
            subprocess.run([*command, test, name], check=False).returncode for test in TESTS for name in DECLARATIONS
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder]:
            record(Path(folder))
        case [folder, test, name]:
            run(test, name, Path(folder))
        case _:
            sys.exit(main())
