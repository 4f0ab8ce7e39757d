"""The equal slices of a period's time, in which its rows are counted."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from assets.data.event_time import epoch, microseconds
from assets.data.period import Period
from assets.data.slice_counts import Placed


class PeriodSlices:
    """Tells in which of ten equal slices of a period's time its rows lie.

    Args:
        period: whose rows they are.
        column: the event-time column.
    """

    most = 10  # windows of two months then have chunks enough to calibrate the limits of drift on

    def __init__(self, period: Period, column: str) -> None:
        self._period, self._column = period, column

    def place(self, batch: pa.RecordBatch) -> Placed:
        """Say where the next rows are counted; those outside of the period at its nearer end.

        Times without a zone are compared on the wall clock, where most are, since giving each a zone costs more.
        """
        times = batch.column(self._column)
        start, end = self._period.start, self._period.end
        kind, zone = times.type, self._period.time_zone
        if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
            start, end = (each.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) for each in (start, end))
            zone = "UTC"
        moments = microseconds(pa.chunked_array([times]), zone, name=self._column)
        first, last = epoch(start), epoch(end)
        return Placed(np.asarray((np.clip(moments, first, last - 1) - first) * self.most // (last - first), np.int64))
