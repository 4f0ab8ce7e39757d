"""Small rows to divide, and what became of them."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.period import Partitions
from assets.data.split import Assignment, Split
from assets.data.target import Target

DAYS = Partitions(every="day", column="day", start="2015-07-01")
Y = Target(column="y")


def settings(**more: object) -> Split:
    return Split.model_validate_json(json.dumps(more))


def numbered(**columns: Sequence) -> pa.Table:
    table = pa.table({"y": [n % 2 for n in range(len(next(iter(columns.values()))))], **columns})
    return table.append_column("_row", pa.array(range(table.num_rows), pa.int64()))


def daily(days: int, per_day: int = 4) -> pa.Table:
    """Rows of consecutive days, `per_day` each, numbered within their day."""
    rows = [(date(2015, 7, 1) + timedelta(n), row) for n in range(days) for row in range(per_day)]
    return pa.table(
        {
            "day": [day for day, _ in rows],
            "y": [row % 2 for _, row in rows],
            "_row": pa.array([row for _, row in rows], pa.int64()),
            "_period": [day.isoformat() for day, _ in rows],
        }
    )


def parts_of(assignment: Assignment, key: str = "_row") -> dict[str, list]:
    table = assignment.table
    return {
        part: sorted(set(table.filter(pc.equal(table["_part"], part))[key].to_pylist()))
        for part in ("train", "validation", "test")
    }


def shares(assignment: Assignment) -> list[float]:
    return [assignment.counts[part] / assignment.table.num_rows for part in ("train", "validation", "test")]


def days(*numbers: int) -> list[str]:
    return [f"2015-07-{number:02d}" for number in numbers]
