"""Cron schedules, read closely: one that Dagster can't read would stop every pipeline from loading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

SPAN = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/([1-9]\d*))?")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST = dict(enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1))


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    words: Sequence[str] = ()

    def times(self, text: str) -> set[int]:
        """Return the numbers that the text stands for; none, if it can't be read."""
        times: set[int] = set()
        for part in text.split(","):
            span = SPAN.fullmatch(part)
            if span is None:
                return set()
            first = self._number(span[1], self.low)
            last = self._number(span[2], self.high if span[1] is None or span[3] else first)
            if not self.low <= first <= last <= self.high:
                return set()
            times |= set(range(first, last + 1, int(span[3] or 1)))
        return times

    def _number(self, text: str | None, default: int) -> int:
        if text is None:
            return default
        if text.lower() in self.words:
            return self.low + self.words.index(text.lower())
        return int(text) if re.fullmatch("[0-9]{1,2}", text) else -1


FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("day of the week", 0, 7, WEEKDAYS),
)


def cron(text: str) -> str:
    """Return a schedule of five fields with single spaces between them.

    Args:
        text: minute, hour, day of the month, month and day of the week: `*`, numbers, the first three letters of
            months and days, ranges `1-5`, steps `*/15`, and lists of these.

    Raises:
        ValueError: if a field can't be read, or the schedule is never due.

    >>> cron("0 6  2 * mon")
    '0 6 2 * mon'
    """
    given = text.split()
    if len(given) != len(FIELDS):
        raise ValueError(f"is not a cron schedule: '{text}' must have five fields; write such as '0 6 2 * *'")
    times = [field.times(part) for field, part in zip(FIELDS, given, strict=True)]
    for field, part, found in zip(FIELDS, given, times, strict=True):
        if not found:
            raise ValueError(
                f"is not a cron schedule: '{part}' is no {field.name} from {field.low} to {field.high}; write such as "
                "'0 6 2 * *'"
            )
    if min(times[2]) > max(LONGEST[month] for month in times[3]):
        raise ValueError(f"is never due: '{text}' names a day that its months do not have; write an earlier day")
    return " ".join(given)


def finer_than(text: str, every: Literal["hour", "day", "week", "month"]) -> bool:
    """Whether a schedule, as `cron` gives it, is due more than once in some hour, day, week or month.

    >>> finer_than("0 6 * * *", "month"), finer_than("0 6 2 * *", "month"), finer_than("0 6 * * mon", "week")
    (True, False, False)
    """
    minutes, hours, days, _, weekdays = (field.times(part) for field, part in zip(FIELDS, text.split(), strict=True))
    a_day = len(minutes) * len(hours)
    match every:
        case "hour":
            return len(minutes) > 1
        case "day":
            return a_day > 1
        case "week" | "month":
            return a_day * _days_in(every, days, {day % 7 for day in weekdays}) > 1
        case _:
            assert_never(every)


def _days_in(every: Literal["week", "month"], days: set[int], weekdays: set[int]) -> int:
    """Return on how many days of a week or month a schedule is due at most; cron takes a day that fits either field."""
    by_week = len(weekdays) if len(weekdays) < 7 else 0
    by_month = len(days) if len(days) < 31 else 0
    if not by_week and not by_month:
        return 7
    if every == "month":
        return 5 * by_week + by_month
    return by_week + max((len(days & set(range(first, first + 7))) for first in days), default=0) * bool(by_month)
