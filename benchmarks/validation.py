"""What validation costs beside reading: CPU time and memory of the pass, of pyarrow alone, and of the library alone.

A table of 20 columns is written to a temporary folder, a part at a time. Each way then reads it in a process of its
own: pyarrow decodes the columns and does nothing; the pass judges 22 expectations without uniqueness; it judges all 25,
three of them on uniqueness; both again with the counts that drift is judged by, in ten slices, and the first in one
slice and in slices of a time that is not known before; the library judges all 25 on pandas, on fewer rows, because it
holds the table in memory. CPU time is that of all threads, after the libraries are imported, and the least of three
rounds, since what runs beside adds to it and nothing takes from it. The bars: 1.5 times the decoding for the
expectations, 3 with uniqueness, with the counts too, and 1.5 GB; and the counts may add no more than one decoding,
which is what reading the rows once more for them would cost at least.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.period_slices import PeriodSlices
from assets.data.slice_counts import OneSlice, Placed, SliceCounts, Slices
from assets.data.time_slices import TimeSlices
from data_checks.expectations import Examination, Expectation, Repeats
from data_checks.one_pass import Batch

BARS = {
    "pass": 1.5,
    "pass with uniqueness": 3.0,
    "all of it and counts": 3.0,
}
COUNTING = ("pass and counts", "pass and one slice", "pass and time slices")
BAR_ADDED = 1.0  # what counts may add to the pass: the reading that they spare, in decodings
WITH_UNIQUENESS = {"pass with uniqueness", "all of it and counts"}
BAR_GB = 1.5
PART, BATCH = 1_000_000, 131_072
CITIES = [f"city {n}" for n in range(300)]


def main(arguments: Sequence[str]) -> int:
    """Write the table, run each way, print.

    Returns:
        The exit status: 1 outside of a bar.
    """
    parser = argparse.ArgumentParser(prog="validation", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--stock-rows", type=int, default=1_000_000, help="rows that the library alone judges; 0: none")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is gone; the least time of it counts")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path, few = Path(folder, "rows.parquet"), Path(folder, "few.parquet")
        write(path, given.rows)
        found = _rounds(("decode", *BARS, *COUNTING), path, given.rounds)
        if given.stock_rows:
            write(few, given.stock_rows)
            told = _rounds(("decode", "library"), few, given.rounds)
            found |= {f"{way} of fewer rows": said for way, said in told.items()}
    print(f"{given.rows:,} rows x 20 columns in batches of {BATCH:,}; CPU after imports, memory at most")
    for way, said in found.items():
        base = found["decode of fewer rows" if way.endswith("rows") else "decode"]["cpu"]
        print(
            f"  {way:<24}{said['cpu']:7.2f} s  {said['cpu'] / base:5.2f} x  {said['gigabytes']:.2f} GB  {said['said']}"
            f" (rounds: {', '.join(f'{cpu:.2f}' for cpu in said['rounds'])} s)"
        )
    return 1 if _outside({way: (said["cpu"], said["gigabytes"]) for way, said in found.items()}) else 0


def _outside(found: Mapping[str, tuple[float, float]]) -> list[str]:
    """Return the ways outside of a bar, of the CPU seconds and gigabytes of each."""
    base = found["decode"][0]
    slow = [way for way, bar in BARS.items() if found[way][0] > bar * base]
    added = [way for way in COUNTING if found[way][0] - found["pass"][0] > BAR_ADDED * base]
    return [*slow, *added, *(way for way in (*BARS, *COUNTING) if found[way][1] > BAR_GB)]


def write(path: Path, rows: int) -> None:
    """Write the table, a part at a time."""
    with pq.ParquetWriter(path, _part(0, 1).schema) as writer:
        for start in range(0, rows, PART):
            writer.write_table(_part(start, min(PART, rows - start)))


def _part(start: int, rows: int) -> pa.Table:
    draw = np.random.default_rng(start)
    number = np.arange(start, start + rows)
    shuffled = (number * 2_654_435_761) % 2**32  # a bijection: every reference is another
    columns: dict[str, Any] = {
        "id": number,
        "reference": pa.array(np.char.mod("R%010d", shuffled)),
        "line": number % 7,
        "city": pa.DictionaryArray.from_arrays(draw.integers(0, 300, rows).astype(np.int32), CITIES),
        "status": pa.DictionaryArray.from_arrays(draw.integers(0, 4, rows).astype(np.int32), list("abcd")),
        "code": pa.array(np.char.mod("C%03d", draw.integers(0, 999, rows))),
        "at": pa.array(1_600_000_000_000_000 + number * 1_000_000, pa.timestamp("us")),
        "day": pa.array((18_000 + number % 900).astype(np.int32), pa.date32()),
        "flag": draw.random(rows) < 0.3,
    }
    columns |= {f"count_{n}": draw.integers(0, 10 ** (n + 1), rows) for n in range(4)}
    missing = draw.random(rows) < 0.05
    columns |= {f"price_{n}": pa.array(draw.gamma(2, 50, rows), mask=missing if n % 2 else None) for n in range(7)}
    return pa.table(columns)


def expectations() -> tuple[Expectation, ...]:
    """The 25 expectations, those on uniqueness last."""
    between = [{"expect_column_values_to_be_between": {"column": f"price_{n}", "min_value": 0, "max_value": 1000}}
               for n in range(5)]  # fmt: skip
    counts = [{"expect_column_values_to_be_between": {"column": f"count_{n}", "min_value": 0}} for n in range(3)]
    there = [{"expect_column_values_to_not_be_null": {"column": name}} for name in ("id", "city", "at", "day")]
    others: list[dict[str, Any]] = [
        {"expect_column_values_to_not_be_null": {"column": "price_1", "mostly": 0.9}},
        {"expect_column_values_to_be_in_set": {"column": "status", "value_set": ["a", "b", "c", "d"]}},
        {"expect_column_values_to_be_in_set": {"column": "line", "value_set": [0, 1, 2, 3, 4, 5, 6]}},
        {"expect_column_values_to_match_regex": {"column": "code", "regex": r"^C\d{3}$"}},
        {"expect_column_value_lengths_to_equal": {"column": "reference", "value": 11}},
        {"expect_column_pair_values_a_to_be_greater_than_b": {"column_A": "count_3", "column_B": "count_0"}},
        {"expect_column_mean_to_be_between": {"column": "price_2", "min_value": 50, "max_value": 200}},
        {"expect_column_stdev_to_be_between": {"column": "price_3", "max_value": 200}},
        {"expect_column_max_to_be_between": {"column": "at", "min_value": "2020-01-01"}},
        {"expect_table_row_count_to_be_between": {"min_value": 1}},
        {"expect_column_values_to_be_unique": {"column": "id"}},
        {"expect_column_values_to_be_unique": {"column": "reference"}},
        {"expect_compound_columns_to_be_unique": {"column_list": ["id", "line"]}},
    ]
    return tuple(Expectation.model_validate(each) for each in [*between, *counts, *there, *others])


def run(way: str, path: Path) -> dict[str, Any]:
    """Go one way, and say what it cost and found."""
    import great_expectations  # noqa: F401  # imported before the clock starts

    began = time.process_time()
    match way:
        case "decode":
            said = f"{sum(batch.num_rows for batch in _batches(path)):,} rows"
        case "library":
            said = _library(path)
        case _:
            said = _pass(path, uniqueness=way in WITH_UNIQUENESS, slices=COUNTED[way]() if way in COUNTED else None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"cpu": time.process_time() - began, "gigabytes": peak, "said": said}


def _batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=columns):
        yield pa.Table.from_batches([batch])


class Tenths:
    """Counts each batch in the ten slices of a period."""

    most = PeriodSlices.most

    def place(self, batch: pa.RecordBatch) -> Placed:
        """Say where the next rows are counted."""
        return Placed(np.arange(batch.num_rows) * self.most // batch.num_rows)


COUNTED: dict[str, Callable[[], Slices]] = {
    "pass and counts": Tenths,
    "pass and one slice": OneSlice,
    "pass and time slices": lambda: TimeSlices("at"),
    "all of it and counts": Tenths,
}


def _pass(path: Path, *, uniqueness: bool, slices: Slices | None) -> str:
    asked, schema = expectations()[: None if uniqueness else -3], pq.read_schema(path)
    repeats = Repeats(asked, schema)
    while repeats.needed:
        for batch in _batches(path, repeats.columns):
            repeats.look(batch)
        repeats.finish()
    examination = Examination(asked, schema, repeats=repeats, keep_failing=False)
    counts = SliceCounts(slices or OneSlice())
    for batch in _batches(path):
        looked = Batch(batch)
        examination.look(looked)
        if slices:
            (rows,) = batch.combine_chunks().to_batches()
            counts.take(rows, looked.encoded)
    results = examination.results()
    met, left = sum(result.success for result in results), sum(result.way == "library" for result in results)
    lines = f", {counts.table().num_rows:,} lines of counts" if slices else ""
    return f"{met} of {len(results)} met, {left} left to the library{lines}"


def _library(path: Path) -> str:
    from data_checks.expectation_library import found_by_library

    found = found_by_library(pq.read_table(path), expectations())
    return f"{sum(bool(each.raw['success']) for each in found)} of {len(found)} met"


def _rounds(ways: Sequence[str], path: Path, rounds: int) -> dict[str, dict[str, Any]]:
    """Go all ways in turn, several times, and return the least CPU time and the most memory of each."""
    gone = [{way: _measured(way, path) for way in ways} for _ in range(rounds)]
    found = {}
    for way in ways:
        cpu = [each[way]["cpu"] for each in gone]
        most = max(each[way]["gigabytes"] for each in gone)
        found[way] = {"cpu": min(cpu), "rounds": cpu, "gigabytes": most, "said": gone[-1][way]["said"]}
    return found


def _measured(way: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.validation", "--way", way, str(path)],
        env={**os.environ, "GX_ANALYTICS_ENABLED": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the way {way!r} failed: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        print(json.dumps(run(sys.argv[2], Path(sys.argv[3]))))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
