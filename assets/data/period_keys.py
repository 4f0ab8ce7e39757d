"""Which period each row lies in, for many rows at once."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from assets.data.event_time import epoch
from assets.data.period import Partitions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400 * 1_000_000
_LATEST = epoch(datetime(9000, 1, 1, tzinfo=UTC))


class PeriodKeys:
    """Finds the partition keys of instants; the calendar is asked once for each day that occurs.

    Args:
        partitions: the pipeline's periods.
    """

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions
        self._first = epoch(partitions.period(partitions.start).start)
        self._keys: dict[int, str] = {}
        self._days: set[int] = set()
        self._begins = np.array([], dtype=np.int64)

    def starts(self, times: pa.ChunkedArray) -> np.ndarray:
        """(N,) int64: when the period of each instant begins, in microseconds since 1970; -1 for one in no period.

        Args:
            times: (N,) `timestamp[us, UTC]` without nulls.
        """
        instants: np.ndarray = times.cast(pa.int64()).to_numpy()
        inside = (instants >= self._first) & (instants < _LATEST)
        self._learn(instants[inside])
        found = np.full(len(instants), -1, dtype=np.int64)
        found[inside] = self._begins[np.searchsorted(self._begins, instants[inside], side="right") - 1]
        return found

    def key(self, start: int) -> str:
        """The partition key of the period that begins there."""
        return self._keys[start]

    def _learn(self, instants: np.ndarray) -> None:
        new = set(np.unique(instants // _DAY).tolist()) - self._days
        for day in new:
            moment, end = (_EPOCH + timedelta(days=day + ahead) for ahead in (0, 1))
            while moment < end:
                period = self._partitions.holding(moment)
                self._keys[epoch(period.start)] = period.key
                moment = period.end
        if new:
            self._days |= new
            self._begins = np.array(sorted(self._keys), dtype=np.int64)
