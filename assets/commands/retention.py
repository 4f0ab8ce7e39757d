"""Removes the old runs of Dagster that nothing needs, with their events; Dagster itself keeps all for ever."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from assets.commands import CommandError
from assets.registry import Registry

if TYPE_CHECKING:
    from dagster import AssetKey, DagsterInstance

SETTING, DEFAULT_DAYS = "TRAINYARD_KEEP_RUNS_DAYS", "90"
RUN_TAG = "trainyard.dagster_run"
AT_ONCE = 1000


@dataclass(frozen=True)
class OldRun:
    """A run that nothing needs.

    Attributes:
        run_id: of Dagster.
        job: what it ran.
        partition: the period, if it had one.
        status: how it ended.
        created: when it was asked for.
    """

    run_id: str
    job: str
    partition: str
    status: str
    created: datetime

    def __str__(self) -> str:
        """The run as a line for people."""
        told = f"run {self.run_id[:8]}  {self.created:%Y-%m-%d}  {self.status.lower():9} {self.job} {self.partition}"
        return told.rstrip()


def kept_days() -> int:
    """For how many days every run is kept: the environment variable TRAINYARD_KEEP_RUNS_DAYS, by default 90.

    Raises:
        CommandError: it is no whole number from 1.
    """
    text = os.environ.get(SETTING, DEFAULT_DAYS)
    if not text.isdecimal() or int(text) < 1:
        raise CommandError(f"retention.{SETTING} is no number of days: {text!r} is not a whole number from 1; mend it")
    return int(text)


def old_runs(
    instance: "DagsterInstance", *, days: int, registered: Collection[str] = (), now: datetime | None = None
) -> tuple[OldRun, ...]:
    """Find runs that have ended, are older than some days and are needed by nothing; nothing is changed.

    Needed are the runs that materialized what an asset now holds, of every partition: without their events the page
    would show the partition as missing, and a schedule would catch up on it. So are those that a registered model
    names. What was made from what stands in the records of the versions, whatever becomes of a run.

    Args:
        instance: that knows the runs.
        days: for how long every run is kept.
        registered: ids of the runs that registered models name.
        now: the time; that of the clock if it is not given.

    Returns:
        The runs, the oldest first.
    """
    from dagster import DagsterRunStatus, RunsFilter

    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    found = instance.get_run_records(RunsFilter(statuses=ended, created_before=before), ascending=True)
    if not found:
        return ()
    needed = {run_id for key in instance.get_asset_keys() for run_id in _standing(instance, key)} | set(registered)
    return tuple(
        OldRun(
            record.dagster_run.run_id,
            record.dagster_run.job_name,
            record.dagster_run.tags.get("dagster/partition", ""),
            record.dagster_run.status.value,
            record.create_timestamp,
        )
        for record in found
        if record.dagster_run.run_id not in needed
    )


def remove_runs(instance: "DagsterInstance", runs: Collection[OldRun]) -> int:
    """Delete runs with their events, each whole or not at all; return how many were still there."""
    there = [run for run in runs if instance.get_run_by_id(run.run_id) is not None]
    for run in there:
        instance.delete_run(run.run_id)
    return len(there)


def registered_runs(registry: Registry) -> set[str]:
    """Return the ids of the Dagster runs that registered models name."""
    versions = [version for name in registry.names() for version in registry.versions(name)]
    return {version.tags[RUN_TAG] for version in versions if RUN_TAG in version.tags}


def _standing(instance: "DagsterInstance", key: "AssetKey") -> Iterator[str]:
    """Yield the runs that last materialized an asset: of each partition, and of the whole."""
    seen: set[str | None] = set()
    cursor = None
    while True:
        page = instance.fetch_materializations(key, limit=AT_ONCE, cursor=cursor)
        for record in page.records:
            if record.partition_key not in seen:
                seen.add(record.partition_key)
                yield record.run_id
        if not page.has_more:
            return
        cursor = page.cursor
