"""Which line of the counts a number's cell has: cells are as narrow as keeps those that occur few enough."""

import numpy as np

from data_checks.cells import BITS, CELLS, cells_of, coarser

MOST_CELLS = 2_048
LEAST_BITS = 8


class CellLines:
    """The cells of one column that occurred, each with its line, in the order in which they came.

    A number's place is its cell without the bits that cells do without by now: looking it up then touches little
    memory, however far apart numbers lie.

    Attributes:
        cells: (L,) int64, the cell of each line: the last of those that it joins.
        bits: of the fraction of a number that tell its cell.
    """

    def __init__(self) -> None:
        self.cells = np.empty(0, np.int64)
        self.bits = BITS
        self._lines = np.zeros(0, np.int64)  # 1 + line of a place

    def places(self, numbers: np.ndarray) -> np.ndarray:
        """Return where (N,) float64 numbers are looked up, (N,) int64."""
        places = cells_of(numbers)
        places >>= BITS - self.bits
        return places

    def places_of_cells(self, cells: np.ndarray) -> np.ndarray:
        """Return where (N,) cells of any width are looked up, (N,) int64."""
        return cells >> (BITS - self.bits)

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return 1 + line of each place, (N,) int64; 0 where it has none yet."""
        if not len(self.cells):
            return np.zeros(len(places), np.int64)
        return self._lines.take(places, mode="wrap")  # places below zero stand at the end

    def add(self, places: np.ndarray) -> np.ndarray | None:
        """Give distinct places that have none a line, after all others; make cells wider once they are too many.

        Returns:
            (L,) which line each of the lines is in then, those of the new places last; None if cells stay.
        """
        cells, joined = np.append(self.cells, coarser(places << (BITS - self.bits), self.bits)), None
        bits = self.bits if len(cells) <= MOST_CELLS else bits_for(cells[~is_missing(cells)], self.bits)
        if bits < self.bits:
            cells, joined = np.unique(coarser(cells, bits), return_inverse=True)
            self.cells, self.bits = cells[:0], bits
        if not len(self.cells):
            self._lines = np.zeros(CELLS >> (BITS - bits), np.int64)  # takes memory only where a cell occurs
        new = cells[len(self.cells) :]
        self._lines[self.places_of_cells(new)] = np.arange(len(self.cells), len(cells)) + 1
        self.cells = cells
        return joined


def bits_for(cells: np.ndarray, bits: int) -> int:
    """Return with how many bits, at most so many, the cells that occur are not too many."""
    while bits > LEAST_BITS and len(np.unique(coarser(cells, bits))) > MOST_CELLS:
        bits -= 1
    return bits


def is_missing(cells: np.ndarray) -> np.ndarray:
    """(N,) whether cells, however wide, lie beyond those of the infinities, as those of NaN do."""
    lowest, highest = cells_of(np.array([-np.inf, np.inf]))
    return np.asarray((cells < lowest) | (cells > coarser(highest, LEAST_BITS)))
