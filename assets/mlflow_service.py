"""The one door to MLflow: a dead server is one clear error here, and a test can make any write fail."""

import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")

DEFAULTS = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
ALWAYS = {
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
SQLITE = "sqlite:///"


class UnreachableError(ConnectionError):
    """MLflow does not answer, or its database cannot be opened."""


class MlflowService:
    """MLflow at one address; the environment of the process is set before mlflow is imported and reads it.

    Args:
        tracking_uri: `http(s)://…` of a server or `sqlite:///…` of a database file, which is made and migrated once.
        artifacts: folder or address under which experiments keep their files; None leaves it to the server.
    """

    def __init__(self, tracking_uri: str, artifacts: str | None = None) -> None:
        self.tracking_uri = tracking_uri
        self.artifacts = artifacts
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
        os.environ.update(ALWAYS)

    @property
    def address(self) -> str:
        """The tracking address without user and password."""
        return re.sub(r"//[^/\s]*@", "//", self.tracking_uri)

    @cached_property
    def client(self) -> "MlflowClient":
        """The client; the first use initialises a database, one process at a time."""
        if not self.tracking_uri.startswith(SQLITE):
            return self._connect()
        with self._initialising(Path(self.tracking_uri.removeprefix(SQLITE))):
            return self._connect()

    def read(self, ask: Callable[["MlflowClient"], T]) -> T:
        """Ask MLflow something that changes nothing.

        Raises:
            UnreachableError: MLflow does not answer.
        """
        with self._reaching():
            return ask(self.client)

    def write(self, what: str, change: Callable[["MlflowClient"], T]) -> T:
        """Change something in MLflow; `what` names the change where a test chooses which one fails.

        Raises:
            UnreachableError: MLflow does not answer.
        """
        with self._reaching():
            return change(self.client)

    def _connect(self) -> "MlflowClient":
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)
        client.search_experiments(max_results=1)
        return client

    @contextmanager
    def _initialising(self, database: Path) -> Iterator[None]:
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            with Path(f"{database}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with sqlite3.connect(database) as connection:
                    connection.execute("PRAGMA schema_version")
                connection.close()
                yield
        except (sqlite3.Error, OSError) as error:
            raise self._unreachable(error) from error

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            lost = error.error_code == "TEMPORARILY_UNAVAILABLE" or "failed with exception" in str(error)
            if not lost:
                raise
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> UnreachableError:
        reason = re.sub(r"\s+", " ", re.sub(r"//[^/\s]*@", "//", str(error)))[:200]
        return UnreachableError(
            f"mlflow.tracking_uri cannot be reached: {self.address} ({reason}) must answer; "
            "start the server (`make dev`) or correct MLFLOW_TRACKING_URI, then run the step again"
        )
