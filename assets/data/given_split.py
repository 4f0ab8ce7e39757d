"""Parts that a column tells."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.outcome import PARTS, UNDECIDED, Part, SplitError

FILE = "_file"  # the column that tells it where none is named


def by_column(
    rows: pa.Table, column: str, parts: Mapping[Part, Sequence[str]] | None, *, hidden: bool = False
) -> np.ndarray:
    """(N,) int8 parts that the column says, by their names or by the values that `parts` names.

    Raises:
        SplitError: a value makes no part; it is told unless `hidden`.
    """
    values = part_of_each(parts)
    codes = parts_told(rows[column], values)
    unknown = rows[column].filter(pa.array(codes == UNDECIDED))
    if len(unknown):
        others = pc.unique(unknown)
        told = f"holds {len(others)} other values" if hidden else f"is {others.to_pylist()[:5]}"
        raise SplitError(
            f"split.parts leaves rows without a part: {column!r} {told} in {len(unknown)} rows, none of "
            f"{sorted(values)}; name every value in split.parts"
        )
    return codes


def part_of_each(parts: Mapping[Part, Sequence[str]] | None) -> dict[str, Part]:
    """Return the part that each value makes; without `parts` values are the parts' names."""
    return {value: part for part, listed in (parts or {}).items() for value in listed} or {part: part for part in PARTS}


def parts_told(column: pa.Array | pa.ChunkedArray, values: Mapping[str, Part]) -> np.ndarray:
    """(N,) int8 parts that these values make, UNDECIDED where one makes none.

    Raises:
        SplitError: the column can't be read as text, in which `parts` names its values.
    """
    try:
        places = pc.index_in(column.cast(pa.string()), value_set=pa.array(list(values), pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SplitError(
            f"split.column can not tell parts: it holds {column.type}, which is not read as text; derive a column that "
            "names them"
        ) from error
    codes = np.array([*(PARTS.index(part) for part in values.values()), UNDECIDED], np.int8)
    made: np.ndarray = codes[places.fill_null(-1).to_numpy()]
    return made
