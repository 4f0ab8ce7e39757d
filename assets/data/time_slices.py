"""Slices of time that rows show while they are counted, where no period says before how long they last."""

import numpy as np
import pyarrow as pa

from assets.data.event_time import EventTimeError, has_zones, microseconds
from assets.data.slice_counts import Placed

SPANS = "slices"
DAY = 86_400_000_000
UNIT = DAY >> 13  # 10.5 seconds: by doubling, slices come to a day, which begins and ends at midnight UTC
_LEAST, _GREATEST = -(2**63), 2**63 - 1


class TimeSlices:
    """Tells in which slice of time rows lie; slices last the shortest time with which at most 64 hold rows.

    They begin at whole multiples of how long they last, which doubles when too many hold rows: two neighbours become
    one, exactly. So they depend on which rows there are, not on their order or batches, and an odd time far from all
    others takes one slice. Where a column does not tell the time of each row, all are in one slice.

    Args:
        column: the event-time column; values without a zone are read in UTC, as a division by time reads them.
    """

    most = 64

    def __init__(self, column: str) -> None:
        self._column = column
        self._doubled = 0  # how often
        self._numbers: np.ndarray | None = np.empty(0, np.int64)  # ascending; None once times are not told
        self._zones: set[bool] = set()

    def place(self, batch: pa.RecordBatch) -> Placed:
        """Say where the next rows are counted."""
        known, units = self._numbers, self._units(batch)
        if known is None or units is None:
            self._numbers = None
            moved = None if known is None else np.zeros(len(known), np.int64)
            return Placed(np.zeros(batch.num_rows, np.int64), moved)
        coded = pa.array(units).dictionary_encode()
        found, before = coded.dictionary.to_numpy(), self._doubled
        numbers = np.unique(np.concatenate([known, found >> before]))
        while len(numbers) > self.most:
            numbers = np.unique(numbers >> 1)
            self._doubled += 1
        self._numbers = numbers
        moved = np.searchsorted(numbers, known >> (self._doubled - before))
        places = np.searchsorted(numbers, found >> self._doubled)[coded.indices.to_numpy()]
        return Placed(places, None if np.array_equal(moved, np.arange(len(moved))) else moved)

    def spans(self) -> pa.Table | None:
        """Return `start` and `end` of each slice, in order, as `timestamp[us, UTC]`; None where times are not told."""
        if self._numbers is None:
            return None
        lasts = UNIT << self._doubled
        starts = [int(number) * lasts for number in self._numbers]
        columns = {"start": starts, "end": [start + lasts for start in starts]}
        within = {name: [min(max(at, _LEAST), _GREATEST) for at in each] for name, each in columns.items()}
        return pa.table({name: pa.array(each, pa.timestamp("us", "UTC")) for name, each in within.items()})

    def _units(self, batch: pa.RecordBatch) -> np.ndarray | None:
        """(N,) int64 times in the shortest slices; None where a row's is not told."""
        if self._numbers is None or self._column not in batch.schema.names:
            return None
        times = pa.chunked_array([batch.column(self._column)])
        if times.null_count:
            return None
        self._zones |= has_zones(times)
        try:
            return None if len(self._zones) > 1 else microseconds(times, "UTC", name=self._column) // UNIT
        except EventTimeError:
            return None
