"""Where the time of a row stands, if anywhere, and which periods a division counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from assets.data.outcome import SplitError
from assets.data.period import Partitions, Period


@dataclass(frozen=True)
class Clock:
    """The event time of rows.

    Attributes:
        column: holds it; None where rows have no time.
        time_zone: where values without a zone are read.
        periods: the window, ascending; empty without partitions.
    """

    column: str | None
    time_zone: str
    periods: Sequence[Period]

    @classmethod
    def of(cls, partitions: Partitions | None, periods: Sequence[Period], *, column: str | None, by_time: bool) -> Self:
        """The partitions' own, or the column of a division by time.

        Raises:
            SplitError: the division has no column of time, or another one than the partitions.
        """
        if partitions is None:
            if by_time and column is None:
                raise SplitError("split.column is missing: by=time needs a column without partitions; name it")
            return cls(column if by_time else None, "UTC", ())
        if by_time and column not in {None, partitions.column}:
            raise SplitError(
                f"split.column is not the one of the partitions: {column!r} is not {partitions.column!r}, by which a "
                "pipeline with partitions divides; take it out"
            )
        return cls(partitions.column, partitions.time_zone, periods)


def window(keys: Sequence[str], partitions: Partitions, periods: Sequence[Period]) -> Sequence[Period]:
    """The periods that are divided: those given, or else those of the keys.

    Raises:
        SplitError: a key is of none of the periods given.
    """
    if not periods:
        return sorted(partitions.period(key) for key in keys)
    outside = sorted(set(keys) - {period.key for period in periods})
    if outside:
        raise SplitError(f"split is given rows outside of its window: {outside} not in it; leave these periods out")
    return periods
