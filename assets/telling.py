"""What Dagster is told of a version: its content, its checks, and what else changed by it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.display import short
from assets.execution import Done
from assets.left_behind import left_behind
from assets.metadata import verdict_metadata, version_metadata
from assets.versions.in_short import in_short
from assets.versions.version import Version
from assets.work import Work
from data_checks.verdict import Verdict

# how the evaluation's page calls a metric
OF_MODEL, INTERVAL = "model ", " with interval"


@dataclass(frozen=True)
class Output:
    """One asset of a stage: its name, what it holds, and the table of the version that it shows."""

    name: str
    description: str
    table: str | None = None


def content(version: Version, output: Output) -> str:
    """Return what names an output's content: its table's digest, else that of the whole version."""
    digest = version.manifest["files"][f"{output.table}.parquet"]["digest"] if output.table else version.digest
    return str(digest)[:16]


def tell_figures(work: Work, done: Done) -> None:
    """Report how good a model turned out on the test rows, the first metric with its interval, and what it may do.

    Args:
        work: of its period.
        done: what came of a stage; of any but the evaluation nothing is told.
    """
    if done.version.address.stage != "evaluation":
        return
    shown = done.version.manifest["metadata"]
    told = {name.removeprefix(OF_MODEL): value for name, value in shown.items() if name.startswith(OF_MODEL)}
    metrics = [
        f"{metric} {told.get(f'{metric}{INTERVAL}') or short(value)}"
        for metric, value in told.items()
        if isinstance(value, float | int)
    ]
    verdicts = [
        f"{verdict.check} passed ({verdict.summary})" if verdict.passed else f"{verdict.check} failed"
        for verdict in done.verdicts
    ]
    rows = done.version.counts["test"]
    work.report(f"evaluation  {', '.join(metrics)} on {rows:,} test rows; {'; '.join(verdicts)}")


def tell_renewed(
    context: dg.AssetExecutionContext, work: Work, renewed: Sequence[Done], outputs: Mapping[str, Sequence[Output]]
) -> None:
    """Report the assets of earlier stages that were carried out again here: this op has no outputs for them.

    Args:
        context: of the op.
        work: of its period.
        renewed: what came of the earlier stages.
        outputs: the assets of each of them, by its name.
    """
    for done in renewed:
        _tell_content(context, work, done, outputs[done.version.address.stage])
    if renewed:
        # Dagster keeps the time of such checks in whole seconds, and counts those of before a materialization for none
        time.sleep(1 - time.time() % 1)
    for done in renewed:
        _tell_checks(context, done, outputs[done.version.address.stage][0])


def _tell_content(context: dg.AssetExecutionContext, work: Work, done: Done, outputs: Sequence[Output]) -> None:
    address = done.version.address
    context.log.info(f"{address} {'reused' if done.reused else 'made'} first: {'; '.join(done.why)}")
    behind = tell_left_behind(context, work, done.version)
    for output in outputs:
        key = dg.AssetKey([address.pipeline, output.name])
        metadata = version_metadata(done, output.table, docs_page=context.resources.machine.docs_page) | behind
        tags = {"dagster/data_version": content(done.version, output)}
        context.log_event(dg.AssetMaterialization(key, partition=address.partition, metadata=metadata, tags=tags))


def _tell_checks(context: dg.AssetExecutionContext, done: Done, output: Output) -> None:
    key = dg.AssetKey([done.version.address.pipeline, output.name])
    for verdict in done.verdicts:
        found = check_result(verdict, key, done.version, context.resources.machine.docs_page)
        context.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=verdict.check,
                passed=verdict.passed,
                metadata=found.metadata,
                severity=found.severity,
                description=found.description,
            )
        )


def check_result(verdict: Verdict, key: dg.AssetKey, version: Version, docs_page: str) -> dg.AssetCheckResult:
    """Return a verdict as Dagster's: what is not critical only warns."""
    severity = dg.AssetCheckSeverity.ERROR if verdict.severity == "critical" else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=verdict.check,
        passed=verdict.passed,
        severity=severity,
        description=verdict.summary,
        metadata=verdict_metadata(verdict, version, docs_page=docs_page),
    )


def tell_left_behind(context: dg.AssetExecutionContext, work: Work, version: Version) -> dict[str, dg.MetadataValue]:
    """Observe on each later period's asset that it was made from other rows; return what to show of that here.

    An observation stands on the page of the period until it is made again.
    """
    behind = left_behind(work, version)
    if not behind:
        return {}
    here = f"{version.address.stage} of {version.address.partition}"
    told = f"{here} has other rows since: run the retraining of this period again; make why says what it would do"
    for address in behind:
        key = dg.AssetKey([address.pipeline, address.stage])
        shown = {"out of date": dg.MetadataValue.text(told)}
        context.log_event(dg.AssetObservation(key, partition=address.partition, metadata=shown))
    later = in_short([str(address.partition) for address in behind])
    said = f"{behind[0].stage} of {later} read other rows of this period; run their retraining again, in order"
    context.log.warning(f"{here}: {said}")
    return {"later periods": dg.MetadataValue.text(said)}
