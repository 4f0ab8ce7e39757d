"""A pipeline that is trained in seconds, over rows that are easy to learn from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.declaration import TYPE, Declaration, load
from assets.home import Home
from assets.lifecycle import LIFECYCLE
from assets.mlflow_service import MlflowService
from assets.pipeline import definitions_of
from assets.registry import Registry
from assets.resources import Machine, TableIOManager
from assets.store import Store
from assets.work import Work
from data_checks.verdict import Json

NAME = "small"
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06")
SCORED, TRAINED = MONTHS[:5], MONTHS[2:4]
ROWS_A_MONTH = 240
ROWS = "rows.parquet"
# of each month's rows, how many lack what was spent, and how many counted visits below zero
EMPTY, NEGATIVE = 3, 2
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Small:
    """The small pipeline and the state folder in which it was run."""

    home: Home
    folder: Path

    @property
    def sections(self) -> dict[str, Any]:
        """What its declaration says."""
        return attributes(self.folder / ROWS)

    @property
    def declaration(self) -> Declaration:
        """Its declaration."""
        return small(self.folder)

    def declare(self, **sections: Json) -> Declaration:
        """Return its declaration with some sections changed."""
        return small(self.folder, **sections)

    @property
    def store(self) -> Store:
        """Its versions."""
        return Store(self.home.versions)

    @property
    def registry(self) -> Registry:
        """Its registered models."""
        return Registry(service_of(self.home))

    def work(self, period: str | None, declaration: Declaration | None = None) -> Work:
        """What a stage of it is given."""
        return work_on(self.home, declaration or self.declaration, period)

    def definitions(self, declaration: Declaration | None = None) -> dg.Definitions:
        """What Dagster loads of it."""
        return definitions(self.home, declaration or self.declaration)


def visits(months: Sequence[str] = MONTHS, *, seed: int = 0) -> pa.Table:
    """Return visits to a shop; who spent more comes back more often, which is known a day later.

    A few rows of each month break the contract.
    """
    draw = np.random.default_rng(seed)
    tables = []
    for month in months:
        first = date.fromisoformat(f"{month}-01")
        spent = draw.normal(50.0, 15.0, ROWS_A_MONTH)
        days = [first + timedelta(days=int(day)) for day in np.sort(draw.integers(0, 26, ROWS_A_MONTH))]
        place = np.arange(ROWS_A_MONTH)
        counted = np.where((place >= EMPTY) & (place < EMPTY + NEGATIVE), -1, draw.integers(1, 9, ROWS_A_MONTH))
        tables.append(
            pa.table(
                {
                    "visit": [f"{month} {number}" for number in range(ROWS_A_MONTH)],
                    "day": days,
                    "known": [day + timedelta(days=1) for day in days],
                    "spent": pa.array(spent, mask=place < EMPTY),
                    "visits": counted,
                    "shop": draw.choice(["north", "south"], ROWS_A_MONTH),
                    "back": spent + draw.normal(0.0, 10.0, ROWS_A_MONTH) > 50.0,
                }
            )
        )
    return pa.concat_tables(tables)


def attributes(rows: Path) -> dict[str, Any]:
    """Return the declaration's sections, to be changed before they are written."""
    return {
        "description": "Will this visitor come back?",
        "owners": ["team:tests"],
        "source": {"kind": "files", "path": str(rows)},
        "partitions": {"every": "month", "column": "day", "start": MONTHS[0]},
        "window": 3,
        "contract": {
            "columns": {"day": "date", "known": "date", "spent": "number", "visits": "integer", "back": "boolean"},
            "expectations": [{"expect_column_values_to_be_between": {"column": "visits", "min_value": 0}}],
            "rows_that_fail": {"action": "quarantine", "at_most": 0.05},
        },
        "target": {"column": "back", "known_at": "known"},
        "features": {"number": ["spent", "visits"], "category": ["shop"]},
        "split": {"by": "time", "validation": 1, "test": 1},
        "model": {"kind": "linear"},
        "train": {"epochs": 4, "optimizer": {"kind": "adamw", "lr": 0.05}},
        "compute": {"device": "cpu", "threads": 1},
        "evaluate": {"metrics": ["roc_auc", "brier"], "slices": ["shop"], "rounds": 50, "importance": {"repeats": 1}},
        "gates": [
            {"metric": "roc_auc", "at_least": 0.7},
            {"metric": "roc_auc", "against": "champion", "not_worse_by": 0.2},
        ],
        "monitor": {"labels_after": "1 days"},
        "retrain": {"schedule": "0 6 2 * *"},
    }


