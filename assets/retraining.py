"""When a pipeline trains again, and for which periods."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from assets.cron import cron
from assets.data.period import Partitions, Period, PeriodError
from assets.settings import Section


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
        if value not in available_timezones():
            raise ValueError(
                f"is not a time zone: '{value}' is not in the time zone database; write such as 'Europe/Lisbon'"
            )
        return value


def due_periods(
    partitions: Partitions, *, now: datetime, attempted: Collection[str], catch_up: int
) -> tuple[Period, ...]:
    """Return the complete periods that no run has been asked for yet, oldest first.

    Only periods after the newest attempted one count: an older gap was somebody's choice, and a failed period is
    retried by the run's own retries or by people, not by every later tick.

    Args:
        partitions: the pipeline's periods.
        now: the time of the tick, with a time zone.
        attempted: keys of the periods that a run was asked for, whatever became of it.
        catch_up: at most so many, the newest ones.
    """
    newest = partitions.newest_complete(now)
    if newest is None:
        return ()
    last = max(_known(partitions, attempted), default=None)
    if last is None:
        return (newest,)
    return tuple(period for period in partitions.trailing(newest.key, catch_up) if period > last)


def _known(partitions: Partitions, keys: Collection[str]) -> Iterator[Period]:
    """Leave out keys of an earlier declaration, which began earlier or had periods of another length."""
    for key in keys:
        try:
            yield partitions.period(key)
        except PeriodError:
            continue
