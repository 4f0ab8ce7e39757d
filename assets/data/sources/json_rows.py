"""JSON-lines files as batches whose types hold for every row of the file."""

import io
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.json as pa_json

from assets.data.sources.failures import UnreadableError
from assets.data.sources.places import Place
from assets.data.sources.schemas import Part, Rules, unify

# what is read at once; it bounds memory, and the length of a line
BLOCK_BYTES = 8 * 2**20
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|\s+|[^\s{}\[\]:,"]+')
_NUMBER = re.compile(rb"[-0-9.eE+]+")
_LEAST, _MOST = -(2**63), 2**63 - 1
_SIGNED_ZERO = re.compile(rb"(?<![0-9.eE+-])-0(?![0-9.eE])")
_LONG_WHOLE = re.compile(rb"(?<![0-9.eE+])[0-9]{16,300}(?![0-9.eE])")


class RoundedError(UnreadableError):
    """Whole numbers that could be read only if they were rounded.

    Attributes:
        column: in which they stand.
    """

    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class _Block:
    """Whole lines of a file, from line `first` (from 1) on."""

    first: int
    content: bytes

    def __str__(self) -> str:
        return f"its lines from {self.first}"


def schema_of(place: Place, texts: Collection[str] = ()) -> pa.Schema:
    """The columns of one file, in types that hold the values of all rows.

    Args:
        place: the file.
        texts: columns whose numbers are texts, as they are written.

    Raises:
        UnreadableError: a line is no JSON object or too long, or a column changes its type within 8 MiB.
        RoundedError: a whole number beyond 2^53 stands beside fractions, or none of 64 bits holds it.
        SourceError: a column changes its type later.
    """
    schemas: dict[pa.Schema, str] = {}
    vast: dict[str, RoundedError | None] = {}
    for block in _blocks(place):
        table = _table(block, None, texts)
        schemas.setdefault(table.schema, f"{place.address!r}, {block}")
        vast |= {
            name: _rounded(block, {name}) for name in table.column_names if not vast.get(name) and _is_vast(table[name])
        }
    if not schemas:
        raise UnreadableError("it has no line with a JSON object")
    parts = [Part(name, schema) for schema, name in schemas.items()]
    found = unify(parts, Rules(columns="union", named=True))
    for name, error in vast.items():
        if error and pa.types.is_floating(found.field(name).type):
            raise error
    return found


def batches(place: Place, schema: pa.Schema, texts: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
    """The rows of one file; columns of `schema` have its types, others those of their next values.

    Args:
        place: the file.
        schema: of columns that are not among `texts`.
        texts: as of `schema_of`.

    Raises:
        UnreadableError: as `schema_of`.
    """
    for block in _blocks(place):
        yield from _table(block, schema, texts).to_batches()


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


def _table(block: _Block, schema: pa.Schema | None, texts: Collection[str]) -> pa.Table:
    table = _with_texts(block, schema, texts) if texts else _parsed(block, schema)
    fractions = {field.name for field in table.schema if pa.types.is_floating(field.type)}
    if fractions and _LONG_WHOLE.search(block.content) and (error := _rounded(block, fractions)):
        raise error
    return table


def _is_vast(column: pa.ChunkedArray) -> bool:
    """Whether a fraction's type would round one of its whole numbers."""
    return bool(pa.types.is_integer(column.type)) and not _casts(column)


def _casts(column: pa.ChunkedArray) -> bool:
    try:
        column.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _with_texts(block: _Block, schema: pa.Schema | None, texts: Collection[str]) -> pa.Table:
    """The rows with numbers of some columns as texts: as they are written, where reading them would change that."""
    try:
        table = _parsed(block, schema)
    except UnreadableError:
        if _fault(block):
            raise
        return _parsed(_quoted(block, texts), schema)
    kinds = {field.name: field.type for field in table.schema if field.name in texts}
    signed = bool(_SIGNED_ZERO.search(block.content))
    if changed := [
        name for name, kind in kinds.items() if pa.types.is_floating(kind) or (signed and pa.types.is_integer(kind))
    ]:
        table = _parsed(_quoted(block, changed), schema)
    for name, kind in kinds.items():
        if pa.types.is_integer(kind) and name not in changed:
            table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(pa.string()))
    return table


def _quoted(block: _Block, names: Collection[str]) -> _Block:
    """The lines with the numbers of some columns in quotes, but for those within their values."""
    return _Block(block.first, b"\n".join(_line_quoted(line, names) for line in block.content.split(b"\n")))


def _line_quoted(line: bytes, names: Collection[str]) -> bytes:
    depth, last, key = 0, b"", ""
    parts: list[bytes] = []
    for token in _TOKENS.findall(line):
        if token == b":" and depth == 1:
            key = json.loads(last)
        elif depth == 1 and last == b":" and key in names and _NUMBER.fullmatch(token):
            parts += [b'"', token, b'"']
            last = token
            continue
        depth += (token in {b"{", b"["}) - (token in {b"}", b"]"})
        parts.append(token)
        last = last if token.isspace() else token
    return b"".join(parts)


def _parsed(block: _Block, schema: pa.Schema | None) -> pa.Table:
    try:
        return pa_json.read_json(
            io.BytesIO(block.content),
            read_options=pa_json.ReadOptions(block_size=2 * BLOCK_BYTES),
            parse_options=pa_json.ParseOptions(explicit_schema=schema),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableError(_fault(block) or f"{block}: {error!s}") from error


def _rounded(block: _Block, fractions: set[str]) -> RoundedError | None:
    """What is wrong with whole numbers that are rounded: those beyond 2^53 may be, beside fractions or greater ones."""
    rounded: RoundedError | None = None
    for number, line in enumerate(block.content.split(b"\n"), start=block.first):
        found = json.loads(line) if _LONG_WHOLE.search(line) else {}
        for name in fractions & found.keys():
            value = found[name]
            if not isinstance(value, int) or int(float(value)) == value:
                continue
            where = f"line {number} has in {name!r} a whole number that is"
            remedy = f"write all values of {name!r} in quotes, or declare it text under source.types"
            if not _LEAST <= value <= _MOST:
                return RoundedError(f"{where} too great to be read: {remedy}", name)
            rounded = rounded or RoundedError(f"{where} rounded where others have fractions: {remedy}", name)
    return rounded


def _fault(block: _Block) -> str | None:
    for number, line in enumerate(block.content.split(b"\n"), start=block.first):
        try:
            found = json.loads(line) if line.strip() else {}
        except ValueError:
            return f"line {number} is no JSON"
        if not isinstance(found, dict):
            return f"line {number} is no JSON object"
    return None
