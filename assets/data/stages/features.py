"""The stage `features`: arrays of the parts, by a transform that saw train rows only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.encode import encode
from assets.data.parts import lineage, part_rows
from assets.data.target import infer
from assets.data.transform import fingerprint, fit
from assets.declaration import Declaration
from assets.display import table
from assets.settings import plain
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import Check, Inputs, Made, Stage, Work
from data_checks.leakage import PARTS, fitted_on_train_only
from data_checks.verdict import Json, Verdict


class Features(Stage):
    """Arrays of the parts, by a transform that saw train rows only."""

    name = "features"
    group = "data"
    kinds = frozenset({"numpy"})
    follows = ("splits",)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the features and the target."""
        return {"features": plain(declaration.features, without={"accept"}), "target": plain(declaration.target)}

    def inputs(self, work: Work) -> Inputs:
        """Return the assignment, and the very rows that it was made over."""
        splits = work.current("splits")
        return {"splits": (splits,), "clean": lineage(work.store, splits, "clean")}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Fit on the train rows, then encode every part."""
        (splits,) = inputs["splits"]
        assignment = splits.table("assignment")
        target = work.declaration.target
        parts = {part: part_rows(assignment, part, inputs["clean"], "rows") for part in PARTS}
        state = fit(parts["train"], work.declaration.features, target)
        labels = infer(pa.chunked_array([c for rows in parts.values() for c in rows[target.column].chunks]), target)
        for part, rows in parts.items():
            number, category = encode(rows, state)
            draft.write_array(f"{part}_number", number)
            draft.write_array(f"{part}_category", category)
            draft.write_array(f"{part}_target", labels.encode(rows[target.column]))
        draft.write_json("transform", state)
        draft.write_json("labels", labels.to_json())
        becomes = cast("list[Mapping[str, Json]]", state["becomes"])
        shown: dict[str, Json] = {
            "task": labels.task,
            "features become": table(becomes),
            "ignored": state["ignored"],
        }
        if infinite := _infinite(parts.values(), state):
            shown["infinite values, taken as missing"] = dict(infinite)
            said = ", ".join(f"{name} {count:,}" for name, count in infinite.items())
            work.report(
                f"features  infinite values are taken as missing, here and when rows are scored: {said}; a type in "
                "contract.columns lets such rows be quarantined instead"
            )
        return Made({part: rows.num_rows for part, rows in parts.items()}, shown)

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the check of what the transform saw."""
        return (Check("fitted_on_train_only", "The transform was fitted on the train rows and on no other."),)

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Compare the rows that the state names with the train rows of the assignment."""
        (splits,) = inputs["splits"]
        assignment = splits.table("assignment")
        train = assignment.filter(pc.equal(assignment["_part"], "train"))
        state = cast("dict[str, Any]", version.json("transform"))
        return [
            fitted_on_train_only(
                rows_fitted=state["rows_fitted"],
                train_rows=train.num_rows,
                fingerprint_fitted=state["fingerprint"],
                train_fingerprint=fingerprint(train),
            )
        ]


def _infinite(parts: Iterable[pa.Table], state: Mapping[str, Any]) -> dict[str, int]:
    """Count the infinite values of each number, where there are any."""
    found: Counter[str] = Counter()
    for rows in parts:
        for feature in state["number"]:
            column = rows[feature["column"]]
            if pa.types.is_floating(column.type):
                found[feature["column"]] += pc.sum(pc.is_inf(column)).as_py() or 0
    return {name: count for name, count in found.items() if count}
