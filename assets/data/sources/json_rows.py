"""JSON-lines files as batches whose types hold for every row of the file."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.json as pa_json

from assets.data.sources.failures import UnreadableError
from assets.data.sources.places import Place
from assets.data.sources.schemas import Part, Rules, unify

# what is read at once; it bounds memory, and the length of a line
BLOCK_BYTES = 8 * 2**20
_LEAST, _MOST = -(2**63), 2**63 - 1
_LONG_WHOLE = re.compile(rb"(?<![0-9.eE+])[0-9]{16,300}(?![0-9.eE])")


@dataclass(frozen=True)
class _Block:
    """Whole lines of a file, from line `first` (from 1) on."""

    first: int
    content: bytes

    def __str__(self) -> str:
        return f"its lines from {self.first}"


def schema_of(place: Place) -> pa.Schema:
    """The columns of one file, in types that hold the values of all rows.

    Raises:
        UnreadableError: a line is no JSON object or too long, or a column changes its type within 8 MiB.
        SourceError: a column changes its type later.
    """
    schemas: dict[pa.Schema, str] = {}
    for block in _blocks(place):
        schemas.setdefault(_table(block, None).schema, f"{place.address!r}, {block}")
    if not schemas:
        raise UnreadableError("it has no line with a JSON object")
    parts = [Part(name, schema) for schema, name in schemas.items()]
    return unify(parts, Rules(columns="union", named=True))


def batches(place: Place, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of one file; columns of `schema` have its types, others those of their next values.

    Raises:
        UnreadableError: as `schema_of`.
    """
    for block in _blocks(place):
        yield from _table(block, schema).to_batches()


def _blocks(place: Place) -> Iterator[_Block]:
    line, rest = 1, b""
    with place.stream() as content:
        while read := content.read(BLOCK_BYTES):
            whole, newline, tail = (rest + read).rpartition(b"\n")
            if len(tail) > BLOCK_BYTES:
                many = line + whole.count(b"\n") + bool(newline)
                raise UnreadableError(f"line {many} is longer than the {BLOCK_BYTES // 2**20} MiB that a row may take")
            if whole.strip():
                yield _Block(line, whole)
            line, rest = line + (whole + newline).count(b"\n"), tail
    if rest.strip():
        yield _Block(line, rest)


def _table(block: _Block, schema: pa.Schema | None) -> pa.Table:
    try:
        table = pa_json.read_json(
            io.BytesIO(block.content),
            read_options=pa_json.ReadOptions(block_size=2 * BLOCK_BYTES),
            parse_options=pa_json.ParseOptions(explicit_schema=schema),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableError(_fault(block) or f"{block}: {error!s}") from error
    fractions = {field.name for field in table.schema if pa.types.is_floating(field.type)}
    if fractions and _LONG_WHOLE.search(block.content):
        _refuse_rounded(block, fractions)
    return table


def _refuse_rounded(block: _Block, fractions: set[str]) -> None:
    """Refuse whole numbers that are rounded, as those beyond 2^53 may be beside fractions or greater ones."""
    rounded: str | None = None
    for number, line in enumerate(block.content.split(b"\n"), start=block.first):
        found = json.loads(line) if _LONG_WHOLE.search(line) else {}
        for name in fractions & found.keys():
            value = found[name]
            if not isinstance(value, int) or int(float(value)) == value:
                continue
            where, remedy = f"line {number} has in {name!r} a whole number that is", f"write all values of {name!r} in"
            if not _LEAST <= value <= _MOST:
                raise UnreadableError(f"{where} too great to be read: {remedy} quotes")
            rounded = rounded or f"{where} rounded where others have fractions: {remedy} quotes"
    if rounded:
        raise UnreadableError(rounded)


def _fault(block: _Block) -> str | None:
    for number, line in enumerate(block.content.split(b"\n"), start=block.first):
        try:
            found = json.loads(line) if line.strip() else {}
        except ValueError:
            return f"line {number} is no JSON"
        if not isinstance(found, dict):
            return f"line {number} is no JSON object"
    return None
