"""What a test of a pipeline costs: a chain of stages on a small table, with the costly ones recorded."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from assets.testing import Pipeline, pipeline_of

BAR_SECONDS = 2.0
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")
COSTLY = ("model", "evaluation", "release")
DECLARATION = {
    "partitions": {"every": "month", "column": "sent", "start": MONTHS[0]},
    "window": 3,
    "contract": {"columns": {"sent": "date", "km": "number", "late": "boolean"}},
    "target": {"column": "late"},
    "features": {"number": ["km"]},
    "model": {"kind": "linear"},
    "train": {"epochs": 2, "optimizer": {"kind": "adamw", "lr": 0.1}},
    "evaluate": {"metrics": ["roc_auc"], "rounds": 50},
}


def rows() -> pa.Table:
    """1,200 rows of four months."""
    draw = np.random.default_rng(0)
    km = draw.uniform(0, 100, 1200)
    days = np.array([np.datetime64(f"{MONTHS[row // 300]}-{1 + row % 28:02}") for row in range(1200)])
    return pa.table({"sent": days, "km": km, "late": km + draw.normal(0, 20, 1200) > 60})


def record(folder: Path) -> None:
    """Train, evaluate and release once."""
    with pipeline_of(DECLARATION, rows=rows()) as late:
        for stage in COSTLY:
            late.record(stage, folder, MONTHS[2])


def chain(folder: Path) -> None:
    """Run the others around what was recorded, and print what each took."""
    steps = [("splits", MONTHS[2]), ("features", MONTHS[2]), *((stage, MONTHS[2]) for stage in COSTLY)]
    began, cpu = time.perf_counter(), time.process_time()
    with pipeline_of(DECLARATION, rows=rows()) as late:
        for stage, month in [*steps, ("predictions", MONTHS[3])]:
            _told(late, stage, month, folder)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"   {'all':<22}{wall:6.2f} s, {used:5.2f} CPU-s")
    sys.exit(used > BAR_SECONDS)


def _told(late: Pipeline, stage: str, month: str, folder: Path) -> None:
    began = time.perf_counter()
    if stage in COSTLY:
        late.replay(stage, folder, month)
    else:
        late.run(stage, month)
    print(f"   {stage + (' (recorded)' if stage in COSTLY else ''):<22}{time.perf_counter() - began:6.2f} s")


def main() -> int:
    """Record in one process and run the chain in a fresh one, which imports what it needs."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.stage_tests"]
        subprocess.run([*command, "record", folder], check=True)
        return subprocess.run([*command, "chain", folder], check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"record": record, "chain": chain}[sys.argv[1]](Path(sys.argv[2]))
    sys.exit(main() if len(sys.argv) == 1 else 0)
