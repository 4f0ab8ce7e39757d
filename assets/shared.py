"""What Trainyard gives to every pipeline of a code location: the resources of stages, the executor, the retention."""

import os

import dagster as dg

from assets.automation import retention
from assets.home import Home
from assets.resources import Machine, TableIOManager


def shared(home: Home) -> dg.Definitions:
    """Return it for a state folder whose environment is set, whether or not the folder is there yet."""
    machine = Machine(
        versions=str(home.versions),
        docs=str(home.docs),
        mlflow=dg.EnvVar("MLFLOW_TRACKING_URI"),
        artifacts=(home.mlflow / "artifacts").as_uri(),
        mlflow_page=os.environ["TRAINYARD_MLFLOW_PAGE"],
        docs_page=os.environ["TRAINYARD_DOCS_PAGE"],
        dagster_page=os.environ["TRAINYARD_DAGSTER_PAGE"],
    )
    tables = TableIOManager(root=str(home.root / "tables"))
    own = dg.Definitions(resources={"machine": machine, "io_manager": tables}, executor=dg.in_process_executor)
    return dg.Definitions.merge(retention(), own)
