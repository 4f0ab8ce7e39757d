"""Rows counted on the grid as they come, batch by batch, each in its slice: what drift is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from assets.versions.version import Version
from data_checks.grid import NONE, Grid
from data_checks.grid_column import SCHEMA

COUNTS = "counts"
TELLING = ("cell", "value")  # the columns of counts that tell values of rows


@dataclass(frozen=True, eq=False)
class Placed:
    """Where rows are counted.

    Attributes:
        slices: (N,) int64, the slice of each row, from 0.
        moved: (K,) int64 ascending, where the slices so far go, because rows came that need a slice between them or two
            of them are joined; None if each stays.
    """

    slices: np.ndarray
    moved: np.ndarray | None = None


class Slices(Protocol):
    """Parts of a table that are counted apart."""

    @property
    def most(self) -> int:
        """How many there are at most."""

    def place(self, batch: pa.RecordBatch) -> Placed:
        """Say where the next rows are counted; the batch is not modified."""


class OneSlice:
    """Counts all rows together."""

    most = 1

    def place(self, batch: pa.RecordBatch) -> Placed:
        """Say where the next rows are counted."""
        return Placed(np.zeros(batch.num_rows, np.int64))


def is_counted(version: Version) -> bool:
    """Whether a version has counts of its rows, in the form that counts have now."""
    file = version.manifest["files"].get(f"{COUNTS}.parquet")
    return file is not None and list(file["schema"]) == SCHEMA.names


class SliceCounts:
    """Counts rows on the grid, batch by batch, in slices."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices
        self._grid: Grid | None = None

    def take(self, batch: pa.RecordBatch, encoded: Mapping[str, pa.DictionaryArray] = NONE) -> None:
        """Count the next rows; neither the batch nor what is known of its columns, as `Grid` takes it, is modified."""
        if self._grid is None:
            self._grid = Grid(batch.schema, self._slices.most)
        placed = self._slices.place(batch)
        if placed.moved is not None:
            self._grid.move(placed.moved)
        self._grid.update(batch, placed.slices, encoded)

    def table(self) -> pa.Table:
        """Return the counts so far, as `data_checks.grid` keeps them; without a batch there are none."""
        return self._grid.table() if self._grid else Grid(pa.schema([]), 1).table()
