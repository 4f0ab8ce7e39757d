"""Columns derived from a booking; packaged with the model, so this file imports nothing of ours."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def arrival_date(rows: pa.Table) -> pa.Table:
    """Append `arrival_date` (date32), put together from year, English month name and day of the month.

    Args:
        rows: bookings with `arrival_date_year`, `arrival_date_month`, `arrival_date_day_of_month`; not modified.

    Returns:
        The same rows in their order; the date is null where a piece is missing or there is no such day.
    """
    names = rows["arrival_date_month"].cast(pa.string())
    month = _integers(pc.index_in(names, value_set=pa.array(_MONTHS)))
    year, day = (_integers(rows[f"arrival_date_{piece}"]) for piece in ("year", "day_of_month"))
    first = ((year - 1970) * 12 + month).astype("datetime64[M]")
    date = first.astype("datetime64[D]") + (day - 1)
    real = (month >= 0) & (year > 0) & (date.astype("datetime64[M]") == first)
    return rows.append_column("arrival_date", pa.array(date, pa.date32(), mask=~real))


def _integers(column: pa.ChunkedArray) -> np.ndarray:
    """(N,) int64; -1 where missing."""
    numbers: np.ndarray = pc.fill_null(column.cast(pa.int64()), -1).to_numpy()
    return numbers
