"""A profile, and the counts of a window in its bins, from counts on the grid instead of rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.cells import BITS, cells_of, coarser, tops_of
from data_checks.grid import merge
from data_checks.grid_cells import LEAST_BITS
from data_checks.profile import MOST_CHUNKS, QUANTILES, TOP, ColumnProfile, Kind, Profile, coarsened, uncounted

_CAN_BE: Mapping[Kind, frozenset[str]] = {
    "number": frozenset({"number", "whole"}),
    "category": frozenset({"whole", "text"}),
    "time": frozenset({"time"}),
}


def profile_of(
    parts: Sequence[pa.Table], columns: Mapping[str, Kind], *, most: int = 40, least_rows: int = 100
) -> Profile:
    """Make a reference of the counts of periods, each slice a chunk or, where there are too many, some of them.

    Args:
        parts: the counts of the periods, in their order; not modified.
        columns: which columns to keep, and as what.
        most: how many chunks to keep at most.
        least_rows: how many rows a chunk has, on average.

    Returns:
        The profile of the columns that every period counted as what they are asked to be. Edges of numbers lie at the
        tops of cells, so that rows counted in its bins and counts of rows brought into them are equal.
    """
    held = {name: kind for name, kind in columns.items() if parts and all(_can_be(part, name, kind) for part in parts)}
    wanted = pa.array(list(held), pa.string())
    slices = max((_slices(part) for part in parts), default=0)
    merged = merge([part.filter(pc.is_in(part["column"], wanted)) for part in parts], apart=slices)
    made = {}
    for name, kind in held.items():
        lines = _lines(merged, name)
        bins = _bins_of(lines, kind)
        counts = _counted(bins, lines, len(parts) * slices)
        counts = counts[counts.sum(axis=1) > 0]
        chunks = max(1, min(most, MOST_CHUNKS, int(counts.sum()) // least_rows))
        made[name] = ColumnProfile(kind, bins.edges, bins.values, coarsened(counts, chunks))
    return Profile(made)


def counts_in(bins: Profile, counts: pa.Table) -> Profile:
    """Bring the counts of a window into the bins of a profile.

    Args:
        bins: a profile; not modified.
        counts: of the window; not modified.

    Returns:
        What `profile.count` says of the same rows, of the columns that the grid can tell it of: those counted as what
        they are asked to be, fractions only in bins that end with cells.
    """
    found = {}
    for name, column in bins.columns.items():
        lines = _lines(counts, name)
        if _can_be(counts, name, column.kind) and _fits(column, lines):
            whole = _counted(column, lines, _slices(lines)).sum(axis=0, keepdims=True)
            found[name] = ColumnProfile(column.kind, column.edges, column.values, whole)
    return Profile(found)


def _slices(counts: pa.Table) -> int:
    return 1 + int(pc.max(counts["slice"]).as_py() or 0)


def _fits(column: ColumnProfile, lines: pa.Table) -> bool:
    """Whether no bin ends within what is counted together."""
    if column.kind != "number" or lines["holds"][0].as_py() == "whole":
        return True
    return np.array_equal(tops_of(coarser(cells_of(column.edges), lines["bits"][0].as_py())), column.edges)


def _lines(counts: pa.Table, name: str) -> pa.Table:
    return counts.filter(pc.equal(counts["column"], name))


def _can_be(counts: pa.Table, name: str, kind: Kind) -> bool:
    held = set(pc.unique(_lines(counts, name)["holds"]).to_pylist())
    return bool(held) and held <= _CAN_BE[kind]


def _bins_of(lines: pa.Table, kind: Kind) -> ColumnProfile:
    """Choose bins as `profile` does from rows: quantiles of the cells, or the commonest values."""
    return uncounted(
        kind, _edges(lines) if kind == "number" else np.empty(0), _commonest(lines) if kind == "category" else ()
    )


def _commonest(lines: pa.Table) -> tuple[str, ...]:
    summed = lines.filter(pc.is_valid(lines["value"])).group_by("value").aggregate([("count", "sum")])
    found = sorted((-line["count_sum"], line["value"]) for line in summed.to_pylist())
    return tuple(value for _, value in found[:TOP])


def _edges(lines: pa.Table) -> np.ndarray:
    """Return quantiles; where cells lost bits, of cells of one bit less, so that a window's may lose one more."""
    seen = lines.filter(pc.is_valid(lines["cell"]))
    if not seen.num_rows:
        return np.empty(0)
    bits = seen["bits"][0].as_py()
    bits = bits if bits in {BITS, LEAST_BITS} else bits - 1
    whole = seen["holds"][0].as_py() == "whole"
    each = _tops(seen) if whole else tops_of(coarser(seen["cell"].to_numpy(), bits))
    tops, where = np.unique(each, return_inverse=True)
    totals = np.zeros(len(tops), np.int64)
    np.add.at(totals, where, seen["count"].to_numpy())
    running = np.cumsum(totals)
    ranks = -(-np.arange(1, QUANTILES) * running[-1] // QUANTILES)
    inner = tops[np.searchsorted(running, ranks)]
    return np.unique([_below(tops[0], None if whole else bits), *inner, tops[-1]])


def _below(top: float, bits: int | None) -> float:
    """Return the greatest number below a cell of so many bits that ends with this one, or below this one alone."""
    if bits is None:
        return float(np.nextafter(top, -np.inf))
    wide = 1 << (BITS - bits)
    return float(tops_of(np.maximum(cells_of(np.array([top])) - wide, cells_of(np.array([-np.inf]))))[0])


def _tops(lines: pa.Table) -> np.ndarray:
    """(N,) float64, the number itself of each line, or the greatest of its cell."""
    if lines["holds"][0].as_py() == "whole":
        said = {"true": 1.0, "false": 0.0, None: 0.0}
        return np.array([said[value] if value in said else float(value) for value in lines["value"].to_pylist()])
    return tops_of(lines["cell"].fill_null(0).to_numpy())


def _counted(bins: ColumnProfile, lines: pa.Table, slices: int) -> np.ndarray:
    """(slices, bins + 1) counts."""
    null = bins.counts.shape[1] - 1
    missing = pc.and_(pc.is_null(lines["cell"]), pc.is_null(lines["value"])).to_numpy()
    if bins.kind == "category":
        places = pc.index_in(lines["value"], pa.array(bins.values, pa.string()))
        codes = places.fill_null(len(bins.values)).to_numpy()
    else:
        codes = lines["cell"].fill_null(0).to_numpy().astype(np.int64)
        if bins.kind == "number":
            codes = np.searchsorted(bins.edges, _tops(lines))
    counts = np.zeros((slices, null + 1), np.int64)
    np.add.at(counts, (lines["slice"].to_numpy(), np.where(missing, null, codes)), lines["count"].to_numpy())
    return counts
