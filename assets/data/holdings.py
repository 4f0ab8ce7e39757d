"""Which periods each file of a source holds, and with which rows: so that a changed file touches no others."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from assets.data.period import Partitions
from assets.data.period_keys import PeriodKeys
from assets.data.row_time import RowTime
from assets.data.rowhash import row_hash
from assets.data.sources import FilesSource
from assets.data.sources.places import Place
from assets.settings import plain
from assets.versions.fingerprint import Fingerprint
from data_checks.verdict import Json

Digests = Mapping[str, str]


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
        report: takes a line for each file that must be read; None: none may be.
    """

    source: FilesSource
    partitions: Partitions
    time: RowTime
    code: str
    memory: Remembered
    report: Callable[[str], None] | None

    def tell(self, line: str) -> None:
        """Say that a file is read now.

        Raises:
            UnknownError: none may be read.
        """
        if self.report is None:
            raise UnknownError(f"source.path names a file that was not read yet: {line}; materialize a period first")
        self.report(line)


@dataclass(frozen=True)
class Holdings:
    """What a source holds.

    Attributes:
        schema: of all files.
        files: of each file, the digest of its rows of each period, by the period's key.
    """

    schema: pa.Schema
    files: Mapping[Place, Digests]

    def of(self, period: str) -> dict[str, str]:
        """What the rows of a period are read from: the columns, and each file that has some, with their digest."""
        columns = hashlib.sha256(self.schema.serialize().to_pybytes()).hexdigest()
        return {"columns": columns} | {
            f"file {place.name}": digests[period] for place, digests in self.files.items() if period in digests
        }

    def places(self, period: str) -> tuple[Place, ...]:
        """The files that have rows of a period; all if none has, whose reading then says so."""
        return tuple(place for place, digests in self.files.items() if period in digests) or tuple(self.files)

    def periods(self) -> frozenset[str]:
        """The keys of the periods that have rows."""
        return frozenset(period for digests in self.files.values() for period in digests)


def look(looking: Looking) -> Holdings:
    """Find what a source holds; a file whose content was not seen before is read once, the others not at all.

    Raises:
        SourceError: a file cannot be read, or rows have no event time.
        EventTimeError: the column does not hold event times.
        UnknownError: a file would have to be read, and may not be.
    """
    found = {place: place.identity() for place in looking.source.places()}
    own = {place: _own_schema(looking, place, identity) for place, identity in found.items()}
    schema = looking.source.unified(own)
    return Holdings(schema, {place: _digests(looking, place, identity, schema) for place, identity in found.items()})


def _own_schema(looking: Looking, place: Place, identity: str) -> pa.Schema:
    settings = plain(looking.source, without={"path", "columns_differ", "types_differ"})
    basis: Json = ["schema", place.name, identity, settings, looking.code]
    known = looking.memory.get(basis)
    if known is not None:
        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(str(known["schema"]))))
    looking.tell(f"{place.name} is looked at to learn its columns")
    schema = looking.source.own_schema(place).remove_metadata()
    looking.memory.put(basis, {"schema": base64.b64encode(schema.serialize().to_pybytes()).decode()})
    return schema


def _digests(looking: Looking, place: Place, identity: str, schema: pa.Schema) -> Digests:
    basis: Json = [
        "periods",
        place.name,
        identity,
        plain(looking.source, without={"path", "columns_differ", "types_differ"}),
        base64.b64encode(schema.serialize().to_pybytes()).decode(),
        [looking.time.column, looking.partitions.every, looking.partitions.start, looking.time.time_zone],
        looking.code,
    ]
    known = looking.memory.get(basis)
    if known is not None:
        return {key: str(digest) for key, digest in known.items()}
    looking.tell(f"{place.name} is read once to learn which periods it holds")
    digests = _read(looking, place, schema)
    looking.memory.put(basis, dict(digests))
    return digests


def _read(looking: Looking, place: Place, schema: pa.Schema) -> dict[str, str]:
    keys = PeriodKeys(looking.partitions)
    content: dict[int, _Rows] = {}
    rows = missing = 0
    for batch in looking.source.rows([place], schema):
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
                part = ordered.slice(first, last - first)
                content.setdefault(start, _rows_of(looking.partitions, batch.schema)).update(part)
    if missing:
        raise looking.time.missing(missing, rows)
    return {keys.key(start): found.digest() for start, found in sorted(content.items())}


class _Rows(Protocol):
    """The rows of one period, as they come."""

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next ones."""

    def digest(self) -> str:
        """What tells them from others."""


class _FewBytes:
    """Rows of one of very many periods: by what they are and not by their order, which is all that fits in memory."""

    def __init__(self) -> None:
        self._sum, self._count = np.zeros(2, dtype=np.uint64), 0

    def update(self, batch: pa.RecordBatch) -> None:
        self._sum += row_hash(pa.Table.from_batches([batch])).sum(axis=0, dtype=np.uint64)
        self._count += len(batch)

    def digest(self) -> str:
        return f"{self._sum[0]:016x}{self._sum[1]:016x}{self._count:x}"


def _rows_of(partitions: Partitions, schema: pa.Schema) -> _Rows:
    return _FewBytes() if partitions.every == "hour" else Fingerprint(schema)
