"""The stage `keys`: hashes of a period's keys, kept beside its clean rows, so that later periods can look them up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.rowhash import row_hash
from assets.declaration import Declaration
from assets.execution import carry_out, stands
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import Inputs, Made, Stage, Work
from data_checks.verdict import Json

HASHES = "hashes"


class Keys(Stage):
    """Clean rows to the sorted hashes of their keys, 8 bytes a row; rows with an incomplete key have none.

    It is no asset of its own: the check `unique_across_periods` of `clean` makes it where it is missing.
    """

    name = "keys"
    group = "data"
    kinds = frozenset({"parquet"})
    follows = ("clean",)
    regardless = frozenset({"clean"})  # it serves the judgement of these rows

    def __init__(self, clean: Version, columns: Sequence[str]) -> None:
        self._clean = clean
        self._columns = tuple(columns)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        return {"columns": list[Json](self._columns)}

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        return ("assets.data.rowhash", type(self).__module__)

    def inputs(self, work: Work) -> Inputs:
        """Return the clean rows that it was made for."""
        return {"clean": (self._clean,)}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Hash the keys batch by batch."""
        found = [hashed for _, hashed in _keyed(self._clean, self._columns)]
        hashes = np.sort(np.concatenate(found)) if found else np.empty(0, np.uint64)
        draft.write_array(HASHES, hashes)
        return Made({"keys": len(hashes)})


@dataclass(frozen=True)
class Repeats:
    """Rows of a period whose key stands in an earlier one too.

    Attributes:
        rows: the key's columns and `_row` of such rows.
        earlier: the same of the rows there.
    """

    rows: pa.Table
    earlier: pa.Table


def keys_of(work: Work, clean: Version, columns: Sequence[str]) -> Version:
    """Return the stored key hashes of a clean version of any period, made now if they are not there."""
    periods, partition = work.declaration.partitions, clean.address.partition
    there = replace(work, period=periods.period(partition) if periods and partition else None)
    stage = Keys(clean, columns)
    return there.current(stage.name) if stands(stage, there) else carry_out(stage, there).version


def repeats(work: Work, clean: Version, earlier: Version, columns: Sequence[str]) -> Repeats | None:
    """Find the rows of a period whose key stands in an earlier one; None if there are none.

    The hashes of both periods are all that is held in memory; where two meet, the keys themselves are compared.
    """
    mine, theirs = (keys_of(work, version, columns).array(HASHES) for version in (clean, earlier))
    hits = np.unique(mine[_held(mine, theirs)])
    if not len(hits):
        return None
    rows, there = (_rows_of(version, columns, hits) for version in (clean, earlier))
    same = _same_type(there, rows.schema)
    found = rows.join(same.select(columns), keys=list(columns), join_type="left semi").sort_by("_row")
    met = same.join(rows.select(columns), keys=list(columns), join_type="left semi").sort_by("_row")
    return Repeats(found, met) if found.num_rows else None


def _held(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(N,) whether each of N sorted hashes is among M sorted others; `np.isin` would sort both again."""
    last = np.searchsorted(theirs, mine, side="right") - 1
    held: np.ndarray = (last >= 0) & (theirs[last] == mine) if len(theirs) else np.zeros(len(mine), bool)
    return held


def _keyed(clean: Version, columns: Sequence[str]) -> Iterator[tuple[pa.Table, np.ndarray]]:
    """Yield rows with a whole key, as `_row` and the key's columns, and the hash of each key."""
    for batch in clean.batches("rows", ["_row", *columns]):
        rows = pa.Table.from_batches([batch])
        for name in columns:
            rows = rows.filter(pc.is_valid(rows[name]))
        yield rows, row_hash(rows.select(columns))[:, 0]


def _rows_of(clean: Version, columns: Sequence[str], hits: np.ndarray) -> pa.Table:
    return pa.concat_tables([rows.filter(pa.array(np.isin(hashed, hits))) for rows, hashed in _keyed(clean, columns)])


def _same_type(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows in another period's types; equal hashes of what can't be read so are no equal keys."""
    try:
        return rows.cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return schema.empty_table()
