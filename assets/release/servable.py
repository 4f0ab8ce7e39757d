"""Proves that a registered model serves: a clean process loads it and must predict what was evaluated."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from assets.mlflow_service import UnreachableError
from assets.registered import PROOF, Registered, stamp
from assets.registry import Registry
from assets.release.mlflow_format import frame_rows
from data_checks.parity import ServingReport, parity, servable
from data_checks.verdict import Json, Verdict

SIZES = (1, 2, 257)
KILLED = (signal.SIGKILL, signal.SIGTERM)
ABSENT = re.compile("RESOURCE_DOES_NOT_EXIST|not found|no such|does not exist", re.IGNORECASE)
PASSED_ON = re.compile(
    r"PATH|HOME|TMPDIR|LANG|LC_.*|LD_LIBRARY_PATH|(HTTPS?|NO)_PROXY|.*_CA_BUNDLE|(AWS|AZURE|GOOGLE|MLFLOW|SSL)_.*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sample:
    """Raw rows, and the predictions that were evaluated on them, in the same order; at least one row."""

    rows: pa.Table
    predictions: pa.Table


@dataclass(frozen=True)
class Served:
    """What a clean process did with a model.

    Attributes:
        report: what it saw.
        predictions: number of rows → predictions of that many first rows, cycled where the sample is shorter.
        seconds: what importing, loading and predicting took.
    """

    report: ServingReport
    predictions: Mapping[int, pa.Table]
    seconds: Mapping[str, Json]


def prove(
    registry: Registry, version: Registered, sample: Sample, *, inputs: pa.Schema, tolerance: float, now: datetime
) -> tuple[Registered, tuple[Verdict, Verdict]]:
    """Prove a version and record it; what was proven before is not proven again.

    Args:
        registry: where the version is.
        version: whole, with or without a proof.
        sample: what it must reproduce.
        inputs: the package's input schema.
        tolerance: of the predictions, see `data_checks.parity.parity`.
        now: the time, for the record.

    Returns:
        The version, with its proof if it passed, and the verdicts `servable` and `parity`.
    """
    if version.proof:
        return version, (_recalled(version.proof, "servable"), _recalled(version.proof, "parity"))
    served = serve_cleanly(version.uri, sample.rows, inputs=inputs, tracking_uri=registry.service.tracking_uri)
    verdicts = (servable(served.report), compare(served, sample.predictions, tolerance=tolerance))
    if all(verdict.passed for verdict in verdicts):
        said: dict[str, Json] = {verdict.check: verdict.summary for verdict in verdicts}
        text = version.proven({**said, "at": stamp(now), "seconds": dict(served.seconds)})
        version = registry.update(version, {PROOF: text})
    return version, verdicts


def compare(served: Served, evaluated: pa.Table, *, tolerance: float) -> Verdict:
    """Judge all that was served against the evaluated predictions; return the first failure, or the largest size."""
    names = [name for name in evaluated.column_names if not name.startswith("_")]
    expected = evaluated.select(names)
    if not served.predictions:
        return Verdict("parity", False, "served predictions are missing: 0 rows came back; see the check servable")
    for size, table in sorted(served.predictions.items()):
        verdict = parity(expected.take(np.arange(size) % len(expected)), _typed(table, expected), tolerance=tolerance)
        if not verdict.passed:
            break
    return verdict


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

    Returns:
        What it did; a process that failed is a report that says so.

    Raises:
        UnreachableError: MLflow did not hand over the files, which says nothing of the model.
        ChildProcessError: the process was killed from outside, as where memory is short; nor does this.
    """
    sizes = sorted({*SIZES, rows.num_rows})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sent = frame_rows(rows.take(np.arange(max(sizes)) % rows.num_rows), inputs)
        with pa.ipc.new_file(folder / "rows.arrow", sent.schema) as writer:
            writer.write_table(sent)
        script = str(Path(__file__).with_name("clean_process.py"))
        command = [sys.executable, "-I", "-B", script, uri, name, *map(str, sizes)]
        error = _run(command, folder, tracking_uri, timeout_seconds)
        if error:
            return Served(ServingReport(loaded=False, error=error), {}, {})
        said = json.loads((folder / "report.json").read_text())
        predictions = {size: _table(folder / f"served-{size}.arrow") for size in sizes}
    return Served(_report(said, predictions), predictions, said["seconds"])


def _run(command: list[str], folder: Path, tracking_uri: str | None, timeout_seconds: float) -> str:
    environment = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    environment |= {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    if tracking_uri:
        environment |= {"MLFLOW_TRACKING_URI": tracking_uri, "MLFLOW_REGISTRY_URI": tracking_uri}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return _of_the_model(f"it took more than {timeout_seconds:g} seconds", folder)
    if not done.returncode:
        return ""
    if -done.returncode in KILLED:
        raise ChildProcessError(
            f"release.servable is not known: the clean process was killed by signal {-done.returncode}, as where "
            "memory is short; free some and run the step again"
        )
    said = done.stderr.strip().splitlines()[-1:] or ["nothing was said"]
    return _of_the_model(f"exit status {done.returncode}, {re.sub(r'//[^/@]*@', '//', said[0])[:500]}", folder)


def _of_the_model(error: str, folder: Path) -> str:
    """Return what is wrong with the model; raise if it was never handed over, though it is there."""
    if (folder / "asked").exists() and not (folder / "brought").exists() and not ABSENT.search(error):
        raise UnreachableError(
            f"mlflow.tracking_uri did not hand over the model: the process that proves it got no files ({error}); see "
            "that MLflow and its artifacts can be read, then run the step again"
        )
    return error


def _report(said: Mapping[str, Any], predictions: Mapping[int, pa.Table]) -> ServingReport:
    return ServingReport(
        loaded=True,
        has_signature=said["has_signature"],
        unsafe_files=tuple(said["unsafe_files"]),
        imported=tuple(said["imported"]),
        predicted={str(size): table.num_rows for size, table in predictions.items()},
    )


def _table(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _typed(served: pa.Table, expected: pa.Table) -> pa.Table:
    """Undo what pandas does to types where values are null; a column that then is of another type fails the parity."""
    served = served.select([name for name in served.column_names if not name.startswith("_")])
    if served.column_names != expected.column_names:
        return served
    try:
        return served.cast(expected.schema)
    except pa.ArrowInvalid:
        return served


def _recalled(proof: Mapping[str, Json], check: str) -> Verdict:
    return Verdict(check, True, cast("str", proof[check]), evidence={"proven_at": proof["at"]})
