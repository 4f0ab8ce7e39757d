"""The one place that wraps a stage as Dagster assets: versions, reuse, checks, metadata and errors."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.backfill import first_in_line, refuse_too_early, settle
from assets.commands.reap import process_tags
from assets.data.period import Partitions, Period
from assets.declaration import Declaration
from assets.execution import Done, carry_out
from assets.last_words import is_ours, say_last
from assets.launched import needs_period
from assets.lifecycle import LIFECYCLE
from assets.metadata import version_metadata
from assets.resources import PROGRESS, UNREAD, Machine
from assets.retraining import STOPPED
from assets.shell import SHELL
from assets.started import started_by
from assets.telling import Output, check_result, content, tell_figures, tell_left_behind, tell_renewed
from assets.versions.code_version import code_version
from assets.versions.recipe import canonical
from assets.work import BlockedError, SkippedError, Stage, Work

SHOWN_TAGS = (
    "dagster/schedule_name",
    "dagster/sensor_name",
    "dagster/backfill",
    "trainyard/trigger",
    "trainyard/reason",
    "user",
)
# an op's own retry policy would also repeat what a person interrupted
MOST_RETRIES, FIRST_WAIT_SECONDS = 2, 10
# A skipped stage has no version that its checks could judge, and what follows is skipped with it. Dagster 1.13 warns of
# such checks, and that the next step goes on without them, which is not so.
logging.getLogger("dagster._core.execution.plan.active").addFilter(
    lambda record: "emitted no result in step" not in record.getMessage()
)

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult | dg.AssetObservation | dg.AssetMaterialization]


@dataclass(frozen=True)
class Wrapping:
    """How a stage appears in Dagster.

    Attributes:
        outputs: the assets that its one op makes; the checks belong to the first.
        deps: what it follows.
        handed: the upstream asset whose rows are handed in, if any.
        pool: the concurrency pool of its op.
        partitions: the pipeline's periods, if any.
        renews: the assets of every stage by its name, since this one may have to carry out earlier ones again.
        champion_of: the asset whose earlier periods say who is champion, where the stage asks for it.
    """

    outputs: tuple[Output, ...]
    deps: tuple[dg.AssetDep, ...] = ()
    handed: dg.AssetKey | None = None
    pool: str | None = None
    partitions: dg.PartitionsDefinition | None = None
    renews: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)
    champion_of: dg.AssetKey | None = None


def stage_assets(stage: Stage, pipeline: str, declaration: Declaration, wrapping: Wrapping) -> dg.AssetsDefinition:
    """Wrap a stage of one pipeline as the assets that its op makes; the op is named after the pipeline too.

    Ops of one name in two pipelines would collide.
    """

    def body(context: dg.AssetExecutionContext, handed: object) -> Results:
        yield from _results(context, stage, _work(context, pipeline, declaration, handed), wrapping)

    decorate = dg.multi_asset(
        name=f"{pipeline}__{stage.name}",
        specs=[_spec(stage, pipeline, declaration, wrapping=wrapping, output=output) for output in wrapping.outputs],
        check_specs=_check_specs(stage, declaration, dg.AssetKey([pipeline, wrapping.outputs[0].name])),
        partitions_def=wrapping.partitions,
        pool=wrapping.pool,
        ins={"handed": dg.AssetIn(wrapping.handed)} if wrapping.handed else None,
        op_tags=UNREAD,
        required_resource_keys={"machine"},
        # lets a check run by itself, and lets a stage that has nothing to do yet end without output
        can_subset=True,
    )
    if wrapping.handed:

        @decorate
        def fed(context: dg.AssetExecutionContext, handed: object) -> Results:
            yield from body(context, handed)

        return fed

    @decorate
    def unfed(context: dg.AssetExecutionContext) -> Results:
        yield from body(context, None)

    return unfed


def _results(context: dg.AssetExecutionContext, stage: Stage, work: Work, wrapping: Wrapping) -> Results:
    if wrapping.champion_of:
        refuse_too_early(context, work, stage=stage.name, release=wrapping.champion_of)
    try:
        with _patience(context, stage, work):
            done = carry_out(stage, work)
    except SkippedError as reason:
        work.report(f"{stage.name} skipped: {reason}")
        # the line above says it; Dagster adds one that names outputs which nobody knows
        context.log.addFilter(lambda record: "did not yield or return expected outputs" not in record.getMessage())
        for key in context.selected_asset_keys:
            yield dg.AssetObservation(key, partition=work.partition, metadata={"skipped": str(reason)})
        settle(context, work, _skipped_with(stage, work, wrapping), str(reason))
        return
    except ValueError as error:
        if isinstance(error, BlockedError):
            context.instance.add_run_tags(context.run.run_id, {STOPPED: f"an input of {stage.name}"})
        # the message names the place and the remedy; the page shows it without a stack to read through
        raise _failure(f"{work.pipeline}/{stage.name}: {error}") from (None if is_ours(error) else error)
    work.report(f"{stage.name} {'reused' if done.reused else 'made'}: {'; '.join(done.why)}")
    tell_figures(work, done)
    tell_renewed(context, work, done.renewed, wrapping.renews)
    behind = tell_left_behind(context, work, done.version)
    keys = [dg.AssetKey([work.pipeline, output.name]) for output in wrapping.outputs]
    for key, output in zip(keys, wrapping.outputs, strict=True):
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=key,
                data_version=dg.DataVersion(content(done.version, output)),
                metadata=version_metadata(done, output.table, docs_page=context.resources.machine.docs_page) | behind,
            )
    yield from _judged(context, done, keys[0])


def _judged(context: dg.AssetExecutionContext, done: Done, key: dg.AssetKey) -> Results:
    for verdict in done.verdicts:
        if verdict.blocks:
            by = f"{verdict.check} of {done.version.address.stage}"
            context.instance.add_run_tags(context.run.run_id, {STOPPED: by})
        if not verdict.passed:
            # of a check that stops a run Dagster's own error says no more than the name
            level = logging.ERROR if verdict.blocks else logging.WARNING
            said = f"check {verdict.check} of {done.version.address}: {verdict.summary}"
            context.log.log(level, said)
            if verdict.blocks:
                say_last(said)
        if dg.AssetCheckKey(key, verdict.check) in context.selected_asset_check_keys:
            yield check_result(verdict, key, done.version, context.resources.machine.docs_page)


@contextmanager
def _patience(context: dg.AssetExecutionContext, stage: Stage, work: Work) -> Iterator[None]:
    """Try again, a little later each time, where a service or a disk was away; then fail with its own sentence."""
    try:
        yield
    except OSError as error:
        if context.retry_number >= MOST_RETRIES:
            raise _failure(f"{work.pipeline}/{stage.name}: {error}") from error
        wait = FIRST_WAIT_SECONDS * 2**context.retry_number
        work.report(f"{stage.name} is tried again in {wait} s: {error}")
        raise dg.RetryRequested(max_retries=MOST_RETRIES, seconds_to_wait=wait) from error


def _failure(sentence: str) -> dg.Failure:
    say_last(sentence)
    return dg.Failure(description=sentence, allow_retries=False)


def _skipped_with(stage: Stage, work: Work, wrapping: Wrapping) -> list[dg.AssetKey]:
    """Return the assets of a stage and of those that Dagster skips in the same run because they read it."""
    names = [stage.name, *(each.name for each in LIFECYCLE.values() if stage.name in each.follows)]
    return [dg.AssetKey([work.pipeline, output.name]) for name in names for output in wrapping.renews[name]]


def _work(context: dg.AssetExecutionContext, pipeline: str, declaration: Declaration, handed: object) -> Work:
    machine: Machine = context.resources.machine
    told = _run_tags(context, pipeline)
    period = _period(context, pipeline, declaration.partitions)
    where = f"{pipeline} {period.key}" if period else pipeline

    def report(line: str) -> None:
        context.log.info(line)
        PROGRESS.info(f"{where}  {line}")

    return Work(
        pipeline=pipeline,
        declaration=declaration,
        period=period,
        store=machine.store(),
        service=machine.service(),
        docs=Path(machine.docs),
        mlflow_page=machine.mlflow_page,
        report=report,
        stages=LIFECYCLE,
        handed=handed,
        run_page=f"{machine.dagster_page}/runs/{context.run.run_id}",
        tags={"dagster run": context.run.run_id} | {tag: told[tag] for tag in SHOWN_TAGS if tag in told},
    )


def _period(context: dg.AssetExecutionContext, pipeline: str, partitions: Partitions | None) -> Period | None:
    """Return the period that is run; Dagster gives none to a check that is run by itself."""
    if partitions is None:
        return None
    if not context.has_partition_key:
        raise _failure(needs_period(pipeline, partitions, datetime.now(UTC)))
    return partitions.period(context.partition_key)


def _run_tags(context: dg.AssetExecutionContext, pipeline: str) -> dict[str, str]:
    """Write on the run whose process holds it and what started it, where its launcher did not; return what it says."""
    there = context.run.tags
    said = {"trainyard/pipeline": pipeline, **started_by(there), **first_in_line(there)} | dict(there)
    # a retry inherits its parent's tags, and with them a process that is gone
    said |= process_tags()
    changed = {tag: value for tag, value in said.items() if there.get(tag) != value}
    if changed:
        context.instance.add_run_tags(context.run.run_id, changed)
    return said


def _spec(stage: Stage, pipeline: str, declaration: Declaration, *, wrapping: Wrapping, output: Output) -> dg.AssetSpec:
    terms = stage.terms(declaration)
    return dg.AssetSpec(
        key=[pipeline, output.name],
        deps=list(wrapping.deps),
        description=output.description,
        skippable=True,
        group_name=f"{pipeline}_{stage.group}",
        code_version=hashlib.sha256(
            canonical([code_version(*terms.modules, stop=SHELL), dict(terms.slice)])
        ).hexdigest()[:12],
        owners=list(declaration.owners),
        kinds=set(stage.kinds),
        tags={"trainyard/pipeline": pipeline, "trainyard/stage": stage.name},
    )


def _check_specs(stage: Stage, declaration: Declaration, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name=check.name, asset=key, description=check.description, blocking=check.severity == "critical"
        )
        for check in stage.terms(declaration).checks
    ]
