"""The test rows of a model, as they came from the source and as they were cleaned, less those a rival learned from."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from assets.data.parts import lineage, part_rows
from assets.data.rowhash import row_hash
from assets.store import Store
from assets.versions.version import Version


@dataclass(frozen=True)
class HeldOut:
    """Test rows; both tables have the same rows in the same order.

    Attributes:
        raw: as the source gave them, without our own columns.
        clean: typed, with derived columns.
        places: (N,) their places in the model's own test part.
        left_out: how many test rows were taken away because a rival learned from them.
    """

    raw: pa.Table
    clean: pa.Table
    places: np.ndarray
    left_out: int = 0

    def without(self, seen: pa.Table) -> "HeldOut":
        """Return the rows whose content is not among the given source rows, as far as both have the same columns.

        Args:
            seen: source rows, as `learned_from` gives them; a column that the source gained or lost since is left out.
        """
        shared = [name for name in self.raw.column_names if name in seen.column_names]
        known = np.isin(_joined(row_hash(self.raw.select(shared))), _joined(row_hash(seen.select(shared))))
        unseen = pa.array(~known)
        return replace(
            self,
            raw=self.raw.filter(unseen),
            clean=self.clean.filter(unseen),
            places=self.places[~known],
            left_out=self.left_out + int(known.sum()),
        )


def held_out(store: Store, model: Version) -> HeldOut:
    """Return the test rows of a model."""
    raw, clean = _rows(store, model, "test")
    return HeldOut(raw, clean, np.arange(clean.num_rows))


def learned_from(store: Store, model: Version) -> pa.Table:
    """Return the source rows that a model was trained or chosen on."""
    rows = [_rows(store, model, part)[0] for part in ("train", "validation")]
    return pa.concat_tables(rows, promote_options="permissive")


def splits_of(store: Store, model: Version) -> Version:
    """Return the assignment that a model was trained by."""
    (features,) = lineage(store, model, "features")
    (splits,) = lineage(store, features, "splits")
    return splits


def _rows(store: Store, model: Version, part: str) -> tuple[pa.Table, pa.Table]:
    splits = splits_of(store, model)
    assignment = splits.table("assignment")
    cleans = lineage(store, splits, "clean")
    raws = [raw for clean in cleans for raw in lineage(store, clean, "raw")]
    raw, clean = (part_rows(assignment, part, versions, "rows") for versions in (raws, cleans))
    return raw.drop_columns([name for name in raw.column_names if name.startswith("_")]), clean


def _joined(hashes: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(hashes).view([("high", np.uint64), ("low", np.uint64)]).ravel()
