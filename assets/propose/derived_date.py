"""The day of an event, put together from its pieces; packaged with the model, so this file imports nothing of ours."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

YEAR, MONTH, DAY, DATE = "year", "month", "day", "date"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def event_date(rows: pa.Table) -> pa.Table:
    """Append the date (date32).

    Args:
        rows: with year, month (its number or English name) and day of the month; not modified.

    Returns:
        The same rows in their order; the date is null where a piece is missing or there is no such day.
    """
    month = rows[MONTH]
    if pa.types.is_string(month.type) or pa.types.is_large_string(month.type):
        names = pc.utf8_slice_codeunits(pc.utf8_lower(month.cast(pa.string())), 0, 3)
        month = pc.add(pc.index_in(names, value_set=pa.array(_MONTHS)), 1)
    year, months, day = (_integers(column) for column in (rows[YEAR], month, rows[DAY]))
    first = ((year - 1970) * 12 + months - 1).astype("datetime64[M]")
    date = first.astype("datetime64[D]") + (day - 1)
    real = (months >= 1) & (months <= 12) & (year > 0) & (date.astype("datetime64[M]") == first)
    return rows.append_column(DATE, pa.array(date, pa.date32(), mask=~real))


def _integers(column: pa.ChunkedArray) -> np.ndarray:
    """(N,) int64; -1 where missing."""
    numbers: np.ndarray = pc.fill_null(column.cast(pa.int64(), safe=False), -1).to_numpy()
    return numbers
