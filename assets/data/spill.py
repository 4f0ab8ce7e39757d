"""Records that may not fit in memory, to be looked at in parts of which each does."""

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

import numpy as np

MEMORY_BYTES = 64 * 2**20
_PART_BITS = 6


class Spill:
    """Records of whole numbers, parted by the first one's highest bits; beyond a limit they wait on the disk.

    Args:
        width: numbers of each record.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._waiting: list[list[np.ndarray]] = [[] for _ in range(1 << _PART_BITS)]
        self._files: list[IO[bytes]] = []
        self._bytes = 0
        self._open = ExitStack()

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, records: np.ndarray) -> None:
        """Take (N, width) uint64 records; those of one part stay in their order."""
        part = (records[:, 0] >> np.uint64(64 - _PART_BITS)).astype(np.uint8)
        records = records[np.argsort(part, kind="stable")]
        ends = np.cumsum(np.bincount(part, minlength=1 << _PART_BITS))
        for waiting, own in zip(self._waiting, np.split(records, ends[:-1]), strict=True):
            waiting.append(own)
        self._bytes += records.nbytes
        if self._bytes > MEMORY_BYTES:
            self._put_down()

    def parts(self) -> Iterator[np.ndarray]:
        """The records, (N, width), part by part."""
        for place, waiting in enumerate(self._waiting):
            earlier = []
            if self._files:
                self._files[place].seek(0)
                earlier = [np.frombuffer(self._files[place].read(), dtype=np.uint64).reshape(-1, self._width)]
            yield np.concatenate([*earlier, *waiting, np.empty((0, self._width), np.uint64)])

    def _put_down(self) -> None:
        if not self._files:
            self._files = [self._open.enter_context(TemporaryFile()) for _ in self._waiting]  # noqa: SIM115  # the stack closes them
        for file, waiting in zip(self._files, self._waiting, strict=True):
            for records in waiting:
                file.write(records.tobytes())
            waiting.clear()
        self._bytes = 0
