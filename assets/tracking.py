"""Shows training in MLflow while it happens; a retried step goes on in the run it began."""

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from assets.mlflow_service import MlflowService
from data_checks.verdict import Json

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Param

IDENTITY = "trainyard.identity"
PARAMS_AT_ONCE = 100
LONGEST_PARAM = 6000
LONGEST_DIGEST = 36
# without these MLflow's pages open as those of language models, with traces instead of runs and without a registry
TRAINS_MODELS = {"mlflow.experimentKind": "custom_model_development"}
FOR_TRAINING = "workflowType=machine_learning"


@dataclass(frozen=True)
class Run:
    """One MLflow run."""

    run_id: str
    experiment_id: str

    def url(self, ui: str) -> str:
        """The run's page under the address of MLflow's pages."""
        return f"{ui.rstrip('/')}/#/experiments/{self.experiment_id}/runs/{self.run_id}?{FOR_TRAINING}"


def version_url(ui: str, name: str, version: str) -> str:
    """A model version's page under the address of MLflow's pages."""
    return f"{ui.rstrip('/')}/#/models/{quote(name, safe='')}/versions/{version}?{FOR_TRAINING}"


class Tracking:
    """Runs and what they log; every call names its run, and no state is global."""

    def __init__(self, service: MlflowService) -> None:
        self.service = service

    def run_for(self, experiment: str, name: str, *, identity: str, tags: Mapping[str, str]) -> Run:
        """The run of this identity, begun if there is none, running again if there is.

        Args:
            experiment: made if it is not there.
            name: shown in MLflow.
            identity: what the run stands for, for example the key of the model version that it trains.
            tags: lineage.

        Raises:
            ValueError: the experiment was deleted.
            UnreachableError: MLflow does not answer.
        """
        experiment_id = self._experiment(experiment)
        found = self.service.read(
            lambda client: client.search_runs(
                [experiment_id], f"tags.`{IDENTITY}` = '{identity}'", max_results=1, order_by=["attributes.start_time"]
            )
        )
        if not found:
            begun = self.service.write(
                "create_run",
                lambda client: client.create_run(experiment_id, tags={**tags, IDENTITY: identity}, run_name=name),
            )
            return Run(begun.info.run_id, experiment_id)
        run = Run(found[0].info.run_id, experiment_id)
        self.service.write("update_run", lambda client: client.update_run(run.run_id, status="RUNNING", name=name))
        return run

    def log_metrics(self, run: Run, step: int, metrics: Mapping[str, float]) -> None:
        """Log all metrics of an epoch in one call."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entries = [Metric(name, float(value), now, step) for name, value in metrics.items()]
        self.service.write("log_metrics", lambda client: client.log_batch(run.run_id, metrics=entries))

    def log_params(self, run: Run, params: Mapping[str, Json]) -> None:
        """Log settings; values that are not strings are written as JSON, and cut at MLflow's limit."""
        from mlflow.entities import Param

        entries = [
            Param(name, (value if isinstance(value, str) else json.dumps(value))[:LONGEST_PARAM])
            for name, value in params.items()
        ]
        for start in range(0, len(entries), PARAMS_AT_ONCE):
            some = entries[start : start + PARAMS_AT_ONCE]
            self.service.write("log_params", partial(_log_params, run_id=run.run_id, params=some))

    def log_files(self, run: Run, files: Mapping[str, bytes | str]) -> None:
        """Keep figures (PNG), texts and reports with a run: path under the run's artifacts → content."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            self.service.write("log_files", lambda client: client.log_artifacts(run.run_id, folder))

    def log_input(self, run: Run, name: str, *, digest: str, source: str, context: str) -> None:
        """Record a data set that the run read, by our digest of all its rows (MLflow's covers the first 10,000).

        Args:
            run: which run.
            name: of the data set, for example `hotel_cancellations/features`.
            digest: content digest, cut at MLflow's 36 characters.
            source: where it lies.
            context: what for: training, validation, test.
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag

        described = Dataset(name, digest[:LONGEST_DIGEST], source_type="local", source=json.dumps({"uri": source}))
        entry = DatasetInput(described, [InputTag("mlflow.data.context", context)])
        self.service.write("log_input", lambda client: client.log_inputs(run.run_id, [entry]))

    def end(self, run: Run, status: Literal["FINISHED", "FAILED"]) -> None:
        """Close a run; a run left open by a killed step goes on when the step is retried."""
        self.service.write("end_run", lambda client: client.set_terminated(run.run_id, status))

    def _experiment(self, name: str) -> str:
        found = self.service.read(lambda client: client.get_experiment_by_name(name))
        if found is None:
            return self.service.write("create_experiment", lambda client: self._create(client, name))
        if found.lifecycle_stage != "active":
            raise ValueError(
                f"mlflow.experiment {name!r} was deleted: {found.experiment_id} must be active; "
                f"restore it with `mlflow experiments restore -x {found.experiment_id}`"
            )
        return str(found.experiment_id)

    def _create(self, client: "MlflowClient", name: str) -> str:
        from mlflow.exceptions import MlflowException

        root = self.service.artifacts
        try:
            where = f"{root}/{name}" if root else None
            return str(client.create_experiment(name, artifact_location=where, tags=TRAINS_MODELS))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            return str(client.search_experiments(filter_string=f"name = '{name}'")[0].experiment_id)


def _log_params(client: "MlflowClient", *, run_id: str, params: "list[Param]") -> None:
    client.log_batch(run_id, params=params)
