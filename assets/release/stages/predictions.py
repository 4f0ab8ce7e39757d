"""The stage `predictions`: rows scored by the champion that stood before them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

import pyarrow as pa

from assets.data.derive import Derive
from assets.data.ingest import ingest
from assets.data.parts import lineage
from assets.data.slice_counts import COUNTS, TELLING
from assets.data.sources import rows_of
from assets.declaration import Declaration
from assets.display import image, table
from assets.model.stored import package_of
from assets.release import new_rows, plots
from assets.release.champions import Champion, model_of
from assets.release.deliver import deliver
from assets.release.predict import Predicted, predict
from assets.release.standing import throne
from assets.settings import plain
from assets.versions.draft import Draft
from assets.versions.table_file import TableFile
from assets.versions.version import Version
from assets.work import Check, InputError, Inputs, Made, SkippedError, Stage, Work
from data_checks.named_function import FunctionError, module_of
from data_checks.verdict import Json, Verdict

NAMED_REASONS = 3


class Predictions(Stage):
    """Raw rows scored by the champion's own package; rows that it refuses are kept with the reasons."""

    name = "predictions"
    group = "release"
    kinds = frozenset({"parquet", "onnx"})
    libraries = ("great-expectations", "matplotlib", "numpy", "onnxruntime", "pandas", "pyarrow")
    follows = ("clean",)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return what is scored, where it goes, and how rows that no `clean` saw are counted."""
        return {
            "predict": plain(declaration.predict),
            "sensitive": list[Json](sorted(declaration.contract.sensitive)),
            **new_rows.typed_by(declaration),
        }

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        """Return what scores, and the function that gives the rows, where one does."""
        source = declaration.predict.source
        own = (module_of(source.use),) if source is not None and source.kind == "python" else ()
        return (*super()._modules(declaration), *own)

    def inputs(self, work: Work) -> Inputs:
        """Return the champion's model, and the period's rows.

        Raises:
            SkippedError: while nobody is champion, or where no rows are named but those that models learn from.
        """
        if work.period is None and work.declaration.predict.source is None:
            raise SkippedError(
                f"{work.pipeline} has no new rows: without periods all rows of its source are learned from; name rows "
                "to score under predict.source"
            )
        champion = champion_for(work)
        clean = work.current("clean")
        found = {"champion": (model_of(work.store, work.pipeline, champion),)}
        return found if work.declaration.predict.source else found | {"clean": (clean,)}

    def outside(self, work: Work) -> Mapping[str, str] | None:
        """Return the fingerprint of the rows to score, where they are not the pipeline's own."""
        source = work.declaration.predict.source
        fingerprint = "" if source is None else source.fingerprint()
        return {"predict.source": fingerprint} if fingerprint else ({} if fingerprint == "" else None)

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Score, and deliver where the declaration says."""
        (model,) = inputs["champion"]
        champion = champion_for(work)
        settings = work.declaration.predict
        sensitive = work.declaration.contract.sensitive
        counted = _counting(work, model)
        with _batches(work, inputs, draft) as batches:
            passing = counted.along(batches) if counted else batches
            done = predict(package_of(model), passing, champion=champion.registered, keep=settings.keep)
        if counted and (counts := counted.table()) is not None:
            draft.write_table(COUNTS, counts, sensitive=TELLING if sensitive else ())
        draft.write_table("rows", done.table, sensitive=sensitive)
        draft.write_table("refused", done.refused, sensitive=sensitive)
        shown: dict[str, Json] = {"champion": f"version {champion.registered}", "champion of": champion.partition}
        if settings.to != "store" and done.withheld <= work.declaration.contract.rows_that_fail.at_most * done.read:
            shown["delivered to"] = deliver(done.table, settings.to, partition=work.partition)
        picture = _distribution(done, work)
        if picture:
            draft.write_bytes("figures/distribution.png", picture)
            shown["distribution"] = image("figures/distribution.png")
        counts = {"read": done.read, "scored": done.scored, "refused": done.withheld}
        return Made(counts, shown | {"refused for": table(_reasons(done.refused))})

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the check of the serving contract, and of the expectations on rows that no `clean` saw."""
        contract = Check(
            "serving_contract", "No more rows are refused by the champion's contract than rows_that_fail allows."
        )
        said = "New rows keep the expectations on columns that the model reads; they are scored all the same."
        return (contract, Check(new_rows.CHECK, said, "warning")) if _is_expected(declaration) else (contract,)

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return how many rows may be refused, and what is expected of rows that no `clean` saw."""
        at_most: dict[str, Json] = {"at_most": declaration.contract.rows_that_fail.at_most}
        return at_most | ({"contract": plain(declaration.contract)} if _is_expected(declaration) else {})

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Judge the share of refused rows, and rows that no `clean` saw by the contract's expectations."""
        return [_served(work, version), *([_expected(work, inputs, version)] if _is_expected(work.declaration) else [])]


