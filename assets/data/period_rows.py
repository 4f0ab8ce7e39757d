"""A file's rows of one period: what tells them from others, how many there are, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import pyarrow as pa

from assets.data.period import Every
from assets.data.rowhash import row_hash
from assets.versions.fingerprint import Fingerprint
from data_checks.verdict import Json


@dataclass(frozen=True)
class PeriodRows:
    """A file's rows of one period.

    Attributes:
        digest: tells them from others.
        count: how many there are.
        groups: first and last number of the row groups that hold them, one pair after another; 0, 0 of other formats.
    """

    digest: str
    count: int
    groups: tuple[int, ...]

    @classmethod
    def recall(cls, found: Sequence[str | int]) -> Self:
        """What `memory` gave."""
        digest, count, *groups = found
        return cls(str(digest), int(count), tuple(map(int, groups)))

    def memory(self) -> list[Json]:
        """It in JSON."""
        return [self.digest, self.count, *self.groups]

    def numbers(self) -> frozenset[int]:
        """The row groups' numbers."""
        pairs = zip(self.groups[::2], self.groups[1::2], strict=True)
        return frozenset(number for first, last in pairs for number in range(first, last + 1))


class Found:
    """The rows of one period, as they come.

    Args:
        schema: of the rows.
        every: the period's length.
    """

    def __init__(self, schema: pa.Schema, every: Every) -> None:
        self._content: _Content = _FewBytes() if every == "hour" else Fingerprint(schema)
        self._count = 0
        self._groups: list[int] = []

    def update(self, batch: pa.RecordBatch, group: int) -> None:
        """Take the next ones, from a row group; the groups ascend."""
        self._content.update(batch)
        self._count += len(batch)
        if self._groups and group <= self._groups[-1] + 1:
            self._groups[-1] = group
        else:
            self._groups += [group, group]

    def rows(self) -> PeriodRows:
        """All that were taken."""
        return PeriodRows(self._content.digest(), self._count, tuple(self._groups))


class _Content(Protocol):
    """What tells rows from others."""

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next ones."""

    def digest(self) -> str:
        """Another of other rows."""


class _FewBytes:
    """Rows of one of very many periods: by what they are and not by their order, which is all that fits in memory."""

    def __init__(self) -> None:
        self._sum, self._count = np.zeros(2, dtype=np.uint64), 0

    def update(self, batch: pa.RecordBatch) -> None:
        self._sum += row_hash(pa.Table.from_batches([batch])).sum(axis=0, dtype=np.uint64)
        self._count += len(batch)

    def digest(self) -> str:
        return f"{self._sum[0]:016x}{self._sum[1]:016x}{self._count:x}"
