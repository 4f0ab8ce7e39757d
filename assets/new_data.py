"""Which periods new data asks for: those whose rows changed, told from what was remembered and never by reading rows.

A file that no run has read yet tells nothing of its periods. One period is then asked for whose run reads it: the
newest that the file's earlier rows lay in, else the newest complete one. Once that run has read it, the others follow.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self, cast

from assets.data.event_time import EventTimeError
from assets.data.holdings import Holdings, Remembered, UnknownError
from assets.data.period import Partitions
from assets.data.sources import FilesSource, SourceError
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
        periods: keys of the periods that were asked for on its account.
    """

    base: str | None
    now: str | None
    periods: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """Read what `str` wrote."""
        base, *more = (cursor or "-").split(" ")
        found = None if base == "-" else base
        return cls(found, more[0], tuple(more[1].split(",") if more[1] else ())) if more else cls(found, found)

    def __str__(self) -> str:
        """Write it; one fingerprint alone where nothing is being asked for."""
        return f"{self.base}" if self.base == self.now else f"{self.base or '-'} {self.now} {','.join(self.periods)}"

    @property
    def quiet(self) -> str:
        """Why nothing is asked for now."""
        if self.base == self.now:
            return "the source changed, and the rows of no complete period did, beyond what was asked for"
        return f"a changed file is read by the run of {', '.join(self.periods)}; what it tells is asked for then"


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
        already: tuple[str, ...] = asked.periods if marker == asked.now else ()
        newest = self.partitions.newest_complete(now)
        if newest is None:
            return (), asked
        before = self.memory.get(_basis(asked.base)) if asked.base else None
        reason = f"the source changed to {marker[:12]}"
        try:
            holdings = self.holdings()
        except (UnknownError, SourceError, EventTimeError):
            # a fault of the files is told by the run that meets it
            if already:
                return (), asked
            reader = self._reader(before) or newest.key
            return (Ask(reader, marker, reason),), Asked(asked.base, marker, (reader,))
        complete = [period.key for period in self.partitions.between(self.partitions.start, newest.key)]
        periods = holdings.periods()
        held: dict[str, Json] = {key: dict(holdings.of(key)) for key in complete if key in periods}
        due = (
            _due(cast("Held", before["held"]), cast("Held", held))
            if before
            else {newest.key: Ask(newest.key, marker, reason)}
        )
        left = {key: ask for key, ask in due.items() if key not in already}
        asks = tuple(left.values())
        if len(left) > MOST:
            return asks[:MOST], Asked(asked.base, marker, (*already, *[*left][:MOST]))
        files: dict[str, Json] = {place.name: place.identity() for place in holdings.files}
        self.memory.put(_basis(marker), {"held": held, "files": files})
        return asks, Asked(marker, marker)

    def _reader(self, before: Mapping[str, Json] | None) -> str | None:
        """The newest period that rows of the changed files lay in."""
        if before is None:
            return None
        known = cast("Mapping[str, str]", before["files"])
        changed = {f"file {p.name}" for p in self.source.places() if known.get(p.name, p.identity()) != p.identity()}
        periods = [key for key, files in cast("Held", before["held"]).items() if changed & files.keys()]
        return max(periods, key=lambda key: self.partitions.period(key).start, default=None)


def _basis(marker: str) -> Json:
    return ["asked for", marker]


def _due(before: Held, held: Held) -> dict[str, Ask]:
    """What to ask for, by period and in the order of `held`."""
    return {
        key: Ask(
            key,
            hashlib.sha256(canonical(dict[str, Json](files))).hexdigest(),
            f"{key} changed: {_names(before.get(key, {}), files)}",
        )
        for key, files in held.items()
        if files != before.get(key)
    }


def _names(before: Mapping[str, str], held: Mapping[str, str]) -> str:
    """Name what differs, a few at most."""
    names = [name for name in sorted({*before, *held}) if before.get(name) != held.get(name)]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
