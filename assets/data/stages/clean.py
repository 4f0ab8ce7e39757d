"""The stage `clean`: rows that keep the contract, and a quarantine for the others."""

from collections.abc import Mapping, Sequence
from typing import cast

from assets.data.given_slices import PARTS_TOLD, GivenSlices
from assets.data.period_slices import PeriodSlices
from assets.data.preprocess import Preprocessed, judge_expectations, preprocess
from assets.data.quarantine_reasons import in_table, quarantine_reasons
from assets.data.report import Subject, report
from assets.data.slice_counts import COUNTS, TELLING, OneSlice, SliceCounts, Slices
from assets.data.sorting import Outlets
from assets.data.sources.arrow import BATCH_ROWS
from assets.data.stages import over_time
from assets.data.stages.event_time import event_time
from assets.data.stages.given_slices import given_slices
from assets.data.time_slices import SPANS, TimeSlices
from assets.declaration import Declaration
from assets.display import docs, table
from assets.execution import recipe_of
from assets.settings import plain
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import Check, Inputs, Made, Stage, Work
from data_checks.contract import quarantine_share
from data_checks.expectations import check_names
from data_checks.named_function import module_of
from data_checks.verdict import Json, Verdict


class Clean(Stage):
    """Rows to typed rows that keep the contract, and a quarantine for the others."""

    name = "clean"
    group = "data"
    kinds = frozenset({"parquet", "greatexpectations"})
    libraries = ("great-expectations", "numpy", "pandas", "pyarrow")
    follows = ("raw",)
    comparison = staticmethod(over_time.comparison)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the derived columns, the contract without its limits, and by which time or parts rows are counted."""
        rules = plain(declaration.contract, without={"over_time"})
        action = cast("dict[str, Json]", rules.pop("rows_that_fail"))["action"]
        given = given_slices(declaration)
        return {
            "derive": plain(declaration.derive),
            "contract": {**rules, "rows_that_fail": {"action": action}},
            "event_time": event_time(declaration),
            **({"parts": given.told()} if given else {}),
        }

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        own = [module_of(each.use) for each in declaration.contract.expectations if each.use]
        return (*super()._modules(declaration), *own)

    def inputs(self, work: Work) -> Inputs:
        """Return the raw rows of the period."""
        return {"raw": (work.current("raw"),)}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Type, check and sort the rows into those kept and those quarantined."""
        sensitive = work.declaration.contract.sensitive
        with (
            draft.table("rows", sensitive=sensitive) as rows,
            draft.table("quarantine", sensitive=sensitive) as quarantine,
        ):
            slices = _slices(work)
            counted = SliceCounts(slices)
            outlets = Outlets(
                rows.write, quarantine.write, lambda line: work.report(f"clean  {line}"), counts=counted.take
            )
            done = _preprocessed(work, inputs, outlets)
        draft.write_table(COUNTS, counted.table(), sensitive=TELLING if sensitive else ())
        if isinstance(slices, TimeSlices) and (spans := slices.spans()) is not None:
            draft.write_table(SPANS, spans, sensitive=("start", "end") if sensitive else ())
        if isinstance(slices, GivenSlices):
            draft.write_json(PARTS_TOLD, slices.told())
        counts = {
            name: getattr(done.counts, name) for name in ("read", "kept", "quarantined", "duplicates", "repeated")
        }
        judged, page = _judged(work, done, recipe_of(self, work, inputs, {}).key)
        reasons = in_table(quarantine_reasons(done), quarantined=done.counts.quarantined)
        shown: dict[str, Json] = {"Data Docs": docs(page)} if page else {}
        return Made(counts, {**shown, "quarantined for": table(reasons)}, judged=judged)

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return one check an expectation, the limit of the quarantine, and the rules over time."""
        expectations = declaration.contract.asked
        each = tuple(
            Check(name, str(expectation), expectation.severity)
            for name, expectation in zip(check_names(expectations), expectations, strict=True)
        )
        share = Check("quarantine_share", "No more rows are quarantined than rows_that_fail allows.")
        return (*each, share, *over_time.checks(declaration))

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return what may happen to rows that fail."""
        return {"rows_that_fail": plain(declaration.contract.rows_that_fail)}

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Judge every expectation, and the share of quarantined rows."""
        return _judged(work, _preprocessed(work, inputs, Outlets()), version.key)[0]


def _slices(work: Work) -> Slices:
    """Return the parts in which the kept rows are counted, for the profiles that drift is compared with."""
    column = event_time(work.declaration)
    if column is None:
        return given_slices(work.declaration) or OneSlice()
    return PeriodSlices(work.period, column) if work.period else TimeSlices(column)


def _preprocessed(work: Work, inputs: Inputs, outlets: Outlets) -> Preprocessed:
    (raw,) = inputs["raw"]
    derive = work.declaration.derive
    return preprocess(
        lambda columns: raw.batches("rows", columns, BATCH_ROWS),
        contract=work.declaration.contract,
        derive=derive.load(hidden=bool(work.declaration.contract.sensitive)) if derive else None,
        outlets=outlets,
    )


def _judged(work: Work, done: Preprocessed, version: str) -> tuple[list[Verdict], str | None]:
    """Return the verdicts, and where their Data Docs lie under the folder of reports."""
    contract, counts = work.declaration.contract, done.counts
    share = quarantine_share(
        read=counts.read,
        quarantined=counts.quarantined,
        duplicates=counts.duplicates,
        at_most=contract.rows_that_fail.at_most,
        reasons=quarantine_reasons(done),
    )
    verdicts = [*judge_expectations(done, contract), share]
    if not done.expectations or work.docs is None:
        return verdicts, None
    page = work.run_page.partition("/runs/")[0]
    asset = f"{page}/assets/{work.pipeline}/clean" + (f"?partition={work.partition}" if work.partition else "")
    subject = Subject(work.pipeline, work.partition, version, asset if page else "", work.run_page)
    return verdicts, report(work.docs, subject, done, verdicts)
