"""What starts a pipeline by itself: its two jobs, their schedules and the sensor for new data."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import assert_never

import dagster as dg

from assets.commands.retention import kept_days, old_runs, registered_runs, remove_runs
from assets.data.sources import AssetSource, DeltaSource, FilesSource, PythonSource, Source, SqlSource
from assets.data.stages.raw import Raw, holdings
from assets.declaration import Declaration
from assets.memo import Memo
from assets.new_data import Ask, Asked, Watch
from assets.registry import Registry
from assets.retraining import STOPPED, Retrain, due_periods
from assets.store import Store
from assets.versions.layout import Layout
from assets.versions.recipe import Address

SCORE = ("raw", "clean", "quarantine", "predictions", "drift")
RETRAIN = ("raw", "clean", "quarantine", "splits", "features", "model", "evaluation", "release")
SELECTED = {"score": SCORE, "retrain": RETRAIN}
SCORE_UNPARTITIONED = ("predictions", "drift")
# the asset whose partitions show that a period was run, whoever started it
WITNESS = {"score": "predictions", "retrain": "release"}
DOES = {
    "score": "Scores rows with the champion and watches them for",
    "retrain": "Reads, trains, evaluates and registers",
}
SENSOR_SECONDS = 60
RETENTION = "trainyard_retention"
# how often the schedule asks for a period whose runs fail, retries of a run not counted
MOST_ATTEMPTS = 3


def automation(name: str, declaration: Declaration) -> dg.Definitions:
    """Return the jobs of a pipeline, and its schedules and sensor if the declaration has a `retrain` section."""
    periodic = declaration.partitions is not None
    selections = SELECTED if periodic else {**SELECTED, "score": SCORE_UNPARTITIONED}
    jobs = [
        dg.define_asset_job(
            f"{name}_{kind}",
            selection=dg.AssetSelection.assets(*(dg.AssetKey([name, asset]) for asset in selection)),
            description=f"{DOES[kind]} {name}.",
            tags={"trainyard/pipeline": name, "trainyard/job": f"{name}_{kind}"},
        )
        for kind, selection in selections.items()
    ]
    if declaration.retrain is None:
        return dg.Definitions(jobs=jobs)
    return dg.Definitions(
        jobs=jobs,
        schedules=[_schedule(name, kind, declaration, declaration.retrain) for kind in selections],
        sensors=[_sensor(name, declaration, declaration.retrain)],
    )


def retention() -> dg.Definitions:
    """Return the job that removes old runs of all pipelines, and its schedule, off until somebody wants it."""

    @dg.op(name=f"{RETENTION}__remove", required_resource_keys={"machine"})
    def remove(context: dg.OpExecutionContext) -> None:
        registered = registered_runs(Registry(context.resources.machine.service()))
        found = old_runs(context.instance, days=kept_days(), registered=registered)
        for run in found:
            context.log.info(f"{run} is removed")
        count = remove_runs(context.instance, found)
        context.log.info(f"{count} runs older than {kept_days()} days removed")

    @dg.job(name=RETENTION, description="Removes runs older than TRAINYARD_KEEP_RUNS_DAYS that nothing needs.")
    def job() -> None:
        remove()

    return dg.Definitions(jobs=[job], schedules=[dg.ScheduleDefinition(job=job, cron_schedule="30 3 * * 0")])


def _schedule(name: str, kind: str, declaration: Declaration, settings: Retrain) -> dg.ScheduleDefinition:
    job = f"{name}_{kind}"

    def due(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        now = context.scheduled_execution_time
        tags = {"trainyard/trigger": "schedule", "trainyard/job": job, "trainyard/pipeline": name}
        if declaration.partitions is None:
            yield dg.RunRequest(
                run_key=f"{now:%Y-%m-%dT%H:%M}", tags={**tags, "trainyard/reason": f"due at {now:%Y-%m-%d %H:%M}"}
            )
            return
        attempted, failed = _attempted(context.instance, name, kind)
        periods = due_periods(
            declaration.partitions, now=now, attempted=attempted, catch_up=settings.catch_up, again=failed
        )
        if not periods:
            yield dg.SkipReason(f"{job}: every complete period up to {now:%Y-%m-%d} was run or asked for")
        for index, period in enumerate(periods):
            late = index < len(periods) - 1
            again = f" after run {failed[period.key]}" if period.key in failed else ""
            yield dg.RunRequest(
                partition_key=period.key,
                run_key=f"{job} {period.key}{again}",
                tags={
                    **tags,
                    "trainyard/reason": f"{'missed' if late else 'newest complete'} period {period.key}{again}",
                    "dagster/priority": str(-index),
                },
            )

    return dg.ScheduleDefinition(
        name=f"{job}_schedule",
        job_name=job,
        cron_schedule=settings.schedule,
        execution_timezone=settings.time_zone,
        execution_fn=due,
        description=f"Runs {job} for the newest complete period, and for those missed while the daemon was down.",
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.switched_on else dg.DefaultScheduleStatus.STOPPED,
    )


def _attempted(instance: dg.DagsterInstance, name: str, kind: str) -> tuple[set[str], dict[str, str]]:
    """Return the periods that were materialized or asked for, and the failed run of those that are worth another.

    A check that refused is an answer, and so is a run that somebody ended; a service that was down, a source without
    the rows yet or a fault that was mended since are none.
    """
    runs: dict[str, list[dg.DagsterRun]] = {}
    witness = dg.AssetKey([name, WITNESS[kind]])
    for run in instance.get_runs(dg.RunsFilter(tags={"trainyard/pipeline": name})):  # the newest first
        is_asked = run.job_name == f"{name}_{kind}" or witness in (run.asset_selection or ())
        if is_asked and (key := run.tags.get("dagster/partition")):
            runs.setdefault(key, []).append(run)
    made = set(instance.get_materialized_partitions(witness))
    failed = {key: asked[0].run_id for key, asked in runs.items() if key not in made and _is_worth_another(asked, kind)}
    return {*runs, *made}, failed


def _is_worth_another(asked: Sequence[dg.DagsterRun], kind: str) -> bool:
    newest = asked[0]
    stopped_at = newest.tags.get(STOPPED, "").rpartition(" ")[2]
    attempts = [run for run in asked if run.parent_run_id is None]
    return (
        newest.status is dg.DagsterRunStatus.FAILURE
        and stopped_at not in SELECTED[kind]
        and not newest.is_complete_and_waiting_to_retry
        and len(attempts) < MOST_ATTEMPTS
    )


def _sensor(name: str, declaration: Declaration, settings: Retrain) -> dg.SensorDefinition:
    """Return the sensor for new data.

    With partitions and files it asks for the periods whose rows changed, as `assets.new_data` tells; else for the
    newest complete one, or for all there is.
    """
    job = f"{name}_{'score' if declaration.partitions else 'retrain'}"
    source, partitions = declaration.source, declaration.partitions
    by_file = partitions is not None and source.kind == "files"

    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        marker = _marker(context.instance, declaration)
        if marker is None:
            return dg.SkipReason(f"{name}: the source tells no change before it is read; the schedule reads it")
        now = datetime.now(UTC)
        before = Asked.read(context.cursor, now)
        if marker == before.base == before.now:
            return dg.SkipReason(f"{name}: the source is as it was")
        newest = partitions.newest_complete(now) if partitions else None
        if partitions and newest is None:
            return dg.SkipReason(f"{name}: no period is complete yet")
        if partitions and source.kind == "files":
            store: Store = context.resources.machine.store()
            watch = Watch(
                source,
                partitions,
                Memo(store.disk, Layout.of(store.root, Address(name, Raw.name)).memo),
                lambda: holdings(source, declaration, store=store, pipeline=name, report=None),
            )
            asks, asked = watch.changes(marker, before, now)
        else:
            asked = before.changed_to(marker).done()
            asks = (Ask(newest.key if newest else None, marker, f"the source changed to {marker[:12]}"),)
        quiet = None if asks else f"{name}: {asked.quiet}"
        requests = [_request(name, job, ask, asked.change) for ask in asks]
        return dg.SensorResult(requests, skip_reason=quiet, cursor=str(asked))

    return dg.SensorDefinition(
        name=f"{name}_new_data",
        job_name=job,
        evaluation_fn=look,
        minimum_interval_seconds=SENSOR_SECONDS,
        description=f"Runs {job} when the source changes.",
        default_status=dg.DefaultSensorStatus.RUNNING if settings.switched_on else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys={"machine"} if by_file else None,
    )


def _request(name: str, job: str, ask: Ask, change: int) -> dg.RunRequest:
    return dg.RunRequest(
        # Dagster remembers a key for ever (#15982): new data must run again, also such as there was before
        run_key=f"{job} {ask.period or ''} {ask.holds} {change}",
        partition_key=ask.period,
        tags={
            "trainyard/pipeline": name,
            "trainyard/job": job,
            "trainyard/trigger": "new data",
            "trainyard/reason": ask.reason,
        },
    )


def upstream_of(source: Source) -> tuple[str, ...]:
    """Return the keys of the Dagster assets that fill a source."""
    match source:
        case SqlSource():
            return source.depends_on
        case AssetSource():
            return (source.key,)
        case FilesSource() | DeltaSource() | PythonSource():
            return ()
        case _:
            assert_never(source)


def _marker(instance: dg.DagsterInstance, declaration: Declaration) -> str | None:
    """Return what changes when the source does: its fingerprint, or the last events of the assets that fill it."""
    upstream = upstream_of(declaration.source)
    if not upstream:
        return declaration.source.fingerprint()
    events = [instance.get_latest_materialization_event(dg.AssetKey.from_user_string(key)) for key in upstream]
    if None in events:
        return None
    return " ".join(f"{event.timestamp}" for event in events if event)
