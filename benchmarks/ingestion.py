"""What ingestion and preprocessing cost beside reading and writing the same file with pyarrow alone.

Each measurement is a process of its own, so that its peak of resident memory is its own; measurements take turns, so
that what else the machine does falls on all of them, and the quickest of each counts.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.stages.clean import Clean
from assets.data.stages.raw import Raw
from assets.declaration import TYPE, load
from assets.execution import carry_out
from assets.mlflow_service import MlflowService
from assets.store import Store
from assets.work import Work
from benchmarks.home import another_home

MILLIONS = (5, 20)
ROUNDS = 3
MOST_RATIO, MOST_MEGABYTES, MOST_GROWTH = 3.0, 1500.0, 1.15
GROUP = 250_000
BATCH = 131_072
TYPES = {
    "id": "integer", "price": "number", "gap": {"type": "number", "nullable": True}, "flag": "boolean",
    **{f"number_{place}": "number" for place in range(6)}, **{f"count_{place}": "integer" for place in range(4)},
    "city": "category", "kind": {"type": "category", "nullable": True}, "note": "text", "code": "category",
    "day": "date", "at": "timestamp",
}  # fmt: skip


def rows_of(start: int, count: int) -> pa.Table:
    """Rows of 20 columns: numbers, whole numbers, flags, texts of few and of many values, days, times, gaps."""
    draw = np.random.default_rng(start)
    words = np.array([f"city {number}" for number in range(200)])
    kinds = np.array(["a", "b", "c", "d"])
    codes = np.array([f"C{number:04d}" for number in range(3000)])
    return pa.table(
        {
            "id": np.arange(start, start + count),
            "price": draw.gamma(2, 50, count).round(2),
            "gap": pa.array(draw.normal(size=count), mask=draw.random(count) < 0.05),
            "flag": draw.random(count) < 0.3,
            **{f"number_{place}": draw.normal(100, 20, count) for place in range(6)},
            **{f"count_{place}": draw.integers(0, 5 * 10 ** (place + 1), count) for place in range(4)},
            "city": words[draw.integers(0, len(words), count)],
            "kind": pa.array(kinds[draw.integers(0, len(kinds), count)], mask=draw.random(count) < 0.02),
            "note": [f"note {number}" for number in draw.integers(0, 10**7, count)],
            "code": codes[draw.integers(0, len(codes), count)],
            "day": pa.array(draw.integers(16_000, 16_700, count), pa.int32()).cast(pa.date32()),
            "at": pa.array(draw.integers(14 * 10**14, 145 * 10**13, count)).cast(pa.timestamp("us")),
        }
    )


def generate(file: Path, millions: int) -> None:
    """Write the file as pyarrow does by default, a row group at a time."""
    with pq.ParquetWriter(file, rows_of(0, 1).schema) as writer:
        for start in range(0, millions * 1_000_000, GROUP):
            writer.write_table(rows_of(start, GROUP))


def plain(file: Path, folder: Path) -> None:
    """Read and write the file with pyarrow alone, as it does by default."""
    copy(file, folder / "copy.parquet", {})


def plain_checked(file: Path, folder: Path) -> None:
    """Read and write the file with pyarrow alone, in the form in which versions are written."""
    texts = ["city", "kind", "note", "code"]
    settings = {"compression": "zstd", "write_page_checksum": True, "use_dictionary": texts}
    copy(file, folder / "copy.parquet", settings)


def copy(file: Path, target: Path, settings: Mapping[str, object]) -> None:
    """Read a file and write it again in batches."""
    with pq.ParquetFile(file) as source, pq.ParquetWriter(target, source.schema_arrow, **settings) as writer:
        for batch in source.iter_batches(BATCH):
            writer.write_batch(batch)


def ours(file: Path, folder: Path) -> None:
    """Carry out the stages `raw` and `clean`."""
    work = _work(file, folder)
    for stage in (Raw(), Clean()):
        carry_out(stage, work)


KINDS: dict[str, Callable[[Path, Path], None]] = {"pyarrow": plain, "checked": plain_checked, "ours": ours}


def main(arguments: Sequence[str]) -> int:
    """Print wall time, CPU time and memory of each, and the ratios.

    Returns:
        The exit status: 1 if time or memory is outside of its bar.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingestion")
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "FILE"))
    parser.add_argument("--millions", nargs="+", type=int, default=list(MILLIONS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args(arguments)
    if asked.measure:
        print(json.dumps(measured(*asked.measure)))
        return 0
    outside, smallest = False, None
    for millions in asked.millions:
        with tempfile.TemporaryDirectory(prefix="trainyard-benchmark-") as folder:
            best = compared(Path(folder), millions, rounds=asked.rounds)
        smallest = smallest or best["ours"]["megabytes"]
        growth = best["ours"]["megabytes"] / smallest
        ratio = best["ours"]["wall"] / best["pyarrow"]["wall"]
        outside |= ratio > MOST_RATIO or best["ours"]["megabytes"] > MOST_MEGABYTES or growth > MOST_GROWTH
    return int(outside)


def compared(folder: Path, millions: int, *, rounds: int) -> dict[str, dict[str, float]]:
    """Measure all kinds in turns, and print the best of each beside pyarrow."""
    file = folder / "rows.parquet"
    generate(file, millions)
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for kind in KINDS:
            command = [sys.executable, "-m", "benchmarks.ingestion", "--measure", kind, str(file)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            before = best.get(kind, found)
            best[kind] = {
                "wall": min(found["wall"], before["wall"]),
                "cpu": min(found["cpu"], before["cpu"]),
                "megabytes": max(found["megabytes"], before["megabytes"]),
            }
    print(f"{millions} million rows, 20 columns, a file of {file.stat().st_size / 2**20:,.0f} MiB")
    print(f"  {'':9} {'wall s':>7} {'CPU s':>7} {'RSS MiB':>8} {'wall ratio':>11} {'CPU ratio':>10}")
    for kind, found in best.items():
        wall, cpu = (found[name] / best["pyarrow"][name] for name in ("wall", "cpu"))
        print(
            f"  {kind:9} {found['wall']:7.1f} {found['cpu']:7.1f} {found['megabytes']:8.0f} {wall:11.2f} {cpu:10.2f}",
            flush=True,
        )
    return best


def measured(kind: str, file: str) -> dict[str, float]:
    """Run one kind in this process."""
    with tempfile.TemporaryDirectory(prefix="trainyard-benchmark-") as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        KINDS[kind](Path(file), Path(folder))
        return {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def _work(file: Path, folder: Path) -> Work:
    sections = {
        "description": "A wide table.",
        "owners": ["team:benchmarks"],
        "source": {"kind": "files", "path": str(file)},
        "contract": {"columns": TYPES},
        "target": {"column": "flag"},
        "model": {"kind": "linear"},
    }
    declared = folder / "pipelines" / "wide" / "defs.yaml"
    declared.parent.mkdir(parents=True)
    declared.write_text(json.dumps({"type": TYPE, "attributes": sections}), encoding="utf-8")
    with another_home() as home:
        artifacts = home.mlflow / "artifacts"
    return Work(
        pipeline="wide",
        declaration=load(declared, root=folder),
        period=None,
        store=Store(folder / "versions"),
        service=MlflowService(f"sqlite:///{folder / 'mlflow.db'}", artifacts.as_uri()),
        docs=folder / "docs",
        mlflow_page="http://127.0.0.1:5000",
        report=lambda line: print(line, file=sys.stderr),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
