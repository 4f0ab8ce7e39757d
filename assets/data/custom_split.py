"""A pipeline's own division of its rows."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.known import check_columns
from assets.data.outcome import PARTS, SET_ASIDE
from data_checks.named_function import NamedFunction


def by_function(rows: pa.Table, use: str, columns: Sequence[str] | None, *, hidden: bool = False) -> np.ndarray:
    """(N,) int8 outcomes that a function gives.

    The law of the function: it takes the rows of the window as a table and returns, in their order, `train`,
    `validation`, `test` or None (the row is left out) for each; the same for the same rows each time; and a row's part
    should depend on that row alone, or it moves when data grow.

    Args:
        rows: clean rows, `_period` where partitioned; not modified.
        use: `module:function`.
        columns: those that the function is given; None for all, and `_period`.
        hidden: whether a row may hold what nobody may see; what the function raises is then not repeated.

    Raises:
        SplitError: a column is not there.
        FunctionError: the function is not there, fails, or breaks its law.
    """
    check_columns(rows, *(columns or ()), setting="split.columns")
    seen = rows.select(columns) if columns else rows.drop_columns(["_row"])
    function = NamedFunction(use, "split.use", hidden=hidden)
    names = _names(function, seen)
    if not names.equals(_names(function, seen)):
        raise function.refused(
            f"is not deterministic: {use!r} gave other parts for the same {len(names)} rows",
            "draw by a hash of a column, not at random",
        )
    codes = pc.fill_null(pc.index_in(names, value_set=pa.array(PARTS)), SET_ASIDE)
    outcomes: np.ndarray = codes.to_numpy().astype(np.int8)
    return outcomes


def _names(function: NamedFunction, rows: pa.Table) -> pa.Array:
    given = function(rows)
    try:
        names = pa.array(given, pa.string()) if not isinstance(given, pa.ChunkedArray) else given.combine_chunks()
        names = names.cast(pa.string())
    except (TypeError, ValueError) as error:
        said = "" if function.hidden else f", {error}"
        raise function.refused(
            f"returns no parts: {function.use!r} gave a {type(given).__name__}{said}",
            f"return one of {', '.join(PARTS)} or None for each row",
        ) from (None if function.hidden else error)
    if len(names) != rows.num_rows:
        raise function.refused(
            f"returns too few or too many parts: {function.use!r} took {rows.num_rows} rows and gave {len(names)}",
            "return one for each row, None to leave it out",
        )
    unknown = sorted(set(pc.unique(names).to_pylist()) - {*PARTS, None})
    if unknown:
        told = f"{len(unknown)} other names" if function.hidden else unknown[:5]
        raise function.refused(
            f"returns parts that are none: {function.use!r} gave {told}",
            f"return {', '.join(PARTS)} or None",
        )
    return names
