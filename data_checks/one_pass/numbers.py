"""More 64-bit numbers than fit in memory, in ascending order."""

import tempfile
from collections.abc import Iterator

import numpy as np

_IN_MEMORY = 2**23  # 64 MiB of them
Counted = tuple[np.ndarray, np.ndarray]
"""(D,) ascending distinct numbers, and how often each came."""


class Numbers:
    """Numbers of one type, kept in sorted runs on disk beyond a bound of memory: each once a run, with its count.

    Equal numbers always lie in one of the ascending parts that it gives back. Where they already come in ascending
    order, as keys often do, nothing is sorted.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._parts: list[np.ndarray] = []
        self._held = 0
        self._runs: list[Counted] = []
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

    def distinct(self) -> Iterator[Counted]:
        """Give the distinct numbers with their counts, in ascending parts."""
        if not self._runs:
            if self._parts:
                yield self._counted()
            return
        self._spill()
        starts = [0] * len(self._runs)
        for splitter in self._splitters():
            ends = [int(np.searchsorted(values, splitter, side="right")) for values, _ in self._runs]
            slices = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
            starts = ends
            values = np.concatenate([values[part] for (values, _), part in zip(self._runs, slices, strict=True)])
            counts = np.concatenate([counts[part] for (_, counts), part in zip(self._runs, slices, strict=True)])
            order = np.argsort(values, kind="stable")
            values, counts = values[order], counts[order]
            firsts = _firsts(values)
            yield values[firsts], np.add.reduceat(counts, firsts, dtype=np.int64)

    def repeated(self) -> np.ndarray:
        """(R,) the numbers that came at least twice, ascending."""
        if self.strictly_ascending:
            return np.empty(0, self._dtype)
        found = [values[counts > 1] for values, counts in self.distinct()]
        return np.concatenate(found) if found else np.empty(0, self._dtype)

    def at(self, places: list[int]) -> list[np.generic]:
        """The numbers at places of the ascending order, from 0."""
        wanted, found, start = sorted(set(places)), {}, 0
        for values, counts in self.distinct():
            ends = start + np.cumsum(counts)
            inside = [place for place in wanted if start <= place < ends[-1]]
            found.update({place: values[np.searchsorted(ends, place, side="right")] for place in inside})
            start = int(ends[-1])
        return [found[place] for place in places]

    @property
    def _dtype(self) -> np.dtype:
        return np.dtype(np.int64) if self._last is None else self._last.dtype

    def _follow(self, values: np.ndarray) -> None:
        if self.strictly_ascending:
            follows = self._last is None or bool(self._last < values[0])
            self.strictly_ascending = follows and bool(np.all(values[:-1] < values[1:]))
        self._last = values[-1]

    def _counted(self) -> Counted:
        merged = np.concatenate(self._parts)
        if self.strictly_ascending:
            return merged, np.broadcast_to(np.uint32(1), len(merged))
        merged.sort()
        firsts = _firsts(merged)
        return merged[firsts], np.diff(firsts, append=len(merged)).astype(np.uint32)

    def _spill(self) -> None:
        if not self._parts:
            return
        values, counts = self._counted()
        self._runs.append((_on_disk(values), counts if counts.strides == (0,) else _on_disk(counts)))
        self._parts, self._held = [], 0

    def _splitters(self) -> list[np.generic]:
        kept = sum(len(values) for values, _ in self._runs)
        parts = -(-kept // self._in_memory)
        each = [values[np.linspace(0, len(values) - 1, 4 * parts + 1).astype(np.int64)] for values, _ in self._runs]
        samples = np.unique(np.concatenate(each))
        chosen = samples[np.linspace(0, len(samples) - 1, parts + 1).astype(np.int64)[1:]]
        return list(np.unique(chosen))


def _firsts(ascending: np.ndarray) -> np.ndarray:
    """(D,) where each distinct number begins."""
    return np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))


def _on_disk(values: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryFile() as file:  # the mapping outlives it, and the disk is freed with the mapping
        values.tofile(file)
        file.flush()
        return np.memmap(file, values.dtype, "r", shape=values.shape)
