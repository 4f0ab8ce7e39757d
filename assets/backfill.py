"""What a backfill asks of its runs: a period is released and scored after the releases of the periods before it."""

import time
from collections.abc import Mapping, Sequence

import dagster as dg

from assets.work import Work

BACKFILL, PARTITION, PRIORITY = "dagster/backfill", "dagster/partition", "dagster/priority"
RETRY = "dagster/retry_on_asset_or_op_failure"
# how long a run that died is waited for until it is run again: Dagster does it within seconds, and may lose it for good
WAIT_SECONDS = 60.0
# on a run that came before an earlier period: which one
TOO_EARLY = "trainyard/came_before"


def first_in_line(tags: Mapping[str, str]) -> dict[str, str]:
    """Return what brings a period whose process died before all later ones of its backfill when it is run again.

    Dagster copies it from the run that died to the next one.
    """
    return {PRIORITY: "1"} if BACKFILL in tags else {}


def refuse_too_early(context: dg.AssetExecutionContext, work: Work, *, stage: str, release: dg.AssetKey) -> None:
    """Refuse a period of a backfill while an earlier one is still to be released.

    No asset follows the period before in Dagster's graph, since a period that is stopped would then keep Dagster from
    asking for all later ones. The order is the run queue's; it breaks where a process died, or where the queue has no
    limit. The run that is refused is run again by Dagster, which a failed check is not.

    Raises:
        Failure: naming the run that must end first.
    """
    tags, period = context.run.tags, work.partition
    if BACKFILL not in tags or period is None:
        return
    records = context.instance.get_run_records(dg.RunsFilter(tags={BACKFILL: tags[BACKFILL]}))
    due = {
        run.tags[PARTITION]: run
        for run in (record.dagster_run for record in records if _is_due(record))
        if run.tags.get(PARTITION, period) < period and _releases(run, work.pipeline, release)
    }
    if not due:
        if TOO_EARLY in tags:
            context.instance.add_run_tags(context.run.run_id, {RETRY: "false"})
        return
    earlier = min(due)
    context.instance.add_run_tags(context.run.run_id, {RETRY: "true", TOO_EARLY: earlier})
    first = f"run {due[earlier].run_id[:8]} of {earlier} in the same backfill"
    raise dg.Failure(
        description=f"{work.pipeline}/{stage} of {period} comes too early: {first} has not ended, and a period follows "
        "the releases before it; Dagster runs this one again, or do so once that one has ended",
        allow_retries=False,
    )


def settle(context: dg.AssetExecutionContext, work: Work, keys: Sequence[dg.AssetKey], reason: str) -> None:
    """Tell a backfill that a period has nothing to do yet; it would end as failed otherwise, with no run that did."""
    asked = context.run.asset_selection or ()
    if BACKFILL in context.run.tags:
        for key in keys:
            if key in asked:
                told = {"skipped": reason}
                context.log_event(dg.AssetMaterialization(key, partition=work.partition, metadata=told))


def _is_due(record: dg.RunRecord) -> bool:
    run = record.dagster_run
    if not run.is_finished:
        return True
    return run.is_complete_and_waiting_to_retry and time.time() - (record.end_time or 0.0) < WAIT_SECONDS


def _releases(run: dg.DagsterRun, pipeline: str, release: dg.AssetKey) -> bool:
    """Return whether a run was asked for a release; one of a whole job names no assets."""
    if run.asset_selection is None:
        return run.tags.get("trainyard/job") == f"{pipeline}_retrain"
    return release in run.asset_selection
