"""A derivation of the small pipeline's rows, named by declarations of tests."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc


def with_tax(rows: pa.Table) -> pa.Table:
    """Append what was spent with tax."""
    return rows.append_column("with_tax", pc.multiply(rows["spent"], 1.2))


def with_day_after(rows: pa.Table) -> pa.Table:
    """Append the day after the visit."""
    return rows.append_column("day_after", pc.add(rows["day"], pa.scalar(timedelta(days=1))).cast(pa.date32()))


def of_visit(rows: pa.Table) -> pa.Table:
    """Append the visits as numbers, which they are not."""
    return rows.append_column("number", rows["visit"].cast(pa.int64()))


def is_numbered(rows: pa.Table) -> pa.ChunkedArray:
    """Judge the visits as numbers, which they are not."""
    return pc.greater(rows["visit"].cast(pa.int64()), 0)
