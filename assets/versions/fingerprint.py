"""The content identity of a table, whatever its chunks, offsets, dictionaries, and garbage under its nulls."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class UnsupportedTypeError(ValueError):
    """A column type whose content has no identity here."""


class Fingerprint:
    """The digest of a table that comes in batches: column names, types, order, null positions and values.

    Two tables have one digest exactly if they hold the same logical rows in the same order. Dictionary columns count as
    what they decode to, `large_string` and `string_view` as `string`, every NaN as one; 0.0 and -0.0 differ.

    Args:
        schema: of every batch to come.

    Raises:
        UnsupportedTypeError: for a type that has no content identity here.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._names = list(schema.names)
        self._columns = [_column(field) for field in schema]

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next rows; the batch is not modified."""
        for column, values in zip(self._columns, batch.columns, strict=True):
            column.update(values)

    def digest(self) -> str:
        """Digest (64 hex) of all rows so far."""
        whole = hashlib.sha256(b"table 1")
        for name, column in zip(self._names, self._columns, strict=True):
            _framed(whole, name.encode())
            _framed(whole, column.digest().encode())
        return whole.hexdigest()


def fingerprint(rows: pa.Table | pa.RecordBatch | Iterable[pa.RecordBatch], schema: pa.Schema | None = None) -> str:
    """Give the content identity (64 hex) of rows.

    Args:
        rows: a table, a batch, or batches of one schema.
        schema: needed only for batches of which there may be none.

    >>> whole = pa.table({"a": [1, 2, None]})
    >>> fingerprint(whole) == fingerprint(pa.concat_tables([whole.slice(0, 1), whole.slice(1)]))
    True
    """
    if isinstance(rows, pa.Table):
        rows, schema = rows.to_batches(), rows.schema
    elif isinstance(rows, pa.RecordBatch):
        rows = [rows]
    running = Fingerprint(schema) if schema is not None else None
    for batch in rows:
        running = running or Fingerprint(batch.schema)
        running.update(batch)
    if running is None:
        raise ValueError("fingerprint.rows holds no batch: 0 batches have no schema; give the schema")
    return running.digest()


def _column(field: pa.Field) -> "_Column":
    try:
        return _Column(field.type)
    except UnsupportedTypeError as error:
        raise UnsupportedTypeError(
            f"store.table holds a column that no version can keep: '{field.name}', {error}; cast it before"
        ) from None


class _Column:
    """Three streams that do not know of chunks: where the nulls are, how long the values are, what they hold."""

    def __init__(self, kind: pa.DataType) -> None:
        self._type = _logical(kind)
        self._rows = 0
        self._nulls = hashlib.sha256()
        self._lengths = hashlib.sha256()
        self._values = hashlib.sha256()
        self._children = [_Column(child) for child in _children(self._type)]

    def update(self, values: pa.Array) -> None:
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        if values.type != self._type:
            values = values.cast(self._type)
        if values.null_count:
            missing = np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))
            self._nulls.update((missing + self._rows).astype("<i8").tobytes())
        self._rows += len(values)
        self._take(values.drop_null() if values.null_count else values)

    def _take(self, present: pa.Array) -> None:
        kind = self._type
        if pa.types.is_struct(kind):
            for position, child in enumerate(self._children):
                child.update(present.field(position))
        elif pa.types.is_large_list(kind):
            self._lengths.update(_buffer(pc.list_value_length(present)))
            self._children[0].update(present.flatten())
        elif pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
            self._lengths.update(_buffer(pc.binary_length(present)))
            self._values.update(_text(present))
        elif pa.types.is_boolean(kind):
            self._values.update(_buffer(present.cast(pa.uint8())))
        elif pa.types.is_floating(kind):
            self._values.update(_one_nan(present))
        elif not pa.types.is_null(kind):
            self._values.update(_buffer(present))

    def digest(self) -> str:
        whole = hashlib.sha256()
        _framed(whole, str(self._type).encode())
        _framed(whole, str(self._rows).encode())
        for stream in (self._nulls, self._lengths, self._values):
            whole.update(stream.digest())
        for child in self._children:
            whole.update(child.digest().encode())
        return whole.hexdigest()


def _logical(kind: pa.DataType) -> pa.DataType:
    """The one type that stands for all that hold the same values: wide offsets, no dictionary, plain lists."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        stands = _logical(kind.storage_type)
    elif types.is_dictionary(kind):
        stands = _logical(kind.value_type)
    elif types.is_string(kind) or types.is_string_view(kind):
        stands = pa.large_string()
    elif types.is_binary(kind) or types.is_binary_view(kind):
        stands = pa.large_binary()
    elif types.is_map(kind):
        stands = pa.large_list(pa.struct([("key", _logical(kind.key_type)), ("value", _logical(kind.item_type))]))
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        stands = pa.large_list(_logical(kind.value_type))
    elif types.is_struct(kind):
        stands = pa.struct([(child.name, _logical(child.type)) for child in map(kind.field, range(kind.num_fields))])
    elif types.is_nested(kind) or types.is_run_end_encoded(kind):
        raise UnsupportedTypeError(f"its type {kind} is not a plain, text, list, map or struct type")
    else:
        stands = kind
    return stands


def _children(kind: pa.DataType) -> list[pa.DataType]:
    if pa.types.is_struct(kind):
        return [kind.field(position).type for position in range(kind.num_fields)]
    return [kind.value_type] if pa.types.is_large_list(kind) else []


def _buffer(values: pa.Array) -> memoryview:
    """The bytes of a fixed-width array without nulls, for exactly its own rows."""
    width = values.type.bit_width // 8
    content = memoryview(values.buffers()[1] or b"")
    return content[values.offset * width : (values.offset + len(values)) * width]


def _text(values: pa.Array) -> memoryview:
    """The bytes of a large string or binary array without nulls, for exactly its own rows."""
    _, ends, content = values.buffers()
    if not len(values) or content is None:
        return memoryview(b"")
    ends = np.frombuffer(ends, dtype=np.int64)
    return memoryview(content)[ends[values.offset] : ends[values.offset + len(values)]]


def _one_nan(values: pa.Array) -> bytes | memoryview:
    numbers = values.to_numpy(zero_copy_only=False)
    unknown = np.isnan(numbers)
    if not unknown.any():
        return _buffer(values)
    same: np.ndarray = np.where(unknown, numbers.dtype.type(np.nan), numbers)
    return same.tobytes()


def _framed(whole: "hashlib._Hash", part: bytes) -> None:
    whole.update(len(part).to_bytes(8, "little"))
    whole.update(part)
