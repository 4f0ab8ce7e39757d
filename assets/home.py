"""The one folder that holds all state of this machine, and the environment that keeps every library inside it."""

import fcntl
import hashlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

from assets import surroundings

REPOSITORY = Path(surroundings.REPOSITORY)
USUAL_PORTS = {"TRAINYARD_DAGSTER_PORT": "3000", "TRAINYARD_MLFLOW_PORT": "5000", "TRAINYARD_DOCS_PORT": "5050"}

DAGSTER_YAML = """\
# Written once, then yours: what you change is never overwritten.
# Without a `storage` section Dagster keeps SQLite files in this folder.
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs:
    max_concurrent_runs: 4
    tag_concurrency_limits:
      # one run of a job at a time, in order, so that catching up replays history; scoring does not wait for retraining
      - {key: trainyard/job, value: {applyLimitPerUniqueValue: true}, limit: 1}
      # a backfill judges each period by the champion that stood before it, so its runs go one by one
      - {key: dagster/backfill, value: {applyLimitPerUniqueValue: true}, limit: 1}
  pools: {granularity: op, default_limit: 1}
run_monitoring: {enabled: true, poll_interval_seconds: 30, free_slots_after_run_end_seconds: 60}
# A run whose process died is launched again; a failed check or gate is an answer and is not asked twice.
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}
"""
QUIETLY = "python_logs: {python_log_level: INFO}"
QUIET = f"""\
# On a terminal what the stages say; the page shows every event of Dagster's all the same.
{QUIETLY}
"""
# raised with what `dagster.yaml` should hold, so that each start of an older home looks into it once
SETTINGS = 2
# SHA-256 of what earlier versions wrote without QUIET; a file that is as it was written gets it
WITHOUT_QUIET = {
    "a27f63dfbe102fbfe5cb0f9dee77dddbd340a25b09c52ba5083233f53ff89f4b",
    "cdb87f076eff34f67a10d5e9a06941955bb91ac1de893d35de3a51644581f10b",
}


class HomeError(RuntimeError):
    """The state folder cannot be made ready."""


@dataclass(frozen=True)
class Home:
    """Where state lives: one folder, moved by the environment variable TRAINYARD_HOME."""

    root: Path

    @classmethod
    def from_environment(cls) -> Self:
        """Read TRAINYARD_HOME, from where the command is started, or fall back to `.trainyard` in the repository."""
        return cls(Path(surroundings.root()))

    @property
    def dagster(self) -> Path:
        """Runs, events, schedules and `dagster.yaml`."""
        return self.root / "dagster"

    @property
    def mlflow(self) -> Path:
        """The tracking and registry database, and the artifacts of runs and models."""
        return self.root / "mlflow"

    @property
    def versions(self) -> Path:
        """The immutable outputs of the stages."""
        return self.root / "versions"

    @property
    def docs(self) -> Path:
        """Data Docs of the expectations."""
        return self.root / "docs"

    @property
    def logs(self) -> Path:
        """What the servers of `make dev` print."""
        return self.root / "logs"

    @property
    def cache(self) -> Path:
        """What libraries would otherwise keep in the user's home; may be deleted at any time."""
        return self.root / "cache"

    @property
    def mlflow_database(self) -> str:
        """The SQLAlchemy address of the embedded MLflow database."""
        return f"sqlite:///{self.mlflow / 'mlflow.db'}"

    def environment(self) -> dict[str, str]:
        """The defaults that every process of Trainyard runs with; a variable that is already set wins."""
        pages = {name.replace("PORT", "PAGE"): f"http://127.0.0.1:{port}" for name, port in self.ports().items()}
        return {
            "TRAINYARD_HOME": str(self.root),
            **pages,
            "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
            "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
            "MPLBACKEND": "Agg",
            **surroundings.variables(str(self.root)),
        }

    def ports(self) -> dict[str, str]:
        """The port of each page: the variable of that name, else what `make dev` used last, else the usual one."""
        kept: object = None
        with suppress(OSError, ValueError):  # no `make dev` so far
            kept = json.loads(self._ports.read_text(encoding="utf-8"))
        known = USUAL_PORTS | (kept if isinstance(kept, dict) else {})
        return {name: os.environ.get(name, str(known[name])) for name in USUAL_PORTS}

    def remember_ports(self) -> None:
        """Let later commands link to the ports of now."""
        _replace(self._ports, json.dumps(self.ports()))

    def use(self) -> None:
        """Set the defaults of `environment` in this process, before a library reads them."""
        surroundings.settle()
        surroundings.put(self.environment())

    def initialise(self) -> None:
        """Make the folders, `dagster.yaml` and both databases ready, once; later calls only read one small file.

        Several processes may call it at the same time: first starts at once on a fresh SQLite home corrupt it for good
        (dagster #27390). A database that a team put elsewhere is left to that team.

        Raises:
            HomeError: The folder cannot be written, or a database cannot be created or migrated.
        """
        self.use()
        try:
            if self._is_current():
                return
            for folder in (self.dagster, self.mlflow / "artifacts", self.versions, self.docs, self.logs, self.cache):
                folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                if not self._is_current():
                    self._create_databases()
                    self._mark_current()
        except OSError as error:
            raise HomeError(
                f"home.root cannot be made ready: {str(self.root)!r} gave {error.strerror!r}; "
                "set TRAINYARD_HOME to a folder that can be written"
            ) from error

    def _create_databases(self) -> None:
        if os.environ["DAGSTER_HOME"] == str(self.dagster):
            self._settle_settings()
            _run("dagster", "instance", "migrate")
        if os.environ["MLFLOW_TRACKING_URI"] == self.mlflow_database:
            _run("mlflow", "db", "upgrade", self.mlflow_database)

    def _settle_settings(self) -> None:
        """Write `dagster.yaml`, or add what an earlier version did not know; what a person changed stays."""
        settings = self.dagster / "dagster.yaml"
        text = settings.read_text(encoding="utf-8") if settings.exists() else DAGSTER_YAML
        if not settings.exists() or hashlib.sha256(text.encode()).hexdigest() in WITHOUT_QUIET:
            _replace(settings, text + QUIET)
        elif "python_logs:" not in text:
            logging.getLogger("trainyard").warning(
                "%s has no python_logs, and is yours: terminals show Dagster's debug lines; add %s", settings, QUIETLY
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / "initialise.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def _marker(self) -> Path:
        return self.root / surroundings.MARKER

    def _is_current(self) -> bool:
        try:
            return self._marker.read_text(encoding="utf-8") == _versions()
        except FileNotFoundError:
            return False

    def _mark_current(self) -> None:
        _replace(self._marker, _versions())


def _replace(file: Path, text: str) -> None:
    staged = file.with_suffix(".new")
    staged.write_text(text, encoding="utf-8")
    staged.replace(file)


def _versions() -> str:
    return json.dumps({name: version(name) for name in ("dagster", "mlflow")} | {"settings": SETTINGS})


def _run(*command: str) -> None:
    """Run a library's own migration in a process of its own, which leaves logging and imports here as they are."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, surroundings.IS_MADE: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise HomeError(
            f"home.root cannot be made ready: {' '.join(command[:3])!r} ended with {done.returncode}: "
            f"{' '.join(done.stderr.split())[-500:]}; mend the cause and start again"
        )
