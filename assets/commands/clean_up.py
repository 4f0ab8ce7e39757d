"""Shows the versions and the old runs that nothing needs, and removes them when asked to."""

import argparse
import os
from collections.abc import Sequence

from assets.commands.retention import kept_days, old_runs, registered_runs, remove_runs
from assets.home import Home
from assets.mlflow_service import MlflowService
from assets.registered import MODEL_KEY
from assets.registry import Registry
from assets.store import Store
from assets.versions.clean_up import Key, plan, remove

HOUR_SECONDS = 3600.0
REMEDY = "; to remove them: make clean-up REMOVE=yes"


def main(arguments: Sequence[str]) -> int:
    """Print what would go, each with its size and the reason; remove it with `--remove`.

    What a partition stands on, and what a registered model was made from, always stays; without MLflow's answer to the
    question which models are registered, nothing is removed.
    """
    parser = argparse.ArgumentParser(prog="clean_up", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove what is shown")
    parser.add_argument(
        "--grace-hours", type=float, default=24.0, help="leave what was made or used since (default 24)"
    )
    given = parser.parse_args(arguments)
    home = Home.from_environment()
    home.initialise()
    registry = Registry(MlflowService(os.environ["MLFLOW_TRACKING_URI"]))
    found = plan(
        Store(home.versions), kept_keys=registered_keys(registry), grace_seconds=given.grace_hours * HOUR_SECONDS
    )
    shown = remove(found) if given.remove else found.removable
    for one in shown:
        print(f"{one.bytes / 1e6:10.2f} MB  {one.path}  {one.why}")
    total = sum(one.bytes for one in shown) / 1e6
    runs = _runs(registry, remove=given.remove)
    if not (shown or runs):
        print(f"nothing to remove: what is there is needed, or younger than {given.grace_hours:g} hours")
    elif given.remove:
        print(f"removed {len(shown)}, {total:.2f} MB, and {runs} runs of Dagster")
    else:
        print(f"{len(shown)} to remove, {total:.2f} MB, and {runs} runs of Dagster{REMEDY}")
    return 0


def _runs(registry: Registry, *, remove: bool) -> int:
    """Tell of the old runs, and remove them if asked to; return how many there are, or were."""
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        found = old_runs(instance, days=kept_days(), registered=registered_runs(registry))
        for run in found:
            print(f"               {run}  older than {kept_days()} days, nothing that stands was made by it")
        return remove_runs(instance, found) if remove else len(found)


def registered_keys(registry: Registry) -> set[Key]:
    """Return the keys of the models that any registered version holds."""
    versions = [version for name in registry.names() for version in registry.versions(name)]
    return {
        (version.tags["trainyard.pipeline"], "model", version.tags[MODEL_KEY])
        for version in versions
        if MODEL_KEY in version.tags and "trainyard.pipeline" in version.tags
    }
