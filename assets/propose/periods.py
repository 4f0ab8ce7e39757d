"""Which periods a table falls into, if it has a time and enough of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.period import Every, Partitions
from assets.propose.look import Look, instants_of
from assets.propose.names import AFTERWARDS, words

LEAST: Mapping[Every, int] = {"month": 6, "week": 8, "day": 14, "hour": 48}
WINDOW: Mapping[Every, int] = {"month": 12, "week": 26, "day": 28, "hour": 168}
ROWS = 100
_HOURS: Mapping[Every, int] = {"month": 744, "week": 168, "day": 24, "hour": 1}
_MOST_PERIODS = 100_000
SPARSE = 0.25
_LIKE_TIME = r"^\s*(\d{1,4}[-./]\d{1,2}[-./]\d{2,4}\b|(19|20)\d{6}\s*$)"
_EVENT = (
    "event", "created", "ordered", "order", "started", "start", "arrival", "date", "day", "time", "timestamp", "at",
)  # fmt: skip


@dataclass(frozen=True)
class Periods:
    """The periods of a table.

    Attributes:
        every: their length.
        first, last: keys of the first and the last that are whole.
        counts: rows of each of these, ascending.
        window: how many a training reads.
        outside: rows of periods left out at either end because they are sparse, or lie before a gap.
        grows: whether the newest rows are recent, so that more may be expected.
    """

    every: Every
    first: str
    last: str
    counts: tuple[int, ...]
    window: int
    outside: int
    grows: bool


def event_time(look: Look) -> str | None:
    """The column that says when a row happened: without missing values, not named after its end, else by its name."""
    times = [
        name
        for name, seen in look.columns.items()
        if seen.hours and not seen.nulls and len(seen.hours) > 1 and not AFTERWARDS & set(words(name))
    ]
    ranked = [(min((_EVENT.index(w) for w in words(n) if w in _EVENT), default=len(_EVENT)), n) for n in times]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def untimely(look: Look) -> tuple[str, ...]:
    """Columns that hold times and are no `event_time`, and texts that look like times, each with the reason."""
    found = []
    for name, seen in look.columns.items():
        after = sorted(AFTERWARDS & set(words(name)))
        if seen.hours and after:
            found.append(f"{name} is a time, but called '{after[0]}', as what is written after the event")
        elif seen.hours and seen.nulls:
            found.append(f"{name} is a time, but missing in {seen.nulls:,} rows, which would have no place in time")
        elif seen.hours and len(seen.hours) == 1:
            found.append(f"{name} is a time, but the same in all rows")
        elif unread := _unread_time(look, name):
            found.append(
                f"{name} looks like a time, but is read as text, because of values such as {unread!r}: all must be "
                "written as 2024-12-31 or 2024-12-31T23:59:00, with a zone or without; mend them at their origin, or "
                "derive a column (docs/recipes/derive.md)"
            )
    return tuple(found)


def _unread_time(look: Look, name: str) -> str | None:
    """Of a column of text whose every value looks like a time, the first that is none."""
    column = look.sample[name].drop_null()
    if not pa.types.is_string(column.type) or look.columns[name].hours or not len(column):
        return None
    if not pc.all(pc.match_substring_regex(column, _LIKE_TIME)).as_py():
        return None
    values = pc.unique(column).slice(0, 1000)
    return str(next((value for value in values if instants_of(pa.array([value])) is None), values[0]))


def periods_of(hours: Mapping[int, int], *, now: datetime) -> Periods | None:
    """The longest periods of which there are enough, each with enough rows; None if there are none.

    Enough are 6 months, 8 weeks, 14 days or 48 hours, half of which have 100 rows or more. Sparse periods at both ends
    (under a quarter of the median) are left out, and all before a period without rows.
    """
    for every in LEAST:
        found = _periods(hours, every, now)
        if found is not None and len(found.counts) >= LEAST[every] and median(found.counts) >= ROWS:
            return found
    return None


def _periods(hours: Mapping[int, int], every: Every, now: datetime) -> Periods | None:
    if (max(hours) - min(hours)) / _HOURS[every] > _MOST_PERIODS:
        return None
    scale = Partitions(every=every, column="_", start=_key(every, min(hours)))
    counted: Counter[str] = Counter()
    for hour, rows in hours.items():
        counted[_key(every, hour)] += rows
    keys = [period.key for period in scale.between(scale.start, _key(every, max(hours)))]
    least = max(1.0, SPARSE * median(counted.values()))
    full = [place for place, key in enumerate(keys) if counted[key] >= least]
    first, last = full[0], full[-1]
    first = max([first, *(place + 1 for place in range(first, last) if not counted[keys[place]])])
    counts = tuple(counted[key] for key in keys[first : last + 1])
    newest = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=max(hours))
    return Periods(
        every=every,
        first=keys[first],
        last=keys[last],
        counts=counts,
        window=min(WINDOW[every], len(counts)),
        outside=sum(counted.values()) - sum(counts),
        grows=newest > now - timedelta(hours=3 * _HOURS[every]),
    )


def _key(every: Every, hour: int) -> str:
    """The key of the period that an hour since 1970 (UTC) lies in; weeks begin on Sunday."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    if every == "week":
        moment -= timedelta(days=moment.isoweekday() % 7)
    layouts: Mapping[Every, str] = {"hour": "%Y-%m-%d-%H:00", "day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}
    return moment.strftime(layouts[every])
