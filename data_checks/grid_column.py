"""The counts of one column on the grid, as what it holds: by cell, by value, by hour of the week, or how many."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.cells import HOURS_OF_A_WEEK, cells_of, units_of_time
from data_checks.floats import as_floats
from data_checks.grid_cells import CellLines, is_missing

Holds = Literal["number", "whole", "text", "time", "many"]

MOST_VALUES = 10_000
SCHEMA = pa.schema(
    [
        ("column", pa.string()),
        ("holds", pa.string()),
        ("slice", pa.int32()),
        ("bits", pa.int8()),
        ("cell", pa.int32()),
        ("value", pa.string()),
        ("count", pa.int64()),
    ]
)
_PEEKED = 64
_TRIED = 4_096  # a few values mostly show all cells there are; sorting a whole batch costs more than counting it


@dataclass(frozen=True, eq=False)
class Within:
    """In which slices the rows of a batch lie.

    Attributes:
        first: the first slice that holds one of them.
        width: how many slices from there to the last that does.
        offsets: (N,) int64, the slice of each row, from 0 at the first.
    """

    first: int
    width: int
    offsets: np.ndarray

    @classmethod
    def of(cls, slices: np.ndarray) -> "Within":
        """Look at the slices of at least one row."""
        first = int(slices.min())
        return cls(first, int(slices.max()) - first + 1, slices - first if first else slices)

    def rows(self, chosen: np.ndarray) -> "Within":
        """The same of some rows."""
        return Within(self.first, self.width, self.offsets[chosen])

    @cached_property
    def sizes(self) -> np.ndarray:
        """(width,) how many rows lie in each slice."""
        return np.bincount(self.offsets, minlength=self.width)

    def counted(self, lines: np.ndarray, size: int) -> np.ndarray:
        """(size, width) how many rows have each line from 0 to below `size`, in each slice."""
        if self.width == 1:
            return np.bincount(lines, minlength=size)[:, None]
        places = lines * np.int64(self.width)
        places += self.offsets
        return np.bincount(places, minlength=size * self.width).reshape(size, self.width)

    def of_all(self, counts: np.ndarray) -> np.ndarray:
        """The (lines, width) view of the counts of all slices."""
        return counts[:, self.first : self.first + self.width]


def held(kind: pa.DataType) -> Holds | None:
    """Return what a column of this type is counted as; None where it can't be a feature."""
    if pa.types.is_dictionary(kind):
        return held(kind.value_type)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "whole"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    return "time" if pa.types.is_date(kind) or pa.types.is_timestamp(kind) else None


