"""A pipeline's own function that adds columns to its rows."""

from collections.abc import Callable
from typing import cast

import numpy as np
import pyarrow as pa

from assets.settings import Section
from data_checks.named_function import FunctionError, NamedFunction, Use

Derive = Callable[[pa.Table], pa.Table]


class Derivation(Section):
    """The function that derives columns row by row; nothing in it may be fitted."""

    use: Use
    """`module:function`; it takes the source's rows as a pyarrow table and returns them with columns appended."""

    def function(self) -> Derive:
        """The function as it was written, for packing its module.

        Raises:
            FunctionError: the module or the function is not there.
        """
        return cast("Derive", NamedFunction(self.use, "derive.use").function())

    def load(self, *, hidden: bool = False) -> Derive:
        """The function, guarded: its result keeps the rows' number, and the columns that it was given.

        Args:
            hidden: whether a row may hold what nobody may see; what the function raises is then not repeated.

        Raises:
            FunctionError: the module or the function is not there.
        """
        self.function()
        named = NamedFunction(self.use, "derive.use", hidden=hidden)
        return lambda rows: _checked(rows, named(rows), self.use)


def _checked(rows: pa.Table, derived: object, use: str) -> pa.Table:
    if not isinstance(derived, pa.Table):
        raise FunctionError(
            f"derive.use returns no table: {use!r} gave a {type(derived).__name__}; return a pyarrow table"
        )
    if derived.num_rows != rows.num_rows:
        raise FunctionError(
            f"derive.use changes the number of rows: {use!r} took {rows.num_rows} and gave {derived.num_rows}; "
            "leave dropping rows to the contract"
        )
    if (
        derived.column_names[: rows.num_columns] != rows.column_names
        or derived.schema.types[: rows.num_columns] != rows.schema.types
        or not all(_same(before, after) for before, after in zip(rows.columns, derived.columns, strict=False))
    ):
        raise FunctionError(f"derive.use changes source columns: {use!r} may only append; give the result a new name")
    ours = [name for name in derived.column_names[rows.num_columns :] if name.startswith("_")]
    if ours or len(set(derived.column_names)) != derived.num_columns:
        raise FunctionError(
            f"derive.use appends columns of reserved or repeated names: {ours or derived.column_names}; rename them"
        )
    return derived


def _same(before: pa.ChunkedArray, after: pa.ChunkedArray) -> bool:
    if before.equals(after) or not pa.types.is_floating(before.type):
        return bool(before.equals(after))
    return before.null_count == after.null_count and np.array_equal(before.to_numpy(), after.to_numpy(), equal_nan=True)