def write(folder: Path, sections: Mapping[str, Json], name: str = NAME) -> Path:
    """Write a `defs.yaml` under a folder's `pipelines`; JSON is YAML."""
    file = folder / "pipelines" / name / "defs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"type": TYPE, "attributes": sections}), encoding="utf-8")
    return file


def declare(sections: Mapping[str, Json]) -> Declaration:
    """Read sections as every pipeline is read, also where they do not fit the rows."""
    with TemporaryDirectory() as folder:
        return load(write(Path(folder), sections), root=Path(folder), look=False)


def small(folder: Path, **sections: Json) -> Declaration:
    """Return the small pipeline's declaration over rows that are written beside it; a section of None is left out."""
    file = folder / ROWS
    if not file.exists():
        pq.write_table(visits(), file)
    changed = {**attributes(file), **sections}
    return declare({name: section for name, section in changed.items() if section is not None})


def service_of(home: Home) -> MlflowService:
    """Return the door to the embedded MLflow of a state folder."""
    return MlflowService(home.mlflow_database, (home.mlflow / "artifacts").as_uri())


def work_on(home: Home, declaration: Declaration, period: str | None, *, name: str = NAME) -> Work:
    """Return what a stage is given outside of Dagster."""
    return Work(
        pipeline=name,
        declaration=declaration,
        period=declaration.partitions.period(period) if declaration.partitions and period else None,
        store=Store(home.versions),
        service=service_of(home),
        docs=home.docs,
        mlflow_page="http://127.0.0.1:5000",
        report=lambda line: None,
        stages=LIFECYCLE,
        tags={"user": "a test"},
    )


def definitions(home: Home, declaration: Declaration, *, name: str = NAME) -> dg.Definitions:
    """Return the pipeline as Dagster loads it, with the resources of a state folder."""
    machine = Machine(
        versions=str(home.versions),
        docs=str(home.docs),
        mlflow=home.mlflow_database,
        artifacts=(home.mlflow / "artifacts").as_uri(),
        mlflow_page="http://127.0.0.1:5000",
    )
    resources = {"machine": machine, "io_manager": TableIOManager(root=str(home.root / "tables"))}
    shared = dg.Definitions(resources=resources, executor=dg.in_process_executor)
    return dg.Definitions.merge(definitions_of(name, declaration), shared)


def run(found: dg.Definitions, job: str, period: str | None, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run one of the pipeline's jobs; a failure is told by the result."""
    return found.resolve_job_def(job).execute_in_process(
        partition_key=period, instance=instance, raise_on_error=False, run_config=QUIET
    )


def materialize(
    found: dg.Definitions, asset: str, period: str | None, instance: dg.DagsterInstance, *, name: str = NAME
) -> dg.ExecuteInProcessResult:
    """Materialize one asset alone, as a click on the page does."""
    job = found.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        asset_selection=[dg.AssetKey([name, asset])],
        partition_key=period,
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
    )


def live(folder: Path, home: Home) -> Small:
    """Run the first months as the daemon would: score each, and train for two of them."""
    found = Small(home, folder)
    loaded = found.definitions()
    with dg.DagsterInstance.get() as instance:
        for month in SCORED:
            for kind in ("score", "retrain") if month in TRAINED else ("score",):
                result = run(loaded, f"{NAME}_{kind}", month, instance)
                assert result.success, told(result)
    return found


def told(result: dg.ExecuteInProcessResult) -> str:
    """Return what the failed steps of a run said."""
    return "\n".join(str(event.step_failure_data.error) for event in result.all_events if event.is_step_failure)
