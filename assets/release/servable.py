"""Proves that a registered model serves: a clean process loads it and must predict what was evaluated."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.release.mlflow_format import frame_rows
from data_checks.verdict import Json

SIZES = (1, 2, 257)
PASSED_ON = re.compile(
    r"PATH|HOME|TMPDIR|LANG|LC_.*|LD_LIBRARY_PATH|(HTTPS?|NO)_PROXY|.*_CA_BUNDLE|(AWS|AZURE|GOOGLE|MLFLOW|SSL)_.*",
    re.IGNORECASE,
)


class ServeError(RuntimeError):
    """A clean process could not load the model or predict with it."""


@dataclass(frozen=True)
class Served:
    """What a clean process predicted.

    Attributes:
        predictions: number of rows → predictions of that many first rows (cycled where the sample is shorter).
        report: the interpreter, the libraries, the seconds, and which forbidden packages were imported (none).
    """

    predictions: Mapping[int, pa.Table]
    report: Mapping[str, Json]


def serve_cleanly(
    uri: str, rows: pa.Table, *, inputs: pa.Schema, tracking_uri: str | None = None, timeout_seconds: float = 300
) -> Served:
    """Predict raw rows with a model in a process that has neither this repository nor torch, and may not unpickle.

    Args:
        uri: `models:/name/version`, or the folder of an MLflow model.
        rows: (N) raw rows, at least one; not modified.
        inputs: the package's input schema.
        tracking_uri: where MLflow is, for a `models:/` address.
        timeout_seconds: how long it may take.

    Raises:
        ServeError: the process failed or took too long; says what it said last.
    """
    sizes = sorted({*SIZES, rows.num_rows})
    cycled = rows.take(np.arange(max(sizes)) % rows.num_rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sent = frame_rows(cycled, inputs)
        with pa.ipc.new_file(folder / "rows.arrow", sent.schema) as writer:
            writer.write_table(sent)
        script = str(Path(__file__).with_name("clean_process.py"))
        command = [sys.executable, "-I", "-B", script, uri, name, *map(str, sizes)]
        _run(command, folder, tracking_uri, timeout_seconds)
        predictions = {size: _table(folder / f"served-{size}.arrow") for size in sizes}
        return Served(predictions, json.loads((folder / "report.json").read_text()))


def _run(command: list[str], folder: Path, tracking_uri: str | None, timeout_seconds: float) -> None:
    environment = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    environment |= {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    if tracking_uri:
        environment |= {"MLFLOW_TRACKING_URI": tracking_uri, "MLFLOW_REGISTRY_URI": tracking_uri}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ServeError(
            f"register.servable took too long: over {timeout_seconds:g} seconds to load and predict; "
            "look whether MLflow's artifacts can be reached from this machine"
        ) from error
    if done.returncode:
        said = re.sub(r"//[^/@\s]*@", "//", " ".join(done.stderr.split()[-60:]))
        raise ServeError(
            f"register.servable failed in a clean process: exit status {done.returncode}, {said}; "
            "mend what the package lacks, it must load with its own requirements only"
        )


def _table(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()
