"""The periods that an event-time column cuts a table into, under the keys that Dagster gives them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self, assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import model_validator

from assets.settings import Section

Every = Literal["hour", "day", "week", "month"]

_FORMATS: dict[Every, str] = {"hour": "%Y-%m-%d-%H:00", "day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}


class PeriodError(ValueError):
    """A period, its key or an event time that the partitions cannot hold."""


@dataclass(frozen=True, order=True)
class Period:
    """A half-open span of event time, ordered by its start.

    Attributes:
        key: the partition key, as Dagster spells it.
        start: first instant, in UTC.
        end: first instant after it, in UTC.
        time_zone: where event times without a zone of their own are read.
    """

    key: str = field(compare=False)
    start: datetime
    end: datetime
    time_zone: str = field(default="UTC", compare=False)


class Partitions(Section):
    """How event time cuts the table into periods."""

    every: Every
    """Length of a period; weeks begin on Sunday."""
    column: str
    """Event-time column: a date, a timestamp or ISO text; of the source, or derived."""
    start: str
    """Key of the first period, for example `2015-07` for months or `2015-07-01-00:00` for hours."""
    end: str | None = None
    """Key of the last period, of a table that no longer grows; absent: time goes on."""
    time_zone: str = "UTC"
    """IANA name of the zone in which periods begin and event times without a zone are read."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"partitions.time_zone is unknown: {self.time_zone!r} must be an IANA name; "
                "write for example 'Europe/Lisbon'"
            ) from error
        first = self._begin(self.start, "start")
        if self.end is not None and self._begin(self.end, "end") < first:
            raise ValueError(f"partitions.end lies before partitions.start: {self.end!r} < {self.start!r}; swap them")
        return self

    @property
    def key_format(self) -> str:
        """The `strftime` format of a key."""
        return _FORMATS[self.every]

    def period(self, key: str) -> Period:
        """The period of a key.

        Raises:
            PeriodError: the key is malformed or lies before `start` or after `end`.
        """
        begin = self._begin(key, "key")
        if begin < self._first:
            raise PeriodError(
                f"partitions.start lies after the period asked for: {key!r} is before {self.start!r}; "
                "ask for a later period"
            )
        if self._last is not None and begin > self._last:
            raise PeriodError(
                f"partitions.end lies before the period asked for: {key!r} is after {self.end!r}; "
                "ask for an earlier period"
            )
        return self._at(begin)

    def holding(self, instant: datetime) -> Period:
        """The period that an instant (with a zone) lies in, also one before the first or after the last."""
        return self._at(self._floor(instant))

    def end_exclusive(self) -> str | None:
        """The key of the period after the last, which is how Dagster wants it; None if time goes on."""
        return None if self._last is None else self._at(self._at(self._last).end).key

    def newest_complete(self, now: datetime) -> Period | None:
        """The last period that had ended by `now` (with a zone), or None if the first is still running."""
        period = self.holding(now)
        if period.end > now.astimezone(UTC):
            period = self._before(period)
        if self._last is not None and period.start > self._last:
            period = self._at(self._last)
        return period if period.start >= self._first else None

    def keys_known(self, now: datetime) -> tuple[str, str]:
        """The keys of the first and the last period that had ended by `now` (with a zone); the first if none had."""
        newest = self.newest_complete(now)
        return self.start, newest.key if newest else self.start

    def trailing(self, key: str, count: int) -> tuple[Period, ...]:
        """The last `count` periods that end with `key`, ascending; fewer where `start` cuts them off."""
        periods = [self.period(key)]
        while len(periods) < count and periods[-1].start > self._first:
            periods.append(self._before(periods[-1]))
        return tuple(reversed(periods))

    def between(self, first: str, last: str) -> tuple[Period, ...]:
        """All periods from `first` to `last`, both included, ascending; none if `last` comes before `first`."""
        period, end = self.period(first), self.period(last)
        periods = []
        while period <= end:
            periods.append(period)
            period = self._at(period.end)
        return tuple(periods)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def _first(self) -> datetime:
        return self._begin(self.start, "start")

    @property
    def _last(self) -> datetime | None:
        return None if self.end is None else self._begin(self.end, "end")

    def _begin(self, key: str, name: str) -> datetime:
        """The instant at which the period of a key begins."""
        parsed = _parse(key, self.key_format, repeats=self.every == "hour")
        if parsed is None:
            example = datetime(2015, 7, 5, tzinfo=UTC).strftime(self.key_format)
            raise PeriodError(
                f"partitions.{name} is not the key of a {self.every}: {key!r} does not read like {example!r}; "
                "write it so"
            )
        if self.every == "week" and parsed.isoweekday() != 7:
            sunday = (parsed - timedelta(days=parsed.isoweekday())).strftime(self.key_format)
            raise PeriodError(
                f"partitions.{name} is not the first day of a week: {key!r} is a {parsed:%A}, weeks begin on Sunday; "
                f"write {sunday!r}"
            )
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=self._zone)).astimezone(UTC)

    def _floor(self, instant: datetime) -> datetime:
        """The instant at which the period that holds `instant` begins."""
        local = instant.astimezone(self._zone)
        match self.every:
            case "hour":
                # in UTC, since wall clock arithmetic forgets which of two equal hours it is
                past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
                return instant.astimezone(UTC) - past
            case "day":
                return self._midnight(local.date())
            case "week":
                return self._midnight(local.date() - timedelta(days=local.isoweekday() % 7))
            case "month":
                return self._midnight(local.date().replace(day=1))
            case _:
                assert_never(self.every)

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    def _at(self, begin: datetime) -> Period:
        local = begin.astimezone(self._zone)
        following: dict[Every, Callable[[], datetime]] = {
            "hour": lambda: begin + timedelta(hours=1),
            "day": lambda: self._midnight(local.date() + timedelta(days=1)),
            "week": lambda: self._midnight(local.date() + timedelta(days=7)),
            "month": lambda: self._midnight((local.date().replace(day=1) + timedelta(days=32)).replace(day=1)),
        }
        key = local.strftime(self.key_format)
        if self.every == "hour" and local.fold:
            key += local.strftime("%z")
        return Period(key, begin, following[self.every](), self.time_zone)

    def _before(self, period: Period) -> Period:
        return self._at(self._floor(period.start - timedelta(seconds=1)))


def _parse(key: str, layout: str, *, repeats: bool) -> datetime | None:
    """A key as a wall clock time, with its offset if it names the second of two equal hours; None if malformed."""
    for form in (layout, layout + "%z") if repeats else (layout,):
        try:
            parsed = datetime.strptime(key, form)  # noqa: DTZ007  # the zone is the partitions'
        except ValueError:
            continue
        if parsed.strftime(form) == key:
            return parsed
    return None
