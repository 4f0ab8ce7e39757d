"""Runs benchmarks, each in a process of its own: `python -m benchmarks [NAME … | all]`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

BENCHMARKS = {
    "loading": "100 generated pipelines load in under 10 s, without a heavy library",
    "orchestration": "a month through Dagster within 1.5 times of the same stages called as functions",
    "quality": "ROC AUC of hotel_cancellations eight months ahead, at least 0.80",
    "first_run": "make run: under 6 minutes and 3 GB, the second time under 40 s",
    "ingestion": "ingestion and preprocessing within 3 times of pyarrow's copy, in memory that does not grow",
    "stage_tests": "a stage, and a chain on recorded outputs, on a small table, each in under 2 CPU-s beside imports",
    "validation": "25 expectations on 10 million rows: 1.5 times decoding, 3 with uniqueness, under 1.5 GB",
    "training": "the training loop against the bare steps",
}
SHORT = ("loading", "orchestration")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that are named, or the short ones.

    Returns:
        The exit status: 1 if one is outside of its bar.
    """
    listing = "\n".join(f"  {name:<15}{summary}" for name, summary in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        epilog=f"benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="name", help="absent: loading and orchestration")
    asked = parser.parse_args(arguments).names or list(SHORT)
    names = list(BENCHMARKS) if "all" in asked else asked
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark of the name {unknown}; take some of {[*BENCHMARKS, 'all']}")
    statuses = [_run(name) for name in names]
    return max(statuses)


def _run(name: str) -> int:
    """Run one and say how busy the machine was, since that changes every figure of time."""
    load = os.getloadavg()[0]
    print(f"\n== {name}: {BENCHMARKS[name]}\n   {os.cpu_count()} cores, load {load:.1f} before", flush=True)
    status = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    print(f"   load {os.getloadavg()[0]:.1f} after; {'outside of the bar' if status else 'within the bar'}", flush=True)
    return int(status != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
