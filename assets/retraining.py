"""When a pipeline trains again, and for which periods."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from assets.cron import cron
from assets.data.period import Partitions, Period, PeriodError
from assets.settings import Section

# on a run that a check refused, so that nothing asks for the same again by itself
STOPPED = "trainyard/stopped_by"


class Retrain(Section):
    """The schedule of a pipeline; without it a pipeline runs only when somebody starts it."""

    schedule: str
    """Five cron fields; each tick takes the newest complete period and those missed since the last run."""
    time_zone: str = "UTC"
    """The time zone of the schedule."""
    catch_up: Annotated[int, Field(ge=1, le=1000)] = 12
    """How many missed periods one tick may ask for, the newest ones."""
    switched_on: bool = False
    """Whether the schedules and the sensor run without being switched on in the page."""

    @field_validator("schedule")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        return cron(value)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"is not a time zone: '{value}' is not in the time zone database; write such as 'Europe/Lisbon'"
            raise ValueError(message) from None
        return value


def due_periods(
    partitions: Partitions, *, now: datetime, attempted: Collection[str], catch_up: int, again: Collection[str] = ()
) -> tuple[Period, ...]:
    """Return the complete periods that no run has been asked for yet, or that are worth another, oldest first.

    Of the others only periods after the newest attempted one count: an older gap was somebody's choice.

    Args:
        partitions: the pipeline's periods.
        now: the time of the tick, with a time zone.
        attempted: keys of the periods that a run was asked for, whatever became of it.
        catch_up: at most so many, the newest ones.
        again: keys of the attempted periods that are asked for once more.
    """
    newest = partitions.newest_complete(now)
    if newest is None:
        return ()
    last = max(_known(partitions, attempted), default=None)
    if last is None:
        return (newest,)
    return tuple(period for period in partitions.trailing(newest.key, catch_up) if period > last or period.key in again)


def _known(partitions: Partitions, keys: Collection[str]) -> Iterator[Period]:
    """Leave out keys of an earlier declaration, which began earlier or had periods of another length."""
    for key in keys:
        try:
            yield partitions.period(key)
        except PeriodError:
            continue
