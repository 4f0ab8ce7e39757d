"""Which periods each file of a source holds, and with which rows: so that a changed file touches no others.

Where it holds them is known too, so that a period is read from its row groups alone. Having read them once tells that,
which the statistics of a file could tell wrongly, or not at all of a derived time.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, cast

import numpy as np
import pyarrow as pa

from assets.data.period import Partitions
from assets.data.period_keys import PeriodKeys
from assets.data.period_rows import Found, PeriodRows
from assets.data.row_time import RowTime
from assets.data.sources import FilesSource
from assets.data.sources.places import Place
from assets.settings import plain
from assets.versions.in_short import and_more
from data_checks.verdict import Json

MOST_NAMED = 3


class UnknownError(ValueError):
    """A file whose rows are not known, and may not be read to know them."""


class Remembered(Protocol):
    """Keeps findings by all that they depend on."""

    def get(self, basis: Json) -> Mapping[str, Json] | None:
        """What was found for a basis, or None."""

    def put(self, basis: Json, found: dict[str, Json]) -> None:
        """Keep what was found."""


@dataclass(frozen=True)
class Looking:
    """How files are looked at.

    Attributes:
        source: the files.
        partitions: the periods.
        time: when a row happened.
        code: hash of the code that tells it.
        memory: what is known of files that were read before.
        report: takes a line on the files that must be read; None: none may be.
    """

    source: FilesSource
    partitions: Partitions
    time: RowTime
    code: str
    memory: Remembered
    report: Callable[[str], None] | None

    def tell(self, places: Sequence[Place], *, again: bool) -> None:
        """Say that files are read now, all in one line.

        Args:
            places: of the files.
            again: whether their columns are known, and those of another file changed what they are read as.

        Raises:
            UnknownError: none may be read.
        """
        if not places:
            return
        names = and_more([place.name for place in places], MOST_NAMED)
        are, their, they = ("s are", "their", "they hold") if len(places) > 1 else (" is", "its", "it holds")
        if self.report is None:
            which, were = ("files", "were") if len(places) > 1 else ("a file", "was")
            why = f"must be read again, as others changed {their} columns" if again else f"{were} not read yet"
            raise UnknownError(f"source.path names {which} that {why}: {names}; materialize a period first")
        columns = "more to learn" if again else f"to learn {their} columns and"
        self.report(f"{len(places):,} file{are} read once {columns} which periods {they}: {names}")


@dataclass(frozen=True)
class Held:
    """What a file holds: rows by the period's key, and how many row groups there are; 1 of other formats."""

    periods: Mapping[str, PeriodRows]
    groups: int

    @classmethod
    def recall(cls, found: Mapping[str, Json]) -> Self:
        """What `memory` gave."""
        periods = cast("Mapping[str, Sequence[str | int]]", found["periods"])
        return cls({key: PeriodRows.recall(rows) for key, rows in periods.items()}, cast("int", found["groups"]))

    def memory(self) -> dict[str, Json]:
        """It in JSON."""
        return {"groups": self.groups, "periods": {key: rows.memory() for key, rows in self.periods.items()}}


@dataclass(frozen=True)
class Holdings:
    """What a source holds.

    Attributes:
        schema: of all files.
        files: what each file holds.
    """

    schema: pa.Schema
    files: Mapping[Place, Held]

    def of(self, period: str) -> dict[str, str]:
        """What the rows of a period are read from: the columns, and each file that has some, with their digest."""
        columns = hashlib.sha256(self.schema.serialize().to_pybytes()).hexdigest()
        return {"columns": columns} | {
            f"file {place.name}": held.periods[period].digest
            for place, held in self.files.items()
            if period in held.periods
        }

    def parts(self, period: str) -> dict[Place, frozenset[int] | None]:
        """The files that have rows of a period, and in which row groups; all if none has: reading them says so."""
        found = {place: held.periods[period].numbers() for place, held in self.files.items() if period in held.periods}
        return dict(found) or dict.fromkeys(self.files)

    def extent(self, period: str) -> tuple[int, int]:
        """How many parts `parts` names, and how many there are: row groups of Parquet files, other files whole."""
        there = sum(held.groups for held in self.files.values())
        found = [held.periods[period].numbers() for held in self.files.values() if period in held.periods]
        return sum(map(len, found)) or there, there

    def count(self, period: str) -> int:
        """How many rows a period has."""
        return sum(held.periods[period].count for held in self.files.values() if period in held.periods)

    def periods(self) -> frozenset[str]:
        """The keys of the periods that have rows."""
        return frozenset(period for held in self.files.values() for period in held.periods)


