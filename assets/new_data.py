"""Which periods new data asks for: those whose rows changed, told from what was remembered and never by reading rows.

A file that no run has read yet tells nothing of its periods. One period is then asked for whose run reads it: the
newest that the file's earlier rows lay in, else the newest complete one. Once that run has read it, the others follow.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self, cast

from pydantic import TypeAdapter, ValidationError

from assets.data.event_time import EventTimeError
from assets.data.holdings import Holdings, Remembered, UnknownError
from assets.data.period import Partitions
from assets.data.sources import FilesSource, SourceError
from assets.versions.in_short import and_more
from assets.versions.recipe import canonical
from data_checks.verdict import Json

# runs that one tick may ask for; the rest waits for the next
MOST = 12

Held = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Asked:
    """What was asked for so far, as it stands in a sensor's cursor.

    Attributes:
        base: fingerprint of the source of which every change was asked for; None: there was none.
        now: fingerprint of the source whose changes are being asked for; `base` if none are.
        change: number of the change to `now`; a source may become again what it was, and that is another change.
        periods: keys of the periods that were asked for on account of `now`.
        earlier: keys of those that were asked for on account of what the source was between `base` and `now`.
    """

    base: str | None
    now: str | None
    change: int
    periods: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None, now: datetime) -> Self:
        """Read what `str` wrote, or a mere fingerprint; what has another form is a cursor that somebody emptied.

        From an emptied one changes are numbered from `now` on: Dagster never runs a key twice, and one that was used
        before would be skipped silently.
        """
        if cursor and not cursor.startswith("{"):
            return cls(cursor, cursor, int(now.timestamp()))
        try:
            return TypeAdapter(cls).validate_json(cursor or "", strict=True)
        except ValidationError:
            return cls(None, None, int(now.timestamp()))

    def __str__(self) -> str:
        """Write it."""
        return json.dumps(asdict(self))

    @property
    def quiet(self) -> str:
        """Why nothing is asked for now."""
        if self.base == self.now:
            return "the source changed, and the rows of no complete period did, beyond what was asked for"
        return f"a changed file is read by the run of {', '.join(self.periods)}; what it tells is asked for then"

    def changed_to(self, marker: str) -> "Asked":
        """What is asked for once the source has another fingerprint; itself while it has the same."""
        if marker == self.now:
            return self
        return Asked(self.base, marker, self.change + 1, (), (*self.earlier, *self.periods))

    def done(self) -> "Asked":
        """What is asked for once every change was."""
        return Asked(self.now, self.now, self.change)


@dataclass(frozen=True)
class Ask:
    """What to run: the key of a period, or None for all there is; what it now holds, in short; and why."""

    period: str | None
    holds: str
    reason: str


@dataclass(frozen=True)
class Watch:
    """A source of files that is watched.

    Attributes:
        source: the files.
        partitions: the periods.
        memory: what the periods held when they were last asked for.
        holdings: tells what the files hold without reading any, or raises.
    """

    source: FilesSource
    partitions: Partitions
    memory: Remembered
    holdings: Callable[[], Holdings]

    def changes(self, marker: str, asked: Asked, now: datetime) -> tuple[tuple[Ask, ...], Asked]:
        """Return what to ask for, oldest first and at most `MOST`, and what is asked for then.

        A period whose rows are all gone is not asked for, nor one that is still running.

        Args:
            marker: the source's fingerprint, another than the one of which every change was asked for.
            asked: what was asked for so far.
            now: the time, with a zone.
        """
        asked = asked.changed_to(marker)
        newest = self.partitions.newest_complete(now)
        if newest is None:
            return (), asked
        before = self.memory.get(_basis(asked.base)) if asked.base else None
        reason = f"the source changed to {marker[:12]}"
        try:
            holdings = self.holdings()
        except (UnknownError, SourceError, EventTimeError):
            # a fault of the files is told by the run that meets it
            if asked.periods:
                return (), asked
            reader = self._reader(before) or newest.key
            new = self._unread(before)
            why = f"not read so far: {new}" if new else reason
            return (Ask(reader, marker, why),), replace(asked, periods=(reader,))
        complete = [period.key for period in self.partitions.between(self.partitions.start, newest.key)]
        periods = holdings.periods()
        held: dict[str, Json] = {key: dict(holdings.of(key)) for key in complete if key in periods}
        told = cast("Held", held)
        due = _due(cast("Held", before["held"]) if before else told, told, earlier=asked.earlier)
        if before is None:
            due[newest.key] = Ask(newest.key, marker, reason)
        left = {key: ask for key, ask in due.items() if key not in asked.periods}
        asks = tuple(left.values())
        if len(left) > MOST:
            return asks[:MOST], replace(asked, periods=(*asked.periods, *[*left][:MOST]))
        files: dict[str, Json] = {place.name: place.identity() for place in holdings.files}
        self.memory.put(_basis(marker), {"held": held, "files": files})
        return asks, asked.done()

    def _reader(self, before: Mapping[str, Json] | None) -> str | None:
        """The newest period that rows of the changed files lay in."""
        if before is None:
            return None
        known = cast("Mapping[str, str]", before["files"])
        changed = {f"file {p.name}" for p in self.source.places() if known.get(p.name, p.identity()) != p.identity()}
        periods = [key for key, files in cast("Held", before["held"]).items() if changed & files.keys()]
        return max(periods, key=lambda key: self.partitions.period(key).start, default=None)

    def _unread(self, before: Mapping[str, Json] | None) -> str:
        """Name the files that changed or came since they were last asked for."""
        known = cast("Mapping[str, str]", before["files"]) if before else {}
        there = {place.name: place.identity() for place in self.source.places()} if before else {}
        return _names({name: known[name] for name in known.keys() & there.keys()}, there)


def _basis(marker: str) -> Json:
    return ["asked for", marker]


def _due(before: Held, held: Held, *, earlier: Collection[str]) -> dict[str, Ask]:
    """What to ask for, by period and in the order of `held`; `earlier` ones may have read what is gone again."""
    return {
        key: Ask(key, hashlib.sha256(canonical(dict[str, Json](files))).hexdigest(), _reason(key, before, files))
        for key, files in held.items()
        if files != before.get(key) or key in earlier
    }


def _reason(key: str, before: Held, files: Mapping[str, str]) -> str:
    names = _names(before.get(key, {}), files)
    return f"{key} changed: {names}" if names else f"{key} changed back before all that changed was asked for"


def _names(before: Mapping[str, str], held: Mapping[str, str]) -> str:
    """Name what differs, a few at most."""
    return and_more([name for name in sorted({*before, *held}) if before.get(name) != held.get(name)], 3)
