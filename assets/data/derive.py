"""A pipeline's own function that adds columns to its rows."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import pyarrow as pa
from pydantic import Field

from assets.settings import Section

Derive = Callable[[pa.Table], pa.Table]


class DeriveError(ValueError):
    """A derive function that cannot be found, or does more or less than adding columns."""


class Derivation(Section):
    """The function that derives columns row by row; nothing in it may be fitted."""

    use: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """`module:function`; it takes the source's rows as a pyarrow table and returns them with columns appended."""

    def function(self) -> Derive:
        """The function as it was written, for packing its module.

        Raises:
            DeriveError: the module or the function is not there.
        """
        module_name, _, name = self.use.partition(":")
        try:
            function: Derive = getattr(import_module(module_name), name)
        except (ImportError, AttributeError) as error:
            raise DeriveError(
                f"derive.use names a function that is not there: {self.use!r} says {error}; mend the name"
            ) from error
        return function

    def load(self) -> Derive:
        """The function, guarded: its result keeps the rows' number, and the columns that it was given.

        Raises:
            DeriveError: the module or the function is not there.
        """
        function = self.function()

        def derive(rows: pa.Table) -> pa.Table:
            return _checked(rows, _called(function, rows, self.use), self.use)

        return derive


def _called(function: Derive, rows: pa.Table, use: str) -> pa.Table:
    try:
        return function(rows)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise DeriveError(
            f"derive.use fails on the rows: {use!r} raised {type(error).__name__}: {error}, with the columns "
            f"{rows.column_names}; mend the function or the source"
        ) from error


def _checked(rows: pa.Table, derived: object, use: str) -> pa.Table:
    if not isinstance(derived, pa.Table):
        raise DeriveError(
            f"derive.use returns no table: {use!r} gave a {type(derived).__name__}; return a pyarrow table"
        )
    if derived.num_rows != rows.num_rows:
        raise DeriveError(
            f"derive.use changes the number of rows: {use!r} took {rows.num_rows} and gave {derived.num_rows}; "
            "leave dropping rows to the contract"
        )
    if (
        derived.column_names[: rows.num_columns] != rows.column_names
        or derived.schema.types[: rows.num_columns] != rows.schema.types
        or not all(_same(before, after) for before, after in zip(rows.columns, derived.columns, strict=False))
    ):
        raise DeriveError(f"derive.use changes source columns: {use!r} may only append; give the result a new name")
    ours = [name for name in derived.column_names[rows.num_columns :] if name.startswith("_")]
    if ours or len(set(derived.column_names)) != derived.num_columns:
        raise DeriveError(
            f"derive.use appends columns of reserved or repeated names: {ours or derived.column_names}; rename them"
        )
    return derived


def _same(before: pa.ChunkedArray, after: pa.ChunkedArray) -> bool:
    if before.equals(after) or not pa.types.is_floating(before.type):
        return bool(before.equals(after))
    return before.null_count == after.null_count and np.array_equal(before.to_numpy(), after.to_numpy(), equal_nan=True)