def look(looking: Looking) -> Holdings:
    """Find what a source holds; a file whose content was not seen before is read once, the others not at all.

    Raises:
        SourceError: a file cannot be read, or rows have no event time.
        EventTimeError: the column does not hold event times.
        UnknownError: a file would have to be read, and may not be.
    """
    found = {place: place.identity() for place in looking.source.places()}
    known = {place: _own_schema(looking, place, identity) for place, identity in found.items()}
    new = [place for place, schema in known.items() if schema is None]
    looking.tell(new, again=False)
    own = {
        place: _learnt_schema(looking, place, found[place]) if schema is None else schema
        for place, schema in known.items()
    }
    schema = looking.source.unified(own)
    held = {place: _held(looking, place, identity, schema) for place, identity in found.items()}
    again = [place for place, holds in held.items() if holds is None and place not in new]
    looking.tell(again, again=True)
    return Holdings(
        schema,
        {place: holds or _learnt_held(looking, place, found[place], schema) for place, holds in held.items()},
    )


def _own_schema(looking: Looking, place: Place, identity: str) -> pa.Schema | None:
    known = looking.memory.get(_schema_basis(looking, place, identity))
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(str(known["schema"])))) if known is not None else None


def _learnt_schema(looking: Looking, place: Place, identity: str) -> pa.Schema:
    schema = looking.source.own_schema(place).remove_metadata()
    told: dict[str, Json] = {"schema": base64.b64encode(schema.serialize().to_pybytes()).decode()}
    looking.memory.put(_schema_basis(looking, place, identity), told)
    return schema


def _schema_basis(looking: Looking, place: Place, identity: str) -> Json:
    settings = plain(looking.source, without={"path", "columns_differ", "types_differ"})
    return ["schema", place.name, identity, settings, looking.code]


def _held(looking: Looking, place: Place, identity: str, schema: pa.Schema) -> Held | None:
    known = looking.memory.get(_held_basis(looking, place, identity, schema))
    return Held.recall(known) if known is not None else None


def _learnt_held(looking: Looking, place: Place, identity: str, schema: pa.Schema) -> Held:
    read = _read(looking, place, schema)
    looking.memory.put(_held_basis(looking, place, identity, schema), read.memory())
    return read


def _held_basis(looking: Looking, place: Place, identity: str, schema: pa.Schema) -> Json:
    return [
        "periods",
        place.name,
        identity,
        plain(looking.source, without={"path", "columns_differ", "types_differ"}),
        base64.b64encode(schema.serialize().to_pybytes()).decode(),
        [looking.time.column, looking.partitions.every, looking.partitions.start, looking.time.time_zone],
        looking.code,
    ]


def _read(looking: Looking, place: Place, schema: pa.Schema) -> Held:
    keys = PeriodKeys(looking.partitions)
    content: dict[int, Found] = {}
    rows = missing = groups = 0
    for group, batch in looking.source.numbered(place, schema):
        groups = group + 1
        times = looking.time.of(batch)
        rows, missing = rows + len(batch), missing + times.null_count
        if missing or not len(batch):
            continue
        starts = keys.starts(times)
        order = np.argsort(starts, kind="stable")
        ordered = batch if (np.diff(order) == 1).all() else batch.take(pa.array(order))
        begins, places = np.unique(starts[order], return_index=True)
        for start, first, last in zip(begins.tolist(), places, [*places[1:], len(starts)], strict=True):
            if start >= 0:
                found = content.setdefault(start, Found(batch.schema, looking.partitions.every))
                found.update(ordered.slice(first, last - first), group)
    if missing:
        raise looking.time.missing(missing, rows)
    return Held({keys.key(start): found.rows() for start, found in sorted(content.items())}, groups)
