"""The stage `drift`: how far a period's rows and predictions are from what the champion learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

import numpy as np
import pyarrow as pa

from assets.data.known import left_out
from assets.data.parts import lineage
from assets.data.slice_counts import COUNTS, is_counted
from assets.declaration import Declaration
from assets.display import image, table
from assets.model.stored import labels_of
from assets.release import new_rows, plots
from assets.release.evaluation import Evaluation as Figures
from assets.release.monitor import Labelled, feature_counts, labelled_period, monitor
from assets.release.stages.evaluation import scores_of
from assets.settings import plain
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import Check, Inputs, Made, SkippedError, Stage, Work
from data_checks.drift import ColumnDrift
from data_checks.grid import rows_in
from data_checks.json_values import json_value
from data_checks.named_function import module_of
from data_checks.profile import Profile
from data_checks.verdict import Json, Verdict

SHOWN_PERIODS = 24


class Drift(Stage):
    """What changed since the champion was trained, and whether it still is right where labels have arrived."""

    name = "drift"
    group = "release"
    kinds = frozenset({"parquet"})
    libraries = ("matplotlib", "numpy", "pyarrow", "scipy")
    follows = ("predictions",)
    # gates made stricter must not end the watch over a champion that passed the earlier ones
    regardless = frozenset({"before", "evaluated", "labelled"})

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return what is watched, when labels are known, and how rows of a source of their own are typed."""
        return {
            "monitor": plain(declaration.monitor),
            "target": plain(declaration.target),
            "metrics": plain(declaration.evaluate)["metrics"] or [],
            **new_rows.typed_by(declaration),
        }

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        own = declaration.evaluate.own_metrics
        return (*super()._modules(declaration), *(module_of(metric.use) for metric in own))

    def inputs(self, work: Work) -> Inputs:
        """Return the predictions, their rows and model, the drift before, and older predictions whose labels arrived.

        Raises:
            SkippedError: if nothing was scored for the period.
        """
        predictions = work.store.head(work.address("predictions"))
        if predictions is None:
            raise SkippedError(
                f"nothing of {work.partition or work.pipeline} was scored, so that there is nothing to watch"
            )
        found = {"predictions": (predictions,), "champion": lineage(work.store, predictions, "champion")}
        found["clean"] = lineage(work.store, predictions, "clean")
        periods = work.declaration.partitions
        if work.period is None or periods is None:
            return found
        earlier = periods.trailing(work.period.key, 2)[:-1]
        before = [work.store.head(work.address("drift", period.key)) for period in earlier]
        found["before"] = tuple(version for version in before if version)
        due = labelled_period(periods, work.period, work.declaration.monitor)
        scored = work.store.head(work.address("predictions", due.key)) if due else None
        if scored is None:
            return found
        judged = _evaluation_of(work, lineage(work.store, scored, "champion")[0])
        return found | {"labelled": (scored,), "evaluated": (judged,) if judged else ()}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Compare, and draw the period and the periods before it."""
        (predictions,), (model,) = inputs["predictions"], inputs["champion"]
        profile = Profile.from_json(cast("dict[str, Json]", model.json("profile")))
        rows, counted = _counted(work, inputs, profile)
        seen = monitor(
            profile,
            counted,
            predictions.table("rows"),
            settings=work.declaration.monitor,
            labelled=_labelled(work, inputs),
        )
        ratios = {drift.column: _ratio(drift) for drift in seen.drifts}
        history = {**_history(inputs), work.partition or "now": ratios}
        draft.write_json("verdicts", json_value([asdict(verdict) for verdict in seen.verdicts]))
        draft.write_json("drift", json_value([asdict(drift) for drift in seen.drifts]))
        draft.write_json("history", cast("Json", dict(list(history.items())[-SHOWN_PERIODS:])))
        where = work.partition or work.pipeline
        draft.write_bytes("figures/drift.png", plots.drift(ratios, title=f"{work.pipeline} {where}: drift"))
        draft.write_bytes(
            "figures/drift_over_time.png", plots.drift_over_time(history, title=f"{work.pipeline}: drift")
        )
        drifted = [drift.column for drift in seen.drifts if drift.drifted]
        work.report(
            f"drift  {len(drifted)} of {len(seen.drifts)} columns drifted{': ' if drifted else ''}{', '.join(drifted)}"
        )
        shown = _shown(seen.drifts, drifted) | {"performance": seen.verdicts[1].summary}
        return Made({"rows": rows}, shown, judged=seen.verdicts)

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return what is watched."""
        return (
            Check("no_drift", "Rows and predictions look as they did in the champion's training window.", "warning"),
            Check(
                "performance",
                "The champion is as good as when it was evaluated, on rows whose labels arrived.",
                "warning",
            ),
        )

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Return the verdicts that were given when the comparison was made."""
        return [Verdict(**said) for said in cast("list[dict[str, Any]]", version.json("verdicts"))]


def _counted(work: Work, inputs: Inputs, profile: Profile) -> tuple[int, Profile]:
    """Return how many rows there are, and what is counted of their features."""
    if not work.declaration.monitor.features:
        profile = Profile({})
    if not inputs["clean"]:
        return _counted_new(work, inputs["predictions"][0], profile)
    (clean,) = inputs["clean"]
    there = clean.manifest["files"]["rows.parquet"]["schema"]
    counts = clean.table(COUNTS) if is_counted(clean) else None
    return clean.counts["kept"], feature_counts(
        profile, counts, lambda columns: clean.table("rows", [name for name in columns if name in there])
    )


def _counted_new(work: Work, predictions: Version, profile: Profile) -> tuple[int, Profile]:
    """Return the same of rows of a source of their own, which are read where their counts do not tell."""
    derive, contract = work.declaration.derive, work.declaration.contract

    def typed() -> pa.Table:
        function = derive.load(hidden=bool(contract.sensitive)) if derive else None
        return new_rows.typed(predictions.table("source"), contract, function)

    counts = predictions.table(COUNTS) if is_counted(predictions) else None
    if counts is None or not counts.num_rows:
        rows = typed()
        return rows.num_rows, feature_counts(profile, None, lambda _: rows)
    return rows_in(counts), feature_counts(profile, counts, lambda _: typed())


def _ratio(drift: ColumnDrift) -> float:
    return max(drift.distance / drift.limit, drift.null_gap / drift.null_limit)


def _history(inputs: Inputs) -> dict[str, dict[str, float]]:
    history: dict[str, dict[str, float]] = {}
    for version in inputs.get("before", ()):
        history |= cast("dict[str, dict[str, float]]", version.json("history"))
    return history


def _labelled(work: Work, inputs: Inputs) -> Labelled | None:
    """Return the older predictions beside the labels that are known by the end of this period."""
    if "labelled" not in inputs or work.period is None or work.declaration.partitions is None:
        return None
    (scored,) = inputs["labelled"]
    (model,), clean = lineage(work.store, scored, "champion"), work.current("clean", scored.address.partition)
    (features,) = lineage(work.store, model, "features")
    labels = labels_of(features)
    rows, periods = clean.table("rows"), work.declaration.partitions
    out = left_out(
        rows, work.declaration.target, event_time=periods.column, time_zone=periods.time_zone, as_of=work.period.end
    )
    known = rows.filter(pa.array(out < 0))
    predictions = scored.table("rows")
    both, mine, theirs = np.intersect1d(known["_row"].to_numpy(), predictions["_row"].to_numpy(), return_indices=True)
    truth = labels.encode(known[work.declaration.target.column].take(mine)) if len(both) else np.empty(0)
    values = scores_of(predictions.take(theirs), labels).values
    if not inputs["evaluated"]:
        return None
    figures = Figures.from_json(cast("dict[str, Json]", inputs["evaluated"][0].json("evaluation")))
    name, figure = next(iter(figures.candidates["model"]["metrics"].items()))
    if figure["value"] is None:
        return None
    return Labelled(figures.metric(name), figure["value"], truth, values, _whose(work, inputs))


def _whose(work: Work, inputs: Inputs) -> str:
    """Return the period of the labelled rows, the version that scored them, and whether it scores this period too."""
    (scored,), (predictions,) = inputs["labelled"], inputs["predictions"]
    then, now = (found.manifest["metadata"]["champion"] for found in (scored, predictions))
    standing = f"champion still in {work.partition}" if then == now else f"{now} is champion in {work.partition}"
    return f"{scored.address.partition}, scored by {then} ({standing})"


def _evaluation_of(work: Work, model: Version) -> Version | None:
    """Return the evaluation of a model; None if its period was evaluated anew with another."""
    evaluation = work.store.head(work.address("evaluation", model.address.partition))
    if evaluation is None or [found.key for found in lineage(work.store, evaluation, "model")] != [model.key]:
        return None
    return evaluation


def _shown(drifts: Sequence[ColumnDrift], drifted: Sequence[str]) -> dict[str, Json]:
    rows: list[Mapping[str, Json]] = [
        {
            "column": drift.column,
            "drifted": drift.drifted,
            "distance": drift.distance,
            "limit": drift.limit,
            "psi": drift.psi,
            "how the limit was set": drift.method,
        }
        for drift in sorted(drifts, key=_ratio, reverse=True)
    ]
    return {
        "columns drifted": len(drifted),
        "columns watched": len(drifts),
        "drift": image("figures/drift.png"),
        "drift over time": image("figures/drift_over_time.png"),
        "by column": table(rows),
    }
