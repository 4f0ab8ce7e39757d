"""Runs the Dagster and MLflow pages and the Data Docs side by side: all start, all stop."""

import argparse
import os
import sys
from collections.abc import Sequence

from assets.commands import CommandError
from assets.commands.servers import Server, serve
from assets.data.report import write_home
from assets.home import REPOSITORY, Home
from assets.tracking import FOR_TRAINING


def main(arguments: Sequence[str]) -> int:
    """Open the pages and keep them until Ctrl-C, or until one of them dies.

    Returns:
        The exit status: 0 if the user stopped them.

    Raises:
        CommandError: A port is taken or no port at all, or a server dies or never answers.
    """
    from dagster import DagsterInstance

    from assets.commands.reap import reap

    argparse.ArgumentParser(prog="dev", description=__doc__).parse_args(arguments)
    home = Home.from_environment()
    home.initialise()
    servers = (dagster_server(home), *mlflow_servers(home), docs_server(home))
    with DagsterInstance.get() as instance:
        for run_id in reap(instance):
            print(f"run {run_id} is closed as failed: its process died")
    serve(servers, opened=home.remember_ports)
    return 0


def dagster_server(home: Home) -> Server:
    """Return Dagster's page with its daemon, which runs schedules, sensors and queued runs."""
    port = _port(home, "TRAINYARD_DAGSTER_PORT")
    workspace = ("-w", str(REPOSITORY / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port))
    return Server(
        name="Dagster",
        command=(sys.executable, "-m", "dagster", "dev", *workspace),
        port=port,
        probe="/server_info",
        setting="TRAINYARD_DAGSTER_PORT",
        log=home.logs / "dagster.log",
        folder=REPOSITORY,
    )


def mlflow_servers(home: Home) -> tuple[Server, ...]:
    """Return MLflow's page, or nothing where a team already serves it."""
    database = os.environ["MLFLOW_TRACKING_URI"]
    if database.startswith(("http:", "https:", "databricks")):
        print(f"MLflow   {database}")
        return ()
    port = _port(home, "TRAINYARD_MLFLOW_PORT")
    artifacts = os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"]
    server = Server(
        name="MLflow",
        command=(
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
        ),
        port=port,
        probe="/health",
        setting="TRAINYARD_MLFLOW_PORT",
        log=home.logs / "mlflow.log",
        folder=home.mlflow,
        # By environment: an address on the command line would show its password to every user of the machine.
        environment={
            "MLFLOW_BACKEND_STORE_URI": database,
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifacts,
            "MLFLOW_ARTIFACTS_DESTINATION": artifacts,
        },
        page=f"/#/experiments?{FOR_TRAINING}",
    )
    return (server,)


def docs_server(home: Home) -> Server:
    """Return the Data Docs, which Dagster's pages link to: a browser opens no file from there."""
    port = _port(home, "TRAINYARD_DOCS_PORT")
    write_home(home.docs)
    return Server(
        name="Docs",
        command=(sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(home.docs)),
        port=port,
        probe="/",
        setting="TRAINYARD_DOCS_PORT",
        log=home.logs / "docs.log",
        folder=home.docs,
    )


def _port(home: Home, setting: str) -> int:
    text = home.ports()[setting]
    if not text.isdecimal() or not 0 < int(text) <= 65535:
        raise CommandError(f"dev.{setting} is not a port: {text!r} is not a whole number from 1 to 65535; mend it")
    return int(text)
