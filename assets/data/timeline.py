"""Parts in the order of time: train, then validation, then test, with gaps between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from assets.data.event_time import duration, epoch
from assets.data.outcome import GAP, PURGE, TEST, TRAIN, VALIDATION, SplitError
from assets.data.period import Period

Size = int | float | str | None
Span = int | str


@dataclass(frozen=True)
class Bounds:
    """Instants, in microseconds since 1970, at which a part begins, or has ended because a gap begins."""

    purge_from: int
    train_end: int
    validation_start: int
    validation_end: int
    test_start: int

    def outcome(self, times: np.ndarray) -> np.ndarray:
        """(N,) int8 outcome of rows at these (N,) times."""
        outcomes: np.ndarray = np.select(
            [
                times >= self.test_start,
                times >= self.validation_end,
                times >= self.validation_start,
                times >= self.train_end,
                times >= self.purge_from,
            ],
            [TEST, GAP, VALIDATION, GAP, PURGE],
            TRAIN,
        ).astype(np.int8)
        return outcomes


def of_periods(periods: Sequence[Period], *, validation: Size, test: Size, gap: Span, purge: Span) -> Bounds:
    """Bounds counted back from the end of a window; a gap in periods moves the earlier part back, a duration cuts it.

    Raises:
        SplitError: a size is no number of periods, or the window is too short.
    """
    sizes = [1 if size is None else size for size in (validation, test)]
    if not all(isinstance(size, int) for size in sizes):
        raise SplitError(
            f"split.validation and split.test must be numbers of periods: {validation!r} and {test!r} cannot divide "
            "by time with partitions; write for example 1"
        )
    validation_count, test_count = (int(size or 0) for size in sizes)
    skipped = gap if isinstance(gap, int) else 0
    purged = purge if isinstance(purge, int) else 0
    if len(periods) <= validation_count + test_count + skipped + max(skipped, purged):
        raise SplitError(
            f"split.train is empty: a window of {len(periods)} periods cannot give validation={validation_count}, "
            f"test={test_count}, gap={gap!r}, purge={purge!r}; widen the window or lower them"
        )
    starts = [epoch(period.start) for period in periods]
    test_at = len(periods) - test_count
    validation_at = test_at - skipped - validation_count
    train_end = starts[validation_at - skipped] - _span(gap)
    return Bounds(
        test_start=starts[test_at],
        validation_end=starts[test_at - skipped] - _span(gap),
        validation_start=starts[validation_at],
        train_end=train_end,
        purge_from=min(train_end, starts[validation_at - purged] - _span(purge)),
    )


def of_times(times: np.ndarray, time_zone: str, *, validation: Size, test: Size, gap: Span, purge: Span) -> Bounds:
    """Bounds at the quantiles of (N,) times that the shares name, or at days; rows of one time stay together.

    Raises:
        SplitError: a size is a number of periods, or a gap is.
    """
    if (
        isinstance(validation, int)
        or isinstance(test, int)
        or not all(isinstance(s, str) or s == 0 for s in (gap, purge))
    ):
        raise SplitError(
            f"split counts periods where there are none: validation={validation!r}, test={test!r}, gap={gap!r}, "
            f"purge={purge!r} without partitions; write shares, days and durations such as '7 days'"
        )
    ordered = np.sort(times)
    test_start = _start(ordered, len(ordered), 0.2 if test is None else test, time_zone)
    before = int(np.searchsorted(ordered, test_start))
    validation_start = _start(ordered, before, 0.2 if validation is None else validation, time_zone)
    cut = _span(gap)
    return Bounds(
        test_start=test_start,
        validation_end=test_start - cut,
        validation_start=validation_start,
        train_end=validation_start - cut,
        purge_from=validation_start - max(cut, _span(purge)),
    )


def _start(ordered: np.ndarray, end: int, size: float | str, time_zone: str) -> int:
    """Where a part begins that ends before position `end` of the ordered times."""
    if isinstance(size, str):
        return epoch(datetime.combine(date.fromisoformat(size), time(), ZoneInfo(time_zone)))
    return int(ordered[max(end - math.ceil(size * len(ordered)), 0)])


def _span(span: Span) -> int:
    return round(duration(span).total_seconds() * 1_000_000) if isinstance(span, str) else 0
