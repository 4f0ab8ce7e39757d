"""Rows that a training as of some moment must not see: their label was not known yet, or not fairly."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.event_time import duration, epoch, microseconds
from assets.data.outcome import LABEL_NOT_KNOWN, TARGET_MISSING, TOO_YOUNG, UNDECIDED, SplitError
from assets.data.target import Target


def left_out(
    rows: pa.Table, target: Target, *, event_time: str | None, time_zone: str, as_of: datetime | None
) -> np.ndarray:
    """(N,) int8: the outcome of the rows that are left out whatever the division, UNDECIDED for the others.

    A label known on some day counts as known when that day is over; one known at some instant, right after it. Where
    labels of one class become known sooner than those of the other, the youngest rows with a label would flatter that
    class: rows younger than `target.matures_after` are left out whatever their label.

    Raises:
        SplitError: a column is missing, or `matures_after` has no event time to count from.
    """
    check_columns(rows, target.column, target.known_at, setting="target")
    outcome = np.full(rows.num_rows, UNDECIDED, dtype=np.int8)
    if target.matures_after and as_of:
        if event_time is None:
            raise SplitError(
                f"target.matures_after needs an event time: {target.matures_after!r} counts from a column of time; "
                "declare partitions, or split by time"
            )
        limit = as_of - duration(target.matures_after)
        outcome[microseconds(rows[event_time], time_zone, name=event_time) > epoch(limit)] = TOO_YOUNG
    if target.known_at and as_of:
        outcome[~_known(rows[target.known_at], time_zone, target.known_at, as_of)] = LABEL_NOT_KNOWN
    missing = pc.is_null(rows[target.column], nan_is_null=True).to_numpy()
    outcome[missing] = TARGET_MISSING
    return outcome


def check_columns(rows: pa.Table, *names: str | None, setting: str) -> None:
    """Refuse rows without one of the columns.

    Raises:
        SplitError: naming those that are missing.
    """
    absent = [name for name in names if name is not None and name not in rows.column_names]
    if absent:
        raise SplitError(
            f"{setting} names columns that are not there: {absent} not in {rows.column_names}; mend the name"
        )


def _known(column: pa.ChunkedArray, time_zone: str, name: str, as_of: datetime) -> np.ndarray:
    if pa.types.is_string(column.type):
        column = _as_days(column)
    if pa.types.is_date32(column.type):
        column = pc.add(column.cast(pa.int32()), pa.scalar(1, pa.int32())).cast(pa.date32())
        latest = epoch(as_of)
    else:
        latest = epoch(as_of) - 1
    seen: np.ndarray = pc.is_valid(column).to_numpy() & (microseconds(column, time_zone, name=name) <= latest)
    return seen


def _as_days(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.date32())
    except pa.ArrowInvalid:
        return column
