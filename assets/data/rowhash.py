"""Hashes of values and rows that stay the same on every machine, in every order and when columns change their width."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LANES = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03))


def row_hash(rows: pa.Table, *, salt: str = "") -> np.ndarray:
    """128-bit hash of the content of each row.

    Columns are told apart by name, not by place. A number hashes by its value, so that 3 and 3.0 are the same; a null
    adds nothing, so that a new column that is empty for old rows moves none of them.

    Args:
        rows: N rows; not modified.
        salt: another one gives hashes that have nothing to do with these.

    Returns:
        (N, 2) uint64. Different rows share one with probability 2**-128 a pair.
    """
    total = np.zeros((rows.num_rows, 2), dtype=np.uint64)
    for name in rows.column_names:
        values, valid = _value_hash(rows[name])
        spread = mixed(values ^ _of_bytes(f"{salt}\x00{name}".encode()))
        total += np.where(valid[:, None], spread, np.uint64(0))
    return mixed(total)


def uniform(hashes: np.ndarray) -> np.ndarray:
    """(N, 2) hashes as (N,) float64 numbers in [0, 1)."""
    uniforms: np.ndarray = (hashes[:, 0] >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return uniforms


def occurrence(hashes: np.ndarray) -> np.ndarray:
    """(N,) int64: how many rows before this one have the same hash."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ordered = hashes[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    positions = np.arange(len(order))
    counts = np.empty(len(order), dtype=np.int64)
    counts[order] = positions - np.maximum.accumulate(np.where(first, positions, 0))
    return counts


def _value_hash(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) uint64 hashes of the values and (N,) whether they are not null."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0, array.type)
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    kind = array.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _numbers(array.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64())), valid
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _numbers(array), valid
    return _words(array), valid


def _numbers(array: pa.Array) -> np.ndarray:
    if not pa.types.is_floating(array.type):
        integers = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
        return _two_lanes(integers.astype(np.int64).view(np.uint64))
    floats = pc.fill_null(array.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
    whole = (np.floor(floats) == floats) & (np.abs(floats) < 2.0**63)
    bits = np.where(np.isnan(floats), np.float64(np.nan), floats).view(np.uint64)
    integers = np.where(whole, floats, 0.0).astype(np.int64).view(np.uint64)
    # an odd shift keeps the bits of a fraction away from those of small integers
    return _two_lanes(np.where(whole, integers, bits ^ np.uint64(0xA5A5A5A5A5A5A5A5)))


def _two_lanes(bits: np.ndarray) -> np.ndarray:
    return mixed(np.stack([bits ^ lane for lane in _LANES], axis=1))


def _words(array: pa.Array) -> np.ndarray:
    """Text by its bytes, everything else by how Python writes it; each distinct value is hashed once."""
    if pa.types.is_nested(array.type) or pa.types.is_decimal(array.type):
        array = pa.array([None if value is None else repr(value) for value in array.to_pylist()], pa.string())
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    distinct = [value if isinstance(value, bytes) else str(value).encode() for value in array.dictionary.to_pylist()]
    hashes = np.array([_of_bytes(word) for word in distinct], dtype=np.uint64).reshape(-1, 2)
    codes = pc.fill_null(array.indices, len(distinct)).to_numpy(zero_copy_only=False)
    with_null: np.ndarray = np.concatenate([hashes, np.zeros((1, 2), dtype=np.uint64)])
    coded: np.ndarray = with_null[codes]
    return coded


def _of_bytes(word: bytes) -> np.ndarray:
    return np.frombuffer(hashlib.blake2b(word, digest_size=16).digest(), dtype="<u8").astype(np.uint64)


def mixed(bits: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014), a bijection that spreads every bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: np.ndarray = bits ^ (bits >> np.uint64(31))
    return spread
