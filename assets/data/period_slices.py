"""A period's rows counted for the profile that drift is compared with, in equal slices of its time."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from assets.data.event_time import epoch, microseconds
from assets.data.period import Period
from data_checks.grid import Grid

SLICES = 10  # windows of two months then have chunks enough to calibrate the limits of drift on
COUNTS = "counts"


class PeriodSlices:
    """Counts rows on the grid as they come, batch by batch.

    Args:
        period: whose rows they are.
        column: the event-time column.
    """

    def __init__(self, period: Period, column: str) -> None:
        self._period, self._column = period, column
        self._grid: Grid | None = None

    def take(self, batch: pa.RecordBatch) -> None:
        """Count the next rows; the batch is not modified."""
        if self._grid is None:
            self._grid = Grid(batch.schema, SLICES)
        self._grid.update(batch, self._slices(batch.column(self._column)))

    def table(self) -> pa.Table:
        """Return the counts so far, as `data_checks.grid` keeps them; there was one batch at least."""
        return self._grid.table() if self._grid else Grid(pa.schema([]), SLICES).table()

    def _slices(self, times: pa.Array) -> np.ndarray:
        """Times without a zone are compared on the wall clock, where most are, since giving each a zone costs more."""
        start, end = self._period.start, self._period.end
        kind, zone = times.type, self._period.time_zone
        if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
            start, end = (each.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) for each in (start, end))
            zone = "UTC"
        moments = microseconds(pa.chunked_array([times]), zone, name=self._column)
        first, last = epoch(start), epoch(end)
        return np.asarray((np.clip(moments, first, last - 1) - first) * SLICES // (last - first), np.int64)
