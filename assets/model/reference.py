"""What drift will be compared with: the counts of what a model learned from, and of what it says of it."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.data.event_time import microseconds
from assets.data.given_slices import PARTS_TOLD, GivenSlices
from assets.data.outcome import PARTS
from assets.data.parts import lineage, part_rows
from assets.data.slice_counts import COUNTS, is_counted
from assets.data.stages.event_time import event_time
from assets.data.stages.given_slices import given_slices
from assets.data.time_slices import SPANS
from assets.release.monitor import reference_profile
from assets.release.package import Scorer
from assets.settings import plain
from assets.versions.version import Version
from assets.work import Work
from data_checks.grid_column import SCHEMA
from data_checks.profile import Kind, Profile

LEFT_OUT = 0.05  # of the rows learned from, how many may lie in the slice of time that has test rows too


def reference(work: Work, features: Version, scorer: Scorer) -> Profile:
    """Count what a model learned from, and what it says of the rows that it learned from.

    Features are counted over all kept rows of its periods, of its time or of its parts, those without a known label
    included, as the rows to come will hold such rows too.

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
        counts=_counts(work, rows, splits, cleans),
    )


def _counts(work: Work, rows: pa.Table, splits: Version, cleans: Sequence[Version]) -> list[pa.Table]:
    """Return the counts that stand for the rows learned from; none where these must be counted themselves.

    With periods they are those of the periods that these rows are of. Without, test rows are counted beside the others:
    by a hash they are of the same kind, by time later slices are left out, and where a column tells the parts those of
    the test. A function says the parts of all rows at once, after they were counted. Nor do they stand for rows that
    were divided otherwise than is declared now.
    """
    periods = set(pc.unique(rows["_period"]).to_pylist())
    held = [clean for clean in cleans if (clean.address.partition or "") in periods]
    if not all(is_counted(clean) for clean in held):
        return []
    split = work.declaration.split
    if work.declaration.partitions:
        return [clean.table(COUNTS) for clean in held]
    if splits.recipe.declaration["split"] != plain(split) or (split and split.by == "custom"):
        return []
    (clean,) = cleans
    if time := event_time(work.declaration):
        return _before_the_test(clean, rows, splits, time)
    slices = given_slices(work.declaration)
    return _of_the_parts(clean, slices) if slices else [clean.table(COUNTS)]


def _before_the_test(clean: Version, rows: pa.Table, splits: Version, time: str) -> list[pa.Table]:
    """Return the counts of the slices that end before the first test row; none where these miss too many rows."""
    if f"{SPANS}.parquet" not in clean.manifest["files"] or clean.recipe.declaration["event_time"] != time:
        return []
    spans = clean.table(SPANS)
    test = part_rows(splits.table("assignment"), "test", [clean], "rows", columns=["_row", time])
    ends = spans["end"].cast(pa.int64()).to_numpy()
    kept = int((ends <= microseconds(test[time], "UTC", name=time).min()).sum())
    left = microseconds(rows[time], "UTC", name=time) >= ends[kept - 1] if kept else np.ones(1)
    if left.mean() > LEFT_OUT:
        return []
    return [clean.table(COUNTS, filters=pc.field("slice") < kept)]


def _of_the_parts(clean: Version, slices: GivenSlices) -> list[pa.Table]:
    """Return the counts of train and validation as one chunk; none where rows were counted by other parts."""
    if f"{PARTS_TOLD}.json" not in clean.manifest["files"] or clean.json(PARTS_TOLD) != slices.told():
        return []
    learned = clean.table(COUNTS, filters=pc.field("slice") < PARTS.index("test"))
    together = pa.repeat(pa.scalar(0, SCHEMA.field("slice").type), learned.num_rows)
    return [learned.set_column(SCHEMA.get_field_index("slice"), SCHEMA.field("slice"), together)]
