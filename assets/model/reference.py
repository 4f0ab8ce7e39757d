"""What drift will be compared with: the counts of what a model learned from, and of what it says of it."""

from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.parts import lineage, part_rows
from assets.data.slice_counts import COUNTS
from assets.release.monitor import reference_profile
from assets.release.package import Scorer
from assets.versions.version import Version
from assets.work import Work
from data_checks.profile import Kind, Profile


def reference(work: Work, features: Version, scorer: Scorer) -> Profile:
    """Count the periods that a model learned from, and what it says of the rows that it learned from.

    Features are counted over all kept rows of these periods, those whose label was not known included, as the months to
    come will hold such rows too.

    Args:
        work: of the model.
        features: that it was trained on.
        scorer: its package.
    """
    (splits,) = lineage(work.store, features, "splits")
    assignment, cleans = splits.table("assignment"), lineage(work.store, splits, "clean")
    parts = [part_rows(assignment, part, cleans, "rows") for part in ("train", "validation")]
    rows = pa.concat_tables(parts, promote_options="permissive")
    periods = work.declaration.partitions
    return reference_profile(
        rows,
        scorer.score_conformed(rows),
        columns=cast("dict[str, Kind]", cast("dict[str, Any]", features.json("transform"))["columns"]),
        times=rows[periods.column] if periods else None,
        chunks=work.declaration.monitor.chunks,
        counts=_period_counts(rows, cleans),
    )


def _period_counts(rows: pa.Table, cleans: Sequence[Version]) -> list[pa.Table]:
    """Return the counts of the periods that these rows are of; none where one of them was made without."""
    periods = set(pc.unique(rows["_period"]).to_pylist())
    held = [clean for clean in cleans if clean.address.partition in periods]
    if not all(f"{COUNTS}.parquet" in clean.manifest["files"] for clean in held):
        return []
    return [clean.table(COUNTS) for clean in held]
