"""Which rows repeat an earlier one, found in bounded memory: suspects by a cheap hash, then proof by a strong one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.rowhash import mixed, occurrence, row_hash
from assets.data.spill import Spill

Read = Callable[[Sequence[str] | None], Iterable[pa.RecordBatch]]

_TRIED = 8192
_NOTHING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Repeated:
    """The rows that equal an earlier one in all source columns.

    Attributes:
        rows: how many rows there are.
        count: how many of them repeat another.
        first: the place of the first that does; None where none does.
    """

    rows: int
    count: int
    first: int | None
    _bits: np.ndarray

    def among(self, start: int, count: int) -> np.ndarray:
        """(count,) which of the rows from place `start` on repeat an earlier one."""
        return _bits_of(self._bits, start, count)


def repeats(read: Read) -> Repeated:
    """Find the rows that repeat an earlier one; columns that begin with `_` make no difference.

    Equal rows have equal hashes of any columns, so a first pass reads only as many columns as tell the first rows
    apart, and a second one, over all columns, only looks at rows that are not told apart by these: memory is one bit a
    row, and one batch. Numbers are equal by value, NaN equals NaN, and a null equals a null.

    Args:
        read: begins anew with every call: batches of the rows, of all columns or those that are named.
    """
    with Spill(2) as weak:
        columns, rows = None, 0
        for batch in _chosen(read):
            columns = batch.schema.names
            places = np.arange(rows, rows + len(batch), dtype=np.uint64)
            weak.add(np.stack([_weak(batch, columns), places], axis=1))
            rows += len(batch)
        suspects = np.zeros(rows // 8 + 1, dtype=np.uint8)
        if not sum(_mark(suspects, _alike(part)) for part in weak.parts()):
            return Repeated(rows, 0, None, suspects)
    return _proven(read, rows, suspects)


def _proven(read: Read, rows: int, suspects: np.ndarray) -> Repeated:
    found, start = np.zeros_like(suspects), 0
    with Spill(3) as strong:
        for batch in read(None):
            suspect = np.flatnonzero(_bits_of(suspects, start, len(batch)))
            if len(suspect):
                hashes = row_hash(_exact(batch.take(pa.array(suspect))))
                strong.add(np.column_stack([hashes, (suspect + start).astype(np.uint64)]))
            start += len(batch)
        first, count = rows, 0
        for part in strong.parts():
            places = part[occurrence(part[:, :2]) > 0, 2].astype(np.int64)
            count += _mark(found, places)
            first = min(first, int(places.min(initial=rows)))
    return Repeated(rows, count, first if count else None, found)


def _chosen(read: Read) -> Iterator[pa.RecordBatch]:
    """Batches of the fewest columns that tell the first rows apart as well as all columns do."""
    first = next(iter(read(None)), None)
    if first is None:
        return
    first = first.slice(0, _TRIED)
    own = [name for name in first.schema.names if not name.startswith("_")]
    apart = {name: len(np.unique(_weak(first, [name]))) for name in own}
    ranked = sorted(own, key=lambda name: (_is_costly(first.schema.field(name).type), -apart[name]))
    all_apart = len(np.unique(_weak(first, own)))
    needed = next((n for n in range(1, len(own)) if len(np.unique(_weak(first, ranked[:n]))) == all_apart), len(own))
    yield from read(ranked[:needed])


def _is_costly(kind: pa.DataType) -> bool:
    return not pa.types.is_primitive(kind)


def _weak(batch: pa.RecordBatch, columns: Sequence[str]) -> np.ndarray:
    """(N,) uint64: equal for equal rows, and seldom for others."""
    total = np.zeros(len(batch), dtype=np.uint64)
    for name in columns:
        total = mixed(total ^ _bits(batch.column(name)))
    return total


def _bits(values: pa.Array) -> np.ndarray:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _bits(values.dictionary_decode())
    if pa.types.is_temporal(kind):
        return _bits(_number(values))
    if pa.types.is_boolean(kind):
        return _bits(values.cast(pa.uint8()))
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        bits = _ends(values)
    elif pa.types.is_floating(kind):
        floats = pc.fill_null(values.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False) + 0.0  # -0.0 equals 0.0
        bits = np.where(np.isnan(floats), np.float64(np.nan), floats).view(np.uint64)
    elif pa.types.is_integer(kind):
        bits = pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64)
    else:
        bits = np.zeros(len(values), dtype=np.uint64)
    if values.null_count:
        bits = np.where(values.is_null().to_numpy(zero_copy_only=False), _NOTHING, bits)
    return bits


def _number(values: pa.Array) -> pa.Array:
    """Points and spans of time as the integers that they are, in the unit that they have."""
    return values.cast(pa.int64() if values.type.bit_width == 64 else pa.int32())


def _ends(values: pa.Array) -> np.ndarray:
    """(N,) uint64 of the length and the first and last eight bytes of texts."""
    _, ends, content = values.buffers()
    places = np.frombuffer(ends, dtype=np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    base, stop = (int(places[0]), int(places[-1])) if len(places) else (0, 0)
    padded = np.zeros(stop - base + 16, dtype=np.uint8)
    if content is not None:
        padded[8 : stop - base + 8] = np.frombuffer(content, dtype=np.uint8)[base:stop]
    eight = np.ndarray(shape=(len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    length = np.diff(places)
    cut = (np.uint64(8) * (8 - np.minimum(length, 8)).astype(np.uint64)) % np.uint64(64)
    head = np.where(length > 0, eight[places[:-1] - base + 8] << cut, 0)
    tail = np.where(length > 0, eight[places[1:] - base] >> cut, 0)
    return mixed(mixed(head.astype(np.uint64)) ^ tail.astype(np.uint64)) ^ length.astype(np.uint64)


def _exact(batch: pa.RecordBatch) -> pa.Table:
    """The source's columns, points of time in their own unit: a row hash counts microseconds."""
    own = [name for name in batch.schema.names if not name.startswith("_")]
    columns = [batch.column(name) for name in own]
    return pa.table([_number(c) if pa.types.is_temporal(c.type) else c for c in columns], names=own)


def _alike(part: np.ndarray) -> np.ndarray:
    """The places of the rows whose hash another row has too."""
    ordered = np.sort(part[:, 0])
    shared = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return part[np.isin(part[:, 0], shared), 1].astype(np.int64) if len(shared) else np.empty(0, np.int64)


def _mark(bits: np.ndarray, places: np.ndarray) -> int:
    np.bitwise_or.at(bits, places >> 3, (1 << (places & 7)).astype(np.uint8))
    return len(places)


def _bits_of(bits: np.ndarray, start: int, count: int) -> np.ndarray:
    touched = bits[start >> 3 : (start + count + 7) >> 3]
    return np.unpackbits(touched, bitorder="little")[start & 7 :][:count].astype(bool)
