"""What drift will be compared with: the counts of what a model learned from, and of what it says of it."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.event_time import microseconds
from assets.data.parts import lineage, part_rows
from assets.data.slice_counts import COUNTS, is_counted
from assets.data.split import GIVEN
from assets.data.stages.event_time import event_time
from assets.data.time_slices import SPANS
from assets.release.monitor import reference_profile
from assets.release.package import Scorer
from assets.versions.version import Version
from assets.work import Work
from data_checks.profile import Kind, Profile

LEFT_OUT = 0.05  # of the rows learned from, how many may lie in the slice of time that has test rows too


def reference(work: Work, features: Version, scorer: Scorer) -> Profile:
    """Count what a model learned from, and what it says of the rows that it learned from.

    Features are counted over all kept rows of its periods or of its time, those whose label was not known included, as
    the rows to come will hold such rows too.

    Args:
        work: of the model.
        features: that it was trained on.
        scorer: its package.
    """
    (splits,) = lineage(work.store, features, "splits")
    assignment, cleans = splits.table("assignment"), lineage(work.store, splits, "clean")
    columns = cast("dict[str, Kind]", cast("dict[str, Any]", features.json("transform"))["columns"])
    time = event_time(work.declaration)
    read = list(dict.fromkeys(["_row", *columns, *([time] if time else [])]))
    parts = [part_rows(assignment, part, cleans, "rows", columns=read) for part in ("train", "validation")]
    rows = pa.concat_tables(parts, promote_options="permissive")
    return reference_profile(
        rows,
        scorer.score_conformed(rows),
        columns=columns,
        times=rows[time] if time else None,
        chunks=work.declaration.monitor.chunks,
        counts=_counts(work, rows, cleans, assignment),
    )


def _counts(work: Work, rows: pa.Table, cleans: Sequence[Version], assignment: pa.Table) -> list[pa.Table]:
    """Return the counts that stand for the rows learned from; none where these must be counted themselves.

    With periods they are those of the periods that these rows are of. Without, test rows are counted beside the others:
    by a hash they are of the same kind, by time later slices are left out. Where the declaration gives the parts, they
    may be of any kind.
    """
    periods = set(pc.unique(rows["_period"]).to_pylist())
    held = [clean for clean in cleans if (clean.address.partition or "") in periods]
    if not all(is_counted(clean) for clean in held):
        return []
    split, time = work.declaration.split, event_time(work.declaration)
    if work.declaration.partitions or split is None or not (time or split.by in GIVEN):
        return [clean.table(COUNTS) for clean in held]
    return _before_the_test(cleans[0], rows, assignment, time) if time else []


def _before_the_test(clean: Version, rows: pa.Table, assignment: pa.Table, time: str) -> list[pa.Table]:
    """Return the counts of the slices that end before the first test row; none where these miss too many rows."""
    if f"{SPANS}.parquet" not in clean.manifest["files"]:
        return []
    spans = clean.table(SPANS)
    test = part_rows(assignment, "test", [clean], "rows", columns=["_row", time])
    ends = spans["end"].cast(pa.int64()).to_numpy()
    kept = int((ends <= microseconds(test[time], "UTC", name=time).min()).sum())
    left = microseconds(rows[time], "UTC", name=time) >= ends[kept - 1] if kept else np.ones(1)
    if left.mean() > LEFT_OUT:
        return []
    return [clean.table(COUNTS, filters=pc.field("slice") < kept)]