class GridColumn:
    """The counts of one column: a line for each cell or value, a column for each slice; the first line is of nulls."""

    def __init__(self, kind: pa.DataType, holds: Holds, slices: int) -> None:
        self._type = kind.value_type if pa.types.is_dictionary(kind) else kind
        self._holds: Holds = holds
        self._slices = slices
        self._nulls = np.zeros(slices, np.int64)
        self._counts = np.zeros((HOURS_OF_A_WEEK if holds == "time" else 0, slices), np.int64)
        self._least = 0  # the whole number of the first line
        self._lines: dict[str, int] = {}
        self._cells = CellLines()  # of numbers

    def take(self, values: pa.Array, within: Within) -> None:
        """Count values, each in its slice."""
        if pa.types.is_dictionary(values.type) and values.dictionary.null_count:
            values = _plain(values)
        if values.null_count and self._holds != "number":
            valid = values.is_valid().to_numpy(zero_copy_only=False)
            within.of_all(self._nulls[None])[:] += within.rows(~valid).sizes
            values, within = values.drop_null(), within.rows(valid)
        match self._holds:
            case "number":  # nulls become NaN, which has cells beyond those of the infinities
                numbers = as_floats(_plain(values))
                self._take_numbers(numbers.fill_null(np.nan).to_numpy(), within)
            case "whole":
                self._take_whole(_plain(values), within)
            case "text":
                self._take_text(values, within)
            case "time":
                self._take_times(_plain(values), within)
            case "many":
                within.of_all(self._counts)[:] += within.sizes
            case _:
                assert_never(self._holds)

    def move(self, slices: np.ndarray) -> None:
        """Count what was counted so far in other slices."""
        self._counts, self._nulls = _moved(self._counts, slices), _moved(self._nulls[None], slices)[0]

    def _take_numbers(self, numbers: np.ndarray, within: Within) -> None:
        """Count numbers, of which NaN is one whose cells are taken for nulls in the end."""
        places = self._cells.places(numbers)
        if not self._cells.at(places[:: 1 + len(places) // _PEEKED]).all():  # as of numbers that ascend
            places = self._know_some(places)
        while len(places):
            lines = self._cells.at(places)
            counted = within.counted(lines, 1 + len(self._counts))
            within.of_all(self._counts)[:] += counted[1:]
            if not counted[0].any():
                return
            unknown = np.flatnonzero(lines == 0)
            places, within = self._know_some(places[unknown]), within.rows(unknown)

    def _know_some(self, places: np.ndarray) -> np.ndarray:
        """Give some places that have none a line, and return where the same numbers are looked up then."""
        some, bits = places[:: 1 + len(places) // _TRIED], self._cells.bits
        self._know(np.unique(some[self._cells.at(some) == 0]))
        return places >> (bits - self._cells.bits)

    def _know(self, places: np.ndarray) -> None:
        """Give places a line; join lines once they are too many."""
        joined = self._cells.add(places)
        self._counts = _longer(self._counts, len(places))
        if joined is not None:
            counts, self._counts = self._counts, np.zeros((len(self._cells.cells), self._slices), np.int64)
            np.add.at(self._counts, joined, counts)

    def _take_whole(self, values: pa.Array, within: Within) -> None:
        numbers = (values.cast(pa.uint8()) if pa.types.is_boolean(values.type) else values).to_numpy()
        if not len(numbers):
            return
        least, greatest = int(numbers.min()), int(numbers.max())
        if len(self._counts):
            least, greatest = min(least, self._least), max(greatest, self._least + len(self._counts) - 1)
        if greatest - least >= MOST_VALUES:
            self._know_less(self._whole())
            self.take(values, within)
            return
        before = self._least - least if len(self._counts) else 0
        self._counts = _longer(self._counts, before, before=True)
        self._counts = _longer(self._counts, greatest - least + 1 - len(self._counts))
        self._least = least
        if numbers.dtype.itemsize < 8:
            numbers = numbers.astype(np.int64)
        lines = (numbers - numbers.dtype.type(least)).astype(np.int64, copy=False)
        self._add(lines, within)

    def _take_text(self, values: pa.Array, within: Within) -> None:
        if pa.types.is_dictionary(values.type) and len(values.dictionary) > MOST_VALUES:
            values = values.dictionary_decode()
        first = values[:0] if self._lines or pa.types.is_dictionary(values.type) else values[: 2 * MOST_VALUES]
        if len(pc.unique(first)) > MOST_VALUES:  # which spares most names their encoding
            self._know_less(None)
            self.take(values, within)
            return
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        if len(coded.dictionary) <= MOST_VALUES:
            counts = within.counted(coded.indices.to_numpy(), len(coded.dictionary))
            used = np.flatnonzero(counts.any(axis=1))
            names = coded.dictionary.take(pa.array(used)).to_pylist()
            lines = [self._lines.setdefault(name, len(self._lines)) for name in names]
        if len(coded.dictionary) > MOST_VALUES or len(self._lines) > MOST_VALUES:
            self._know_less(None)
            self.take(values, within)
            return
        self._counts = _longer(self._counts, len(self._lines) - len(self._counts))
        if len(set(lines)) == len(lines):
            within.of_all(self._counts)[lines] += counts[used]
        else:
            np.add.at(within.of_all(self._counts), lines, counts[used])

    def _take_times(self, values: pa.Array, within: Within) -> None:
        if not len(values):
            return
        units, hours_of = units_of_time(values)
        least, greatest = int(units.min()), int(units.max())
        if greatest - least < MOST_VALUES:
            counted = within.counted(units - least, greatest - least + 1)
            np.add.at(within.of_all(self._counts), hours_of(np.arange(least, greatest + 1)), counted)
        else:
            self._add(hours_of(units), within)

    def _know_less(self, whole: pa.Array | None) -> None:
        """Go on with cells, or with whether there is a value: too many occur to count each."""
        counts = self._counts
        if whole is None:
            self._holds, self._lines = "many", {}
            self._counts = counts.sum(axis=0, keepdims=True)
            return
        self._holds, self._counts = "number", counts[:0]
        some = counts.any(axis=1)
        cells = cells_of(whole.cast(pa.float64(), safe=False).to_numpy())[some]
        self._know(np.unique(cells))
        np.add.at(self._counts, self._cells.at(self._cells.places_of_cells(cells)) - 1, counts[some])

    def _whole(self) -> pa.Array:
        kind = pa.uint8() if pa.types.is_boolean(self._type) else self._type
        return pa.array(range(self._least, self._least + len(self._counts)), kind)

    def _add(self, lines: np.ndarray, within: Within) -> None:
        """Count each line in its slice; in the order of time, few slices of many are touched at once."""
        within.of_all(self._counts)[:] += within.counted(lines, len(self._counts))

    def table(self, name: str) -> pa.Table:
        """Return the lines of `SCHEMA` that are not zero, and one of the nulls, sorted."""
        counts, nulls = self._counts, self._nulls
        cells, values = pa.array(range(len(counts)), pa.int32()), pa.nulls(len(counts), pa.string())
        if self._holds == "number":
            missing = is_missing(self._cells.cells)
            counts, nulls = counts[~missing], nulls + counts[missing].sum(axis=0)
            cells, values = pa.array(self._cells.cells[~missing], pa.int32()), pa.nulls(len(counts), pa.string())
        elif self._holds == "whole":
            whole = self._whole()
            cells = pa.array(cells_of(whole.cast(pa.float64(), safe=False).to_numpy()), pa.int32())
            values = whole.cast(self._type).cast(pa.string())
        elif self._holds == "text":
            values = pa.array(list(self._lines), pa.string())
            cells = pa.nulls(len(values), pa.int32())
        order = pc.sort_indices(
            pa.table([cells, values], ["cell", "value"]), [("cell", "ascending"), ("value", "ascending")]
        )
        cells, values = cells.take(order), values.take(order)
        counts = np.concatenate([counts[order.to_numpy()], nulls[None]])  # nulls come after all others
        shown = counts > 0
        shown[-1, 0] = True
        at, line = np.nonzero(shown.T)
        which = pa.array(line, mask=line == len(counts) - 1)
        bits = self._cells.bits if self._holds in {"number", "whole"} else None
        columns = {
            "column": pa.repeat(name, len(line)),
            "holds": pa.repeat(self._holds, len(line)),
            "slice": pa.array(at, pa.int32()),
            "bits": pa.repeat(pa.scalar(bits, pa.int8()), len(line)),
            "cell": cells.take(which),
            "value": values.take(which),
            "count": counts[line, at],
        }
        return pa.table(columns, schema=SCHEMA)


def _plain(values: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(values.type):
        return values
    return values.dictionary_decode()


def _moved(counts: np.ndarray, slices: np.ndarray) -> np.ndarray:
    """Return (lines, slices) counts with the first columns added up where they go."""
    moved = np.zeros_like(counts)
    if len(slices):
        places, starts = np.unique(slices, return_index=True)
        moved[:, places] = np.add.reduceat(counts[:, : len(slices)], starts, axis=1)
    return moved


def _longer(counts: np.ndarray, lines: int, *, before: bool = False) -> np.ndarray:
    """Return (lines, slices) counts with so many further lines of zeros, itself if there are none."""
    if lines <= 0:
        return counts
    more = np.zeros((lines, counts.shape[1]), np.int64)
    return np.concatenate([more, counts] if before else [counts, more])
