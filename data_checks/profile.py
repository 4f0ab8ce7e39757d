"""The rows a model was made of, remembered as counts: small, mergeable, without a single row."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.cells import HOURS_OF_A_WEEK, hours_of_week
from data_checks.floats import as_floats
from data_checks.verdict import Json

Kind = Literal["number", "category", "time"]

MOST_CHUNKS = 100
QUANTILES = 512
TOP = 100


class ProfileError(ValueError):
    """Rows can't be counted by a profile: a column is not there or of another type."""


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """The counts of one column.

    Attributes:
        kind: `number` is counted between quantile edges, `category` by its commonest values and the rest, `time` by
            hour of the week, since the moment itself moves on always.
        edges: (E,) float64 ascending, of a number; a value is in bin i if `edges[i-1] < value <= edges[i]`.
        values: the commonest values of a category, most frequent first, as text.
        counts: (chunks, bins + 1) int64; the last bin before the nulls takes what the reference did not have.
    """

    kind: Kind
    edges: np.ndarray
    values: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class Profile:
    """The counts of a table, column by column, in the same time chunks."""

    columns: Mapping[str, ColumnProfile]

    @property
    def chunks(self) -> int:
        """How many chunks the rows were cut into."""
        return max((len(column.counts) for column in self.columns.values()), default=0)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return max((int(column.counts.sum()) for column in self.columns.values()), default=0)

    def to_json(self) -> dict[str, Json]:
        """Return the profile as plain JSON, with arrays packed as compressed text."""
        return {
            name: {
                "kind": column.kind,
                "edges": _packed(column.edges.astype("<f8")),
                "values": [*column.values],
                "counts": _packed(column.counts.astype("<i8")),
                "chunks": len(column.counts),
            }
            for name, column in self.columns.items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Profile":
        """Read a profile back from what `to_json` gave."""
        return cls({name: _column_from_json(cast("dict[str, Json]", column)) for name, column in stored.items()})


def profile(rows: pa.Table, columns: Mapping[str, Kind], chunks: np.ndarray | None = None) -> Profile:
    """Count the rows of a reference and learn the bins in which later rows are counted too.

    Args:
        rows: (N,) the reference; not modified.
        columns: which columns to keep, and as what.
        chunks: (N,) the time chunk of each row, such as `time_chunks` gives: 20 to 100 of them let drift limits be
            calibrated, more are joined with their neighbours; None takes all rows as one chunk.

    Returns:
        The profile, columns in the given order.

    Raises:
        ProfileError: a column is not there, or does not hold what it is said to.
    """
    empty = {name: _bins_of(_column(rows, name), kind, name) for name, kind in columns.items()}
    return count(Profile(empty), rows, chunks)


def count(bins: Profile, rows: pa.Table, chunks: np.ndarray | None = None) -> Profile:
    """Count further rows in the bins of a profile, whose own counts are left out.

    Args:
        bins: a profile; not modified.
        rows: (N,) rows with at least its columns; not modified.
        chunks: as for `profile`.

    Returns:
        The counts of these rows alone, which `merge` adds to others.

    Raises:
        ProfileError: a column is not there, or does not hold what the profile expects.
    """
    at = np.zeros(rows.num_rows, np.int64) if chunks is None else np.unique(chunks, return_inverse=True)[1]
    size = int(at.max(initial=0)) + 1
    if size > MOST_CHUNKS:
        at, size = at * MOST_CHUNKS // size, MOST_CHUNKS
    counted = {}
    for name, column in bins.columns.items():
        codes = _codes(_column(rows, name), column, name)
        width = column.counts.shape[1]
        counts = np.bincount(at * width + codes, minlength=size * width).reshape(size, width)
        counted[name] = replace(column, counts=counts)
    return Profile(counted)


def merge(first: Profile, second: Profile) -> Profile:
    """Join two profiles with the same bins: the chunks of the second follow those of the first.

    Raises:
        ProfileError: the bins differ.
    """
    merged = {}
    for name, column in first.columns.items():
        other = second.columns.get(name)
        if other is None or other.values != column.values or not np.array_equal(other.edges, column.edges):
            raise ProfileError(f"profile.{name} can't be merged: the bins differ; count both by the same profile")
        merged[name] = replace(column, counts=coarsened(np.concatenate([column.counts, other.counts]), MOST_CHUNKS))
    return Profile(merged)


def time_chunks(times: pa.ChunkedArray, *, most: int = 40, least_rows: int = 100) -> np.ndarray:
    """Cut rows into chunks of about equal size that follow each other in time.

    Args:
        times: (N,) event times or any ordered values; missing ones go into the last chunk. Not modified.
        most: how many chunks to cut, if there are enough rows.
        least_rows: how many rows a chunk needs.

    Returns:
        (N,) int64 chunk numbers from 0, ascending in time.
    """
    rows = len(times)
    wanted = max(1, min(most, rows // least_rows))
    order = np.asarray(pc.sort_indices(times).to_numpy(), np.int64)
    chunks = np.empty(rows, np.int64)
    chunks[order] = np.arange(rows) * wanted // max(rows, 1)
    return chunks


def coarsened(counts: np.ndarray, most: int) -> np.ndarray:
    """Add up neighbouring chunks of (chunks, bins + 1) counts until at most `most` are left."""
    if len(counts) <= most:
        return counts
    starts = np.unique(np.arange(len(counts)) * most // len(counts), return_index=True)[1]
    return np.asarray(np.add.reduceat(counts, starts, axis=0), np.int64)


def _column(rows: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in rows.column_names:
        raise ProfileError(
            f"profile.{name} is missing: the rows have {', '.join(rows.column_names)}; score the same columns"
        )
    column = rows.column(name)
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def uncounted(kind: Kind, edges: np.ndarray, values: tuple[str, ...]) -> ColumnProfile:
    """Return the bins of a column, nothing counted in them yet; arguments as the attributes of `ColumnProfile`."""
    match kind:
        case "number":
            bins = len(edges) + 1
        case "category":
            bins = len(values) + 1
        case "time":
            bins = HOURS_OF_A_WEEK
        case _:
            assert_never(kind)
    return ColumnProfile(kind, edges, values, np.zeros((0, bins + 1), np.int64))


def _bins_of(column: pa.ChunkedArray, kind: Kind, name: str) -> ColumnProfile:
    edges = _edges(_numbers(column, name)) if kind == "number" else np.empty(0)
    values = _commonest(column.cast(pa.string())) if kind == "category" else ()
    return uncounted(kind, edges, values)


def _edges(numbers: np.ndarray) -> np.ndarray:
    """Return values that cut the numbers into about 512 bins, with bins of their own for what lies outside of all."""
    seen = numbers[~np.isnan(numbers)]
    if not len(seen):
        return np.empty(0)
    inner = np.quantile(seen, np.arange(1, QUANTILES) / QUANTILES, method="inverted_cdf")
    return np.unique([np.nextafter(seen.min(), -np.inf), *inner, seen.max()])


def _commonest(column: pa.ChunkedArray) -> tuple[str, ...]:
    counted = column.drop_null().value_counts()
    found = sorted((-item["counts"], item["values"]) for item in counted.to_pylist())
    return tuple(value for _, value in found[:TOP])


def _codes(column: pa.ChunkedArray, bins: ColumnProfile, name: str) -> np.ndarray:
    """Return the bin of each value; the last one is for nulls."""
    null = bins.counts.shape[1] - 1
    match bins.kind:
        case "number":
            numbers = _numbers(column, name)
            return np.where(np.isnan(numbers), null, np.searchsorted(bins.edges, numbers))
        case "category":
            found = pc.index_in(column.cast(pa.string()), pa.array(bins.values, pa.string()))
            codes = np.asarray(found.fill_null(len(bins.values)).to_numpy(), np.int64)
        case "time":
            if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
                raise ProfileError(
                    f"profile.{name} is no time: it holds {column.type}; declare it as a date or timestamp"
                )
            codes = hours_of_week(column)
        case _:
            assert_never(bins.kind)
    return np.where(np.asarray(column.is_null().to_numpy(), bool), null, codes)


def _numbers(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """Return float64 values, NaN where one is missing."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or kind == pa.bool_()):
        raise ProfileError(f"profile.{name} is no number: it holds {kind}; declare it as a number or a category")
    return np.asarray(as_floats(column).to_numpy(), np.float64)


def _packed(array: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()


def _column_from_json(stored: Mapping[str, Json]) -> ColumnProfile:
    edges, counts = (zlib.decompress(base64.b64decode(str(stored[key]))) for key in ("edges", "counts"))
    values = tuple(str(value) for value in cast("list[Json]", stored["values"]))
    table = np.frombuffer(counts, "<i8").reshape(int(cast("int", stored["chunks"])), -1)
    return ColumnProfile(cast("Kind", stored["kind"]), np.frombuffer(edges, "<f8"), values, table)
