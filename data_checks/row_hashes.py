"""Which rows of a table are equal: numbers for values and for whole rows."""

import numpy as np
import pyarrow as pa


def row_hashes(rows: pa.Table) -> np.ndarray:
    """Number rows so that equal rows of one table get equal numbers, nulls being equal to each other.

    Args:
        rows: any table; not modified.

    Returns:
        (N,) uint64, comparable within this table only.
    """
    hashes = np.full(rows.num_rows, 0x9E3779B97F4A7C15, np.uint64)
    for column in rows.columns:
        hashes = scattered(hashes ^ scattered((value_codes(column) + 2).astype(np.uint64)))
    return hashes


def value_codes(column: pa.ChunkedArray) -> np.ndarray:
    """Number the distinct values of a column from 0 in the order of their coming, missing ones -1.

    Args:
        column: (N,) of any type, lists and structs by their text; not modified.

    Returns:
        (N,) int64.
    """
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    if pa.types.is_nested(plain.type):
        plain = pa.chunked_array([[None if value is None else repr(value) for value in plain.to_pylist()]], pa.string())
    encoded = plain.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def scattered(values: np.ndarray) -> np.ndarray:
    """Scatter 64-bit numbers (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), np.uint64)
