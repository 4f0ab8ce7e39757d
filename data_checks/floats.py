"""Numbers as floats."""

import pyarrow as pa


def as_floats(numbers: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return numbers as float64, each as the nearest there is; nulls stay.

    Arrow's own cast of decimals multiplies by a power of ten, and gives another float than 1.39 for 1.39, as for one
    price in seven: through text they are read as a number in a file is.

    >>> as_floats(pa.array(["1.39"], pa.string()).cast(pa.decimal128(9, 2))).to_pylist()
    [1.39]
    """
    if pa.types.is_decimal(numbers.type):
        return numbers.cast(pa.string()).cast(pa.float64())
    return numbers.cast(pa.float64(), safe=False)
