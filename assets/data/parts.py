"""Rows of a window's parts, put together from the stored versions that an assignment was made over."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.store import Store
from assets.versions.recipe import Address
from assets.versions.version import Version


class LineageError(ValueError):
    """A version that another was made from is no longer in the store."""


def lineage(store: Store, version: Version, name: str) -> tuple[Version, ...]:
    """Return the versions that another was made from, in the order in which it read them.

    Args:
        store: where they lie.
        version: the one that was made.
        name: the input's name.

    Raises:
        LineageError: if one of them was removed.
    """
    found = []
    for entry in version.manifest["inputs"]:
        if entry["name"] != name:
            continue
        address = Address(entry["pipeline"], entry["stage"], entry["partition"])
        source = store.find(address, entry["key"])
        if source is None:
            raise LineageError(
                f"store.{address} is missing: {version.address} was made from its version {entry['key'][:8]}; "
                "materialize it and what follows it again"
            )
        found.append(source)
    return tuple(found)


def window_rows(versions: Iterable[Version], table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of several periods as one table, each with its period in `_period`.

    A column that only some periods hold is null in the others.
    """
    tables = []
    for version in versions:
        rows = version.table(table, columns)
        period = pa.repeat(version.address.partition or "", rows.num_rows)
        tables.append(rows.append_column("_period", period))
    return pa.concat_tables(tables, promote_options="permissive")


def part_rows(
    assignment: pa.Table, part: str, versions: Iterable[Version], table: str, *, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return one part's rows, in the order of the assignment.

    Args:
        assignment: `_period`, `_row`, `_part`, grouped by period in the order of the versions.
        part: train, validation or test.
        versions: of the periods; those without a row of the part are not read.
        table: the table's name; it has `_row`, ascending.
        columns: those to read, as far as a version has them, `_row` among them; all if None.

    Returns:
        The columns and `_period`, one row a line of the assignment's part.
    """
    chosen = assignment.filter(pc.equal(assignment["_part"], part))
    tables = []
    for version in versions:
        period = version.address.partition or ""
        wanted = chosen.filter(pc.equal(chosen["_period"], period))["_row"].to_numpy()
        if len(wanted) == 0:
            continue
        there = version.manifest["files"][f"{table}.parquet"]["schema"]
        rows = version.table(table, None if columns is None else [name for name in columns if name in there])
        known = rows["_row"].to_numpy()
        places = np.searchsorted(known, wanted)
        if places.max() >= len(known) or not np.array_equal(known[places], wanted):
            raise LineageError(
                f"store.{version.address} does not hold the rows that were split: {len(wanted)} wanted; "
                "materialize splits again"
            )
        taken = rows.take(pa.array(places))
        tables.append(taken.append_column("_period", pa.repeat(period, len(wanted))))
    return pa.concat_tables(tables, promote_options="permissive")
