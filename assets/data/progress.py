"""Lines that tell how far long work over rows is."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

ROWS, BYTES = 1_000_000, 512 * 2**20


def silent(*_: object) -> None:
    """Take what nobody asked for."""


@dataclass
class Progress:
    """How much was read so far, told every million rows and every 512 MiB.

    Attributes:
        report: takes each line.
        rows: rows that were read.
        batches: batches that they came in.
        bytes: decoded size of these.
    """

    report: Callable[[str], None] = silent
    rows: int = 0
    batches: int = 0
    bytes: int = 0
    _due: tuple[int, int] = field(default=(0, 0), repr=False)
    _told: int = field(default=-1, repr=False)

    def add(self, batch: pa.RecordBatch) -> bool:
        """Count one more batch; whether it is time to tell."""
        self.rows += len(batch)
        self.batches += 1
        self.bytes += batch.nbytes
        due = (self.rows // ROWS, self.bytes // BYTES)
        before, self._due = self._due, due
        return due != before

    def tell(self, outcome: str) -> None:
        """Report what was read, and what came of it, unless that was told already."""
        if self._told != self.rows:
            self.report(f"{self.read}; {outcome}")
        self._told = self.rows

    @property
    def read(self) -> str:
        """What was read, as people say it.

        >>> Progress(rows=1_200_000, batches=3, bytes=9_600_000).read
        '1,200,000 rows read, 9.2 MiB in 3 batches'
        """
        batches = "1 batch" if self.batches == 1 else f"{self.batches:,} batches"
        return f"{self.rows:,} rows read, {self.bytes / 2**20:,.1f} MiB in {batches}"
