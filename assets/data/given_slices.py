"""Slices of the parts that a column tells, so that the rows learned from are counted apart from those of the test."""

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pyarrow as pa

from assets.data.given_split import parts_told
from assets.data.outcome import PARTS, UNDECIDED, Part, SplitError
from assets.data.slice_counts import Placed
from data_checks.verdict import Json

PARTS_TOLD = "parts"


class GivenSlices:
    """Tells in which slice rows lie by the part that a column says; those of which it says none are in the last.

    Args:
        column: that tells the part.
        values: the part that each value makes.
    """

    most = len(PARTS) + 1

    def __init__(self, column: str, values: Mapping[str, Part]) -> None:
        self._column, self._values = column, values

    def place(self, batch: pa.RecordBatch) -> Placed:
        """Say where the next rows are counted; a column that can't tell it is left to the division."""
        parts = np.full(batch.num_rows, UNDECIDED, np.int8)
        if self._column in batch.schema.names:
            with suppress(SplitError):
                parts = parts_told(batch.column(self._column), self._values)
        return Placed(np.where(parts == UNDECIDED, len(PARTS), parts).astype(np.int64))

    def told(self) -> dict[str, Json]:
        """Return the part of each slice, in order, None of the last, and the column and values that say so."""
        return {"slices": [*PARTS, None], "column": self._column, "values": dict(self._values)}