def _served(work: Work, version: Version) -> Verdict:
    counts, at_most = version.counts, work.declaration.contract.rows_that_fail.at_most
    share = counts["refused"] / counts["read"]
    said = f"{counts['refused']} of {counts['read']} rows are refused, {share:.3%}"
    evidence: dict[str, Json] = {**counts, "share": share, "at_most": at_most}
    if share <= at_most:
        return Verdict("serving_contract", True, said, evidence=evidence)
    reasons = _reasons(version.table("refused"))
    commonest = "".join(f", {each['rows']} for '{each['reason']}'" for each in reasons[:NAMED_REASONS])
    evidence["reasons"] = [dict(each) for each in reasons]
    return Verdict(
        "serving_contract",
        False,
        f"predictions break the serving contract: {said}{commonest}, and at most {at_most:.3%} may be; mend the rows, "
        "or raise contract.rows_that_fail.at_most",
        evidence=evidence,
    )


def _is_expected(declaration: Declaration) -> bool:
    some = any(each.row_level and each.columns for each in declaration.contract.expectations)
    return declaration.predict.source is not None and some


def _expected(work: Work, inputs: Inputs, version: Version) -> Verdict:
    (model,) = inputs["champion"]
    (features,) = lineage(work.store, model, "features")
    derived = cast("Mapping[str, Json]", cast("Mapping[str, Json]", features.json("transform"))["columns"])
    try:
        return new_rows.judge(
            lambda columns: version.batches("source", columns),
            work.declaration.contract,
            derive=_derive(work),
            read=frozenset((*package_of(model).inputs.names, *derived)),
            refused=version.counts["refused"],
        )
    except FunctionError as error:
        said = f"predictions are of rows that the expectations can't judge: {error}"
        return Verdict(new_rows.CHECK, False, said, "warning")


def _counting(work: Work, model: Version) -> new_rows.NewCounts | None:
    """Return what counts rows of a source of their own, as drift compares them; those of `clean` are counted there."""
    if work.declaration.predict.source is None:
        return None
    compared = cast("Mapping[str, Json]", model.json("profile"))
    return new_rows.NewCounts(
        compared,
        work.declaration.contract,
        lambda: _derive(work),
        report=lambda line: work.report(f"predictions  {line}"),
    )


def _derive(work: Work) -> Derive | None:
    derive = work.declaration.derive
    return derive.load(hidden=bool(work.declaration.contract.sensitive)) if derive else None


def champion_for(work: Work) -> Champion:
    """Return the champion that stood before the period, or that stands now without periods.

    Raises:
        SkippedError: while nobody is champion.
    """
    champion = throne(work).before(work.partition)
    if champion is None:
        when = f"before {work.partition}" if work.partition else "yet"
        raise SkippedError(f"no model of {work.pipeline} was champion {when}; predictions begin with the next period")
    return champion


@contextmanager
def _batches(work: Work, inputs: Inputs, draft: Draft) -> "Iterator[Iterable[pa.RecordBatch]]":
    """Give the rows to score; those of a source of their own are kept as they are read."""
    source = work.declaration.predict.source
    if source is None:
        (clean,) = inputs["clean"]
        (raw,) = lineage(work.store, clean, "raw")
        yield raw.batches("rows")
        return
    if source.kind == "asset":
        raise InputError("predict.source can't be an asset: its rows are not handed in here; read its table or files")
    sensitive = work.declaration.contract.sensitive
    read = rows_of(source, None, hidden=bool(sensitive))
    with draft.table("source", sensitive=sensitive) as kept:
        yield _kept(ingest(read, derive=None, period=None, column=None), kept)


def _kept(batches: Iterable[pa.RecordBatch], kept: TableFile) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        kept.write(batch)
        yield batch


def _distribution(done: Predicted, work: Work) -> bytes | None:
    names = [name for name in done.table.column_names if name.startswith("probability")]
    numbers = {name: done.table[name].to_numpy() for name in names}
    if not names and pa.types.is_floating(done.table.schema.field("prediction").type):
        numbers = {"prediction": done.table["prediction"].to_numpy()}
    if not numbers or not done.scored:
        return None
    return plots.distributions(numbers, of="prediction", title=f"{work.partition or work.pipeline}: predictions")


def _reasons(refused: pa.Table) -> list[Mapping[str, Json]]:
    counts: dict[str, int] = {}
    for reasons in cast("list[list[str]]", refused["_reasons"].to_pylist()):
        for reason in reasons:
            counts[reason] = counts.get(reason, 0) + 1
    return [{"reason": reason, "rows": rows} for reason, rows in sorted(counts.items(), key=lambda item: -item[1])[:20]]
