"""Parts by hashes: a row keeps its part however the data grow."""

import numpy as np
import pyarrow as pa

from assets.data.outcome import TEST, TRAIN, VALIDATION
from assets.data.rowhash import occurrence, row_hash, uniform

_GOLDEN = 0.6180339887498949


def by_key(rows: pa.Table, column: str | None, *, validation: float, test: float, seed: int) -> np.ndarray:
    """(N,) int8 parts: rows of one value of the column go together; without a column, rows that are equal."""
    key = rows.select([column]) if column else content(rows)
    return _cut(uniform(row_hash(key, salt=f"split {seed}")), validation, test)


def by_row(rows: pa.Table, *, validation: float, test: float, seed: int) -> np.ndarray:
    """(N,) int8 parts: each row for itself; equal rows of one period differ by their order."""
    number = pa.array(occurrence(row_hash(_with_period(rows))))
    return _cut(
        uniform(row_hash(_with_period(rows).append_column("_occurrence", number), salt=f"split {seed}")),
        validation,
        test,
    )


def by_stratum(rows: pa.Table, column: str, *, validation: float, test: float, seed: int) -> np.ndarray:
    """(N,) int8 parts whose shares hold in each value of the column, to within about a row a period.

    The k-th row of a stratum and period gets the k-th number of a golden-ratio sequence, which fills [0, 1) evenly from
    any start (Kronecker), and the start is a hash.
    """
    names = [column, *(["_period"] if "_period" in rows.column_names else [])]
    hashes = row_hash(rows.select(names), salt=f"split {seed}")
    return _cut((uniform(hashes) + occurrence(hashes) * _GOLDEN) % 1.0, validation, test)


def content(rows: pa.Table) -> pa.Table:
    """The columns of a row that came with it, without those that say where it lies."""
    return rows.select([name for name in rows.column_names if not name.startswith("_")])


def _with_period(rows: pa.Table) -> pa.Table:
    return content(rows).append_column("_period", rows["_period"]) if "_period" in rows.column_names else content(rows)


def _cut(uniforms: np.ndarray, validation: float, test: float) -> np.ndarray:
    outcomes: np.ndarray = np.select([uniforms < test, uniforms < test + validation], [TEST, VALIDATION], TRAIN).astype(
        np.int8
    )
    return outcomes
