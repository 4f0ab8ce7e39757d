"""Counts of a table's columns on a fixed grid, gathered batch by batch: they add up across batches, periods, machines.

They are kept as a plain table of `SCHEMA`. What a column holds decides what is counted: `number` by cell, `whole`
numbers and booleans by value and cell, `text` by value, `time` by hour of the week. Whole numbers that lie 10,000 and
more apart are counted by cell only, and text of more values as `many`: whether there is any. A number's cell has 12
bits of its fraction; where these are more than 2,048 cells, as few bits less as bring them down to that, or 8. A line
with neither cell nor value counts nulls; each column has one, and the counts of a column add up to the rows.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.cells import coarser
from data_checks.grid_cells import bits_for
from data_checks.grid_column import SCHEMA, GridColumn, Within, held

NONE: Mapping[str, pa.DictionaryArray] = MappingProxyType({})
_KEYS = SCHEMA.names[:-1]


class Grid:
    """Counts the columns of rows that come in batches; the outcome does not depend on their order or their cut.

    Memory grows with the cells and values that occur, at most CELLS or MOST_VALUES a column and slice.

    Args:
        schema: of every batch to come; columns that begin with `_` or can't be features are left out.
        slices: how many parts of the rows, such as of time, are counted apart at most.
    """

    def __init__(self, schema: pa.Schema, slices: int) -> None:
        self._slices = slices
        holding = {field.name: held(field.type) for field in schema if not field.name.startswith("_")}
        self._columns = {
            name: GridColumn(schema.field(name).type, holds, slices)
            for name, holds in holding.items()
            if holds is not None
        }

    def update(
        self, batch: pa.RecordBatch, slices: np.ndarray, encoded: Mapping[str, pa.DictionaryArray] = NONE
    ) -> None:
        """Take the next rows.

        Args:
            batch: (N) rows; not modified.
            slices: (N,) int64, the slice of each row, from 0.
            encoded: columns of the batch by their distinct values, where these were looked for already.
        """
        if not batch.num_rows:
            return
        within = Within.of(slices)
        for name, column in self._columns.items():
            column.take(encoded.get(name, batch.column(name)), within)

    def move(self, slices: np.ndarray) -> None:
        """Count what was counted so far elsewhere; what comes to the same slice adds up.

        Args:
            slices: (K,) int64 ascending, where the counts of each of the first K slices go; no further slice has any.
        """
        for column in self._columns.values():
            column.move(slices)

    def table(self) -> pa.Table:
        """Return the counts so far, sorted as `merge` sorts them."""
        parts = [column.table(name) for name, column in sorted(self._columns.items())]
        return pa.concat_tables([SCHEMA.empty_table(), *parts]).combine_chunks()


def gridded(rows: pa.Table, slices: np.ndarray | None = None) -> pa.Table:
    """Count rows that are there at once.

    Args:
        rows: (N) rows; not modified.
        slices: (N,) int64, the slice of each row, from 0; None for one slice.
    """
    at = np.zeros(rows.num_rows, np.int64) if slices is None else slices
    made, start = Grid(rows.schema, int(at.max(initial=0)) + 1), 0
    for batch in rows.combine_chunks().to_batches():
        made.update(batch, at[start : start + batch.num_rows])
        start += batch.num_rows
    return made.table()


def rows_in(counts: pa.Table) -> int:
    """Return how many rows were counted; 0 where no column was."""
    first = counts.filter(pc.equal(counts["column"], counts["column"][0])) if counts.num_rows else counts
    return int(pc.sum(first["count"]).as_py() or 0)


def merge(parts: Sequence[pa.Table], *, apart: int = 0) -> pa.Table:
    """Add up counts, whatever their order and however their rows were parted.

    Args:
        parts: as `Grid.table` or this function gives them; not modified.
        apart: by how many slices each part comes after the one before it; 0 adds the same slices up.

    Returns:
        The sum, sorted.
    """
    moved = [
        part.set_column(2, SCHEMA.field("slice"), pc.add(part["slice"], pa.scalar(place * apart, pa.int32())))
        for place, part in enumerate(parts)
    ]
    whole = _alike(pa.concat_tables([SCHEMA.empty_table(), *moved]))
    summed = whole.group_by(_KEYS).aggregate([("count", "sum")]).rename_columns(SCHEMA.names)
    return summed.sort_by([(name, "ascending") for name in _KEYS])


def _alike(counts: pa.Table) -> pa.Table:
    """Count a column in one way: as that part does which tells least of it."""
    for least, other in (("number", "whole"), ("many", "text")):
        names = pc.unique(counts.filter(pc.equal(counts["holds"], least))["column"])
        lines = pc.and_(pc.is_in(counts["column"], names), pc.equal(counts["holds"], other))
        if not pc.any(lines).as_py():
            continue
        if least == "many":
            some = pc.and_(lines, pc.is_valid(counts["value"]))
            counts = _with(counts, "cell", pc.if_else(some, pa.scalar(0, pa.int32()), counts["cell"]))
        counts = _with(counts, "value", pc.if_else(lines, None, counts["value"]))
        counts = _with(counts, "holds", pc.if_else(lines, least, counts["holds"]))
    return _equally_wide(counts)


def _equally_wide(counts: pa.Table) -> pa.Table:
    """Count each column of numbers in cells of as many bits, no more than the part with the fewest has."""
    cells, bits = (counts[name].fill_null(0).to_numpy().copy() for name in ("cell", "bits"))
    is_number, known = pc.equal(counts["holds"], "number"), pc.is_valid(counts["cell"])
    for name in pc.unique(counts.filter(is_number)["column"]):
        lines = pc.equal(counts["column"], name).to_numpy()
        seen = lines & known.to_numpy()
        bits[lines] = bits_for(cells[seen], int(bits[lines].min()))
        cells[seen] = coarser(cells[seen], int(bits[lines][0]))
    counts = _with(counts, "bits", pa.array(bits, mask=pc.is_null(counts["bits"]).to_numpy()))
    return _with(counts, "cell", pa.array(cells, mask=pc.is_null(counts["cell"]).to_numpy()))


def _with(counts: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    place = SCHEMA.get_field_index(name)
    return counts.set_column(place, SCHEMA.field(place), values)
