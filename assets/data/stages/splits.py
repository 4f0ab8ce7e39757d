"""The stage `splits`: which rows of the window train, validate and test."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.parts import part_rows, window_rows
from assets.data.split import Split, split
from assets.data.stages.clean import Clean
from assets.data.stages.event_time import event_time
from assets.data.stages.raw import Raw
from assets.data.target import infer
from assets.declaration import Declaration
from assets.declare.faults import did_you_mean
from assets.execution import stands
from assets.settings import plain
from assets.versions.draft import Draft
from assets.versions.in_short import in_short
from assets.versions.version import Version
from assets.work import Check, InputError, Inputs, Made, Stage, Work
from data_checks.leakage import PARTS, no_leakage
from data_checks.named_function import module_of
from data_checks.verdict import Json, Verdict

ALL_PERIODS = 1_000_000


class Splits(Stage):
    """Which rows of the window train, validate and test."""

    name = "splits"
    group = "data"
    kinds = frozenset({"parquet"})
    follows = ("clean",)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return how rows are parted, and when labels are known."""
        return {
            "split": plain(declaration.split),
            "target": plain(declaration.target),
            "partitions": plain(declaration.partitions, without={"start", "end"}),
            "window": declaration.window,
        }

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        use = declaration.split.use if declaration.split else None
        return (*super()._modules(declaration), *([module_of(use)] if use else []))

    def inputs(self, work: Work) -> Inputs:
        """Return the clean rows of every period of the window.

        Raises:
            InputError: naming all periods of the window that were never materialized.
        """
        if work.period is None or work.declaration.partitions is None:
            return {"clean": (work.current("clean"),)}
        count = work.declaration.window or ALL_PERIODS
        keys = [period.key for period in work.declaration.partitions.trailing(work.period.key, count)]
        missing = [key for key in keys if work.store.head(work.address("clean", key)) is None]
        if missing:
            raise InputError(
                f"window is not there yet: clean of {in_short(missing)} was never materialized; "
                f"run {work.pipeline}_score for these periods first, or shorten the window"
            )
        return {"clean": tuple(work.current("clean", key) for key in keys)}

    def overtaken(self, work: Work) -> tuple[tuple[Stage, Work], ...]:
        """Return ingestion and preprocessing of the window's older periods, as far as they do not stand."""
        periods = work.declaration.partitions
        if work.period is None or periods is None:
            return ()
        again: list[tuple[Stage, Work]] = []
        for period in periods.trailing(work.period.key, work.declaration.window or ALL_PERIODS)[:-1]:
            there = replace(work, period=period)
            is_read = stands(Raw(), there)
            if not is_read and work.declaration.source.kind != "asset":
                again.append((Raw(), there))
            if not is_read or not stands(Clean(), there):
                again.append((Clean(), there))
        return tuple(again)

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Assign every row of the window to a part, or leave it out for a reason."""
        _check_features(work.declaration, inputs["clean"])
        periods = work.declaration.partitions
        done = split(
            window_rows(inputs["clean"], "rows", _split_columns(work.declaration)),
            work.declaration.split or Split(),
            target=work.declaration.target,
            partitions=periods,
            periods=[periods.period(clean.address.partition or "") for clean in inputs["clean"]] if periods else (),
            as_of=work.period.end if work.period else None,
            hidden=bool(work.declaration.contract.sensitive),
        )
        draft.write_table("assignment", done.table)
        draft.write_json("counts", dict(done.counts))
        window = [clean.address.partition for clean in inputs["clean"] if clean.address.partition]
        return Made(done.counts, {"window": f"{window[0]} to {window[-1]}"} if window else {})

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the check for leaks."""
        return (
            Check("no_leakage", "No row, key or later time is on both sides, and no column gives the target away."),
        )

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the columns that may be learned from."""
        return {"features": plain(declaration.features)}

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Look for rows, keys and times in two parts, and for columns that predict the target alone."""
        _check_features(work.declaration, inputs["clean"])
        assignment = version.table("assignment")
        parts = [part_rows(assignment, part, inputs["clean"], "rows") for part in PARTS]
        rows = pa.concat_tables(parts, promote_options="permissive")
        ordered = pa.concat_tables([assignment.filter(pc.equal(assignment["_part"], part)) for part in PARTS])
        settings = work.declaration.split or Split()
        by = settings.by or ("time" if work.declaration.partitions else "key")
        time = event_time(work.declaration)
        labels = infer(rows[work.declaration.target.column], work.declaration.target)
        return [
            no_leakage(
                ordered,
                by=by,
                times=rows[time] if time else None,
                groups=rows[settings.column] if by == "group" and settings.column else None,
                features=rows.select(_candidates(work.declaration, rows.column_names)),
                target=labels.encode(rows[work.declaration.target.column]),
                task=labels.task,
                accepted=tuple(work.declaration.features.accept),
            )
        ]


def _check_features(declaration: Declaration, cleans: Sequence[Version]) -> None:
    """Refuse features that are no columns before anything is trained on the others."""
    there = {name for clean in cleans for name in clean.manifest["files"]["rows.parquet"]["schema"]}
    features = declaration.features
    for kind, names in (("number", features.number), ("category", features.category), ("time", features.time)):
        for name in names or ():
            if name not in there:
                raise InputError(
                    f"features.{kind} names a column that is not there: '{name}'; {did_you_mean(name, there)}"
                )


def _split_columns(declaration: Declaration) -> list[str] | None:
    """Return the columns that a division reads; None for all, where it hashes whole rows."""
    settings = declaration.split or Split()
    named = [
        "_row",
        declaration.target.column,
        declaration.target.known_at,
        settings.column,
        event_time(declaration),
        *(name for name in settings.columns or () if name != "_period"),
    ]
    by = settings.by or ("time" if declaration.partitions else "key")
    whole = by in {"random", "given"} or (by == "custom" and settings.columns is None)
    if whole or (by == "key" and settings.column is None):
        return None
    return list(dict.fromkeys(name for name in named if name))


def _candidates(declaration: Declaration, there: Sequence[str]) -> list[str]:
    """Return the columns that may be learned from."""
    features, target = declaration.features, declaration.target
    named = [name for names in (features.number, features.category, features.time) for name in names or ()]
    barred = {target.column, target.known_at, *features.never}
    return named or [name for name in there if name not in barred and not name.startswith("_")]
