"""A source's rows of one period, each with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.derive import Derivation
from assets.data.period import Period
from assets.data.progress import Progress
from assets.data.row_time import RowTime
from assets.data.sources.arrow import SourceError

__all__ = ["Derivation", "Ingestion", "ingest"]


@dataclass
class Ingestion:
    """What was read so far; `read.rows == rows_kept + rows_outside` once all was read.

    Attributes:
        read: rows, batches and bytes that the source gave.
        rows_outside: those of the rows that lie in other periods.
        rows_kept: those of them handed on.
    """

    read: Progress = field(default_factory=Progress)
    rows_outside: int = 0
    rows_kept: int = 0

    def add(self, batch: pa.RecordBatch, kept: int) -> None:
        """Count one more batch, of which `kept` rows are handed on."""
        self.rows_kept += kept
        self.rows_outside += len(batch) - kept
        if self.read.add(batch):
            self.tell()

    def tell(self) -> None:
        """Report what was read and kept so far."""
        self.read.tell(f"{self.rows_kept:,} kept, {self.rows_outside:,} of other periods")


def ingest(
    batches: Iterable[pa.RecordBatch],
    *,
    derive: Derivation | None,
    period: Period | None,
    column: str | None,
    hidden: bool = False,
    ingestion: Ingestion | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of the period in their order, with `_row` (int64, from 0) appended; all rows if there is no period.

    Args:
        batches: what a source gives: batches of one schema.
        derive: called to find a row's event time where `column` is not one of the source's; nothing of it is kept.
        period: the span of event time whose rows are kept.
        column: the event-time column, required with a period.
        hidden: whether a row may hold what nobody may see, so that no error of `derive` repeats one.
        ingestion: counts what is read, while it is read.

    Raises:
        SourceError: no row is left, the event-time column is missing, or rows have no event time.
        EventTimeError: the column does not hold event times.
    """
    counts = ingestion or Ingestion()
    position = 0
    for batch in _of_period(batches, _Clock.of(derive, period, column, hidden=hidden), counts):
        places = np.arange(position, position + len(batch), dtype=np.int64)
        yield batch.append_column("_row", pa.array(places))
        position += len(batch)
    if position == 0:
        raise SourceError(_nothing(counts, period))


@dataclass
class _Clock:
    """Tells which rows of a batch lie in the period."""

    time: RowTime
    period: Period
    without_time: int = 0

    @classmethod
    def of(
        cls, derive: Derivation | None, period: Period | None, column: str | None, *, hidden: bool
    ) -> "_Clock | None":
        if period is None:
            return None
        if column is None:
            raise SourceError("partitions.column is missing: a period needs an event-time column; name one")
        return cls(RowTime(derive.load(hidden=hidden) if derive else None, column, period.time_zone), period)

    def mask(self, batch: pa.RecordBatch) -> pa.Array:
        times = self.time.of(batch)
        self.without_time += times.null_count
        start, end = (pa.scalar(bound, times.type) for bound in (self.period.start, self.period.end))
        return pc.and_(pc.greater_equal(times, start), pc.less(times, end)).combine_chunks()


def _of_period(batches: Iterable[pa.RecordBatch], clock: _Clock | None, counts: Ingestion) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        kept = batch if clock is None else batch.filter(clock.mask(batch))
        counts.add(batch, len(kept))
        yield kept
    if clock and clock.without_time:
        raise clock.time.missing(clock.without_time, counts.read.rows)


def _nothing(counts: Ingestion, period: Period | None) -> str:
    if period is None:
        return (
            f"source gives no rows: {counts.read.batches} batches were read, one row at least is needed; fill it first"
        )
    return (
        f"source has no rows of the period {period.key}: none of {counts.read.rows} that were read lie from "
        f"{period.start.isoformat()} to before {period.end.isoformat()}; ask for another period or wait for its rows"
    )
