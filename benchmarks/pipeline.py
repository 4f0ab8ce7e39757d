"""One pipeline in a state folder of its own: through Dagster, or as plain functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import dagster as dg

from assets.data.period import Partitions
from assets.declaration import Declaration
from assets.execution import Done, carry_out
from assets.home import Home
from assets.mlflow_service import MlflowService
from assets.pipeline import definitions_of
from assets.resources import PROGRESS, Machine
from assets.store import Store
from assets.work import Stage, Work

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
PAGE = "http://127.0.0.1:5000"


@dataclass(frozen=True)
class Pipeline:
    """A declaration and the state folder that it runs in."""

    name: str
    declaration: Declaration
    home: Home

    @cached_property
    def definitions(self) -> dg.Definitions:
        """What Dagster loads of it, with the resources of its own state folder."""
        machine = Machine(
            versions=str(self.home.versions),
            docs=str(self.home.docs),
            mlflow=self.home.mlflow_database,
            artifacts=self._artifacts,
            mlflow_page=PAGE,
        )
        shared = dg.Definitions(resources={"machine": machine}, executor=dg.in_process_executor)
        return dg.Definitions.merge(definitions_of(self.name, self.declaration), shared)

    def months(self, first: str, last: str) -> list[str]:
        """Return the keys of its periods from `first` to `last`."""
        return [period.key for period in self._partitions.between(first, last)]

    def run(self, job: str, month: str, instance: dg.DagsterInstance, *, only: Sequence[str] = ()) -> None:
        """Run one of its jobs for a month through Dagster, or only some of its assets; a failed run raises."""
        self.definitions.resolve_job_def(f"{self.name}_{job}").execute_in_process(
            partition_key=month,
            instance=instance,
            run_config=QUIET,
            asset_selection=[dg.AssetKey([self.name, asset]) for asset in only] or None,
        )

    def carry_out(self, stage: Stage, month: str) -> Done:
        """Call one stage for a month as a plain function."""
        work = Work(
            pipeline=self.name,
            declaration=self.declaration,
            period=self._partitions.period(month),
            store=Store(self.home.versions),
            service=MlflowService(self.home.mlflow_database, self._artifacts),
            docs=self.home.docs,
            mlflow_page=PAGE,
            report=PROGRESS.info,
        )
        return carry_out(stage, work)

    @property
    def _partitions(self) -> Partitions:
        if self.declaration.partitions is None:
            raise ValueError(f"partitions are missing: {self.name} has no periods to measure; take one that has")
        return self.declaration.partitions

    @property
    def _artifacts(self) -> str:
        return (self.home.mlflow / "artifacts").as_uri()
