"""More 64-bit numbers than fit in memory, in ascending order."""

import tempfile
from collections.abc import Iterator

import numpy as np

_IN_MEMORY = 2**23  # 64 MiB of them


class Numbers:
    """Numbers of one type, kept in sorted runs on disk beyond a bound of memory.

    Equal numbers always lie in one of the ascending parts that it gives back. Where they already come in ascending
    order, as keys often do, nothing is sorted.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._parts: list[np.ndarray] = []
        self._held = 0
        self._runs: list[np.ndarray] = []
        self._last: np.generic | None = None
        self.strictly_ascending = True
        self.count = 0

    def add(self, values: np.ndarray) -> None:
        """Keep numbers.

        Args:
            values: (V,) int64, uint64 or float64 without NaN, always of one type; not modified, but kept.
        """
        if not len(values):
            return
        self._follow(values)
        self._parts.append(values)
        self._held += len(values)
        self.count += len(values)
        if self._held >= self._in_memory:
            self._spill()

    def ascending(self) -> Iterator[np.ndarray]:
        """Give all numbers back in ascending parts."""
        if not self._runs:
            if self._parts:
                yield self._sorted()
            return
        self._spill()
        runs = self._runs
        starts = [0] * len(runs)
        for splitter in self._splitters():
            ends = [int(np.searchsorted(run, splitter, side="right")) for run in runs]
            slices = [np.asarray(run[start:end]) for run, start, end in zip(runs, starts, ends, strict=True)]
            starts = ends
            yield np.sort(np.concatenate(slices))

    def repeated(self) -> np.ndarray:
        """(R,) the numbers that came at least twice, ascending."""
        if self.strictly_ascending:
            return np.empty(0, self._dtype)
        found = [np.unique(part[1:][part[1:] == part[:-1]]) for part in self.ascending()]
        return np.concatenate(found) if found else np.empty(0, self._dtype)

    def distinct(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the distinct numbers with their counts, in ascending parts."""
        for part in self.ascending():
            yield np.unique(part, return_counts=True)

    def at(self, places: list[int]) -> list[np.generic]:
        """The numbers at places of the ascending order, from 0."""
        wanted, found, start = sorted(set(places)), {}, 0
        for part in self.ascending():
            found.update({place: part[place - start] for place in wanted if start <= place < start + len(part)})
            start += len(part)
        return [found[place] for place in places]

    @property
    def _dtype(self) -> np.dtype:
        return np.dtype(np.int64) if self._last is None else self._last.dtype

    def _follow(self, values: np.ndarray) -> None:
        if self.strictly_ascending:
            follows = self._last is None or bool(self._last < values[0])
            self.strictly_ascending = follows and bool(np.all(values[:-1] < values[1:]))
        self._last = values[-1]

    def _sorted(self) -> np.ndarray:
        merged = np.concatenate(self._parts)
        if not self.strictly_ascending:
            merged.sort()
        return merged

    def _spill(self) -> None:
        if not self._parts:
            return
        run = self._sorted()
        with tempfile.TemporaryFile() as file:  # the mapping outlives it, and the disk is freed with the mapping
            run.tofile(file)
            file.flush()
            self._runs.append(np.memmap(file, run.dtype, "r", shape=(len(run),)))
        self._parts, self._held = [], 0

    def _splitters(self) -> list[np.generic]:
        parts = -(-self.count // self._in_memory)
        each = [run[np.linspace(0, len(run) - 1, 4 * parts + 1).astype(np.int64)] for run in self._runs]
        samples = np.unique(np.concatenate(each))
        chosen = samples[np.linspace(0, len(samples) - 1, parts + 1).astype(np.int64)[1:]]
        return list(np.unique(chosen))
