"""When each row happened, by the event-time column of a pipeline with partitions."""

from dataclasses import dataclass
from difflib import get_close_matches

import pyarrow as pa

from assets.data.derive import Derive
from assets.data.event_time import instants
from assets.data.sources.arrow import SourceError


@dataclass(frozen=True)
class RowTime:
    """Tells the event time of rows.

    Attributes:
        derive: called where `column` is not one of the source's; nothing of it is kept.
        column: the event-time column.
        time_zone: where times without a zone of their own are read.
    """

    derive: Derive | None
    column: str
    time_zone: str

    def of(self, batch: pa.RecordBatch) -> pa.ChunkedArray:
        """The event times of N rows as (N,) `timestamp[us, UTC]`, null where there is none.

        Raises:
            SourceError: the column is neither in the rows nor derived.
            EventTimeError: the column does not hold event times.
        """
        return instants(self._column(pa.Table.from_batches([batch])), self.time_zone, name=self.column)

    def missing(self, count: int, rows: int) -> SourceError:
        """The error of rows that belong to no period."""
        return SourceError(
            f"partitions.column has rows without an event time: {self.column!r} is null in {count} of {rows} rows, "
            "which belong to no period; fill it at its origin or partition by another column"
        )

    def _column(self, rows: pa.Table) -> pa.ChunkedArray:
        if self.column not in rows.column_names and self.derive:
            rows = self.derive(rows)
        if self.column not in rows.column_names:
            near = get_close_matches(self.column, rows.column_names, 1) or rows.column_names
            raise SourceError(
                f"partitions.column is not a column of the rows: {self.column!r} is neither in the source nor derived; "
                f"did you mean {near[0]!r}"
            )
        return rows[self.column]
