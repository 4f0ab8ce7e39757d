"""Scores raw rows with a model package: derive, conform, encode, run the network, name the classes.

This file is copied into every package beside `conform.py` and `encode.py`, so that a model keeps scoring with the code
it was evaluated with. It therefore imports the standard library, numpy, pyarrow and onnxruntime, and nothing of ours.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

FORMAT = 1
MANIFEST = "package.json"
EXAMPLE = "example.arrow"
ROWS_AT_ONCE = 16_384


class PackageError(ValueError):
    """A package is not what was registered: a file is missing, changed, or of another format."""


class MissingColumnsError(ValueError):
    """Rows lack columns that the model reads."""


@dataclass(frozen=True)
class Contents:
    """A package's verified bytes; what is executed and read is exactly what was hashed."""

    digest: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    def module(self, role: str) -> ModuleType:
        """Execute a packaged module from its verified bytes, under a name that no other package shares."""
        file = self.manifest["modules"][role]
        module = ModuleType(f"_package_{self.digest[:32]}_{role}")
        module.__file__ = f"<package {self.digest[:12]}>/{file}"
        sys.modules[module.__name__] = module
        exec(compile(self.files[file], module.__file__, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # the bytes have the registered hash
        return module


def read(folder: Path, digest: str | None = None) -> Contents:
    """Read a package and verify every file of it before anything is executed.

    Args:
        folder: the package.
        digest: the digest that was registered (sha256 of `package.json`, which holds the hashes of all other files);
            None takes the manifest at its word: damaged files are found, a package exchanged as a whole is not.

    Raises:
        PackageError: a file is missing or does not have its hash, or the format is unknown.
    """
    text = _bytes(folder, MANIFEST)
    found = hashlib.sha256(text).hexdigest()
    if digest is not None and found != digest:
        raise PackageError(
            f"package.{MANIFEST} is not the one that was registered: sha256 {found[:12]}, registered {digest[:12]}; "
            "restore the package or roll back to a version that is whole"
        )
    manifest = json.loads(text)
    if manifest["format"] != FORMAT:
        raise PackageError(
            f"package.format is unknown: {manifest['format']}, known is {FORMAT}; use the package's own serve.py"
        )
    return Contents(found, manifest, {name: _verified(folder, name, sha) for name, sha in manifest["files"].items()})


def load(folder: Path | str, digest: str | None = None, *, threads: int = 1) -> "Scorer":
    """Load a package whose every file has its registered hash; see `read` for the arguments and errors.

    Args:
        folder: the package.
        digest: the registered digest.
        threads: of the network's run; one is fastest for few rows and the same everywhere.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when the library is imported
    import onnxruntime

    contents = read(Path(folder), digest)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    network = onnxruntime.InferenceSession(contents.files["network.onnx"], options, providers=["CPUExecutionProvider"])
    with pa.ipc.open_file(contents.files[EXAMPLE]) as example:
        inputs = example.schema
    manifest = contents.manifest
    derive = getattr(contents.module("derive"), manifest["derive"]) if manifest["derive"] else None
    return Scorer(
        digest=contents.digest,
        manifest=manifest,
        inputs=inputs,
        state=json.loads(contents.files["transform.json"]),
        derive=derive,
        conform=contents.module("conform").conform,
        encode=contents.module("encode").encode,
        network=network,
    )


@dataclass(frozen=True)
class Scorer:
    """A loaded package.

    Attributes:
        digest: sha256 of the manifest, which names the whole package.
        manifest: task, classes, threshold, contract columns and hashes.
        inputs: the raw columns that the model reads, with the types in which they were trained on.
        state: the fitted transform.
    """

    digest: str
    manifest: Mapping[str, Any]
    inputs: pa.Schema
    state: Mapping[str, Any]
    derive: Callable[[pa.Table], pa.Table] | None
    conform: Callable[[pa.Table, Mapping[str, Any]], tuple[pa.Table, list[list[str]]]]
    encode: Callable[[pa.Table, Mapping[str, Any]], tuple[np.ndarray, np.ndarray]]
    network: Any

    @property
    def outputs(self) -> pa.Schema:
        """The columns that `score` returns."""
        return pa.schema([*_outputs(self.manifest), pa.field("_reasons", pa.list_(pa.string()), nullable=False)])

    def score(self, rows: pa.Table) -> pa.Table:
        """Predict every row, in the order given.

        Args:
            rows: (N) raw source rows, not modified; columns that the model does not read are ignored.

        Returns:
            (N) `prediction`, then `probability` (binary) or `probability_<class>` (multiclass), then `_reasons`: why a
            row has no prediction (it breaks the contract), empty for the others. Refused rows have null predictions.

        Raises:
            MissingColumnsError: a column that the model reads is not there.
        """
        table, uncast = _as_trained(rows, self.inputs, self.manifest["columns"])
        if self.derive is not None:
            table = self.derive(table)
        if table.num_rows != rows.num_rows:
            raise PackageError(
                f"package.derive changed the number of rows: {rows.num_rows} to {table.num_rows}; return every row"
            )
        table, broken = self.conform(table, self.manifest["columns"])
        return self.score_conformed(table, [first + then for first, then in zip(uncast, broken, strict=True)])

    def score_conformed(self, table: pa.Table, reasons: Sequence[Sequence[str]] | None = None) -> pa.Table:
        """Predict rows that are already derived and conformed, as a clean version holds them.

        Args:
            table: (N) rows with the columns that the transform reads; not modified.
            reasons: why rows are refused already; none by default.

        Returns:
            As `score` does.
        """
        # one empty tuple for all rows: a list for each, score after score, sets off Python's whole garbage collection
        why: list[Sequence[str]] = [()] * table.num_rows if reasons is None else list(reasons)
        logits = self._logits(table)
        for row in np.flatnonzero(~np.isfinite(logits).all(axis=1)):
            why[row] = [*why[row], "the network's output is not finite"]
        return _named(logits, why, self.manifest).cast(self.outputs)

    def _logits(self, table: pa.Table) -> np.ndarray:
        number, category = self.encode(table, self.state)
        wanted = {given.name for given in self.network.get_inputs()}
        parts = [np.empty((0, _width(self.manifest)), np.float32)]
        for start in range(0, table.num_rows, ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            feed = {"number": number[rows], "category": category[rows].astype(np.int64)}
            parts.append(self.network.run(["output"], {name: feed[name] for name in sorted(wanted)})[0])
        return np.concatenate(parts).astype(np.float64)  # (N, K)


def _bytes(folder: Path, name: str) -> bytes:
    if Path(name).name != name:
        raise PackageError(f"package.{MANIFEST} names a file outside the package: {name!r}; do not load it")
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise PackageError(f"package.{name} is missing: looked in {folder}; restore the package") from error


def _verified(folder: Path, name: str, sha: str) -> bytes:
    content = _bytes(folder, name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha:
        raise PackageError(
            f"package.{name} was changed: sha256 {found[:12]}, registered {sha[:12]}; restore the package"
        )
    return content


def _as_trained(rows: pa.Table, inputs: pa.Schema, columns: Mapping[str, Any]) -> tuple[pa.Table, list[list[str]]]:
    missing = [name for name in inputs.names if name not in rows.column_names]
    if missing:
        raise MissingColumnsError(
            f"predict.rows lack columns that the model reads: {missing} of {inputs.names}; "
            "hand over the source's raw rows"
        )
    reasons: list[list[str]] = [[] for _ in range(rows.num_rows)]
    arrays = []
    for field in inputs:
        array = rows.column(field.name)
        if array.type != field.type:
            array, failed = _cast(array, field.type)
            for row, value in failed:
                shown = "" if columns.get(field.name, {}).get("sensitive") else f": {value!r}"
                reasons[row].append(f"{field.name} is not of type {field.type}{shown}")
        arrays.append(array)
    return pa.table(arrays, names=inputs.names), reasons


def _cast(array: pa.ChunkedArray, kind: pa.DataType) -> tuple[pa.ChunkedArray, list[tuple[int, Any]]]:
    try:
        return array.cast(kind), []
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = array.to_pylist()
    kept: list[Any] = []
    failed = []
    for row, value in enumerate(values):
        try:
            kept.append(pa.array([value], array.type).cast(kind)[0].as_py())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            kept.append(None)
            failed.append((row, value))
    return pa.chunked_array([pa.array(kept, kind)]), failed


def _outputs(manifest: Mapping[str, Any]) -> list[pa.Field]:
    match manifest["task"]:
        case "regression":
            return [pa.field("prediction", pa.float64())]
        case "binary":
            return [pa.field("prediction", _kind(manifest["classes"])), pa.field("probability", pa.float64())]
        case _:
            names = [f"probability_{value}" for value in manifest["classes"]]
            return [
                pa.field("prediction", _kind(manifest["classes"])),
                *(pa.field(name, pa.float64()) for name in names),
            ]


def _kind(classes: Sequence[Any]) -> pa.DataType:
    return pa.array(list(classes)).type


def _width(manifest: Mapping[str, Any]) -> int:
    return len(manifest["classes"]) if manifest["task"] == "multiclass" else 1


def _named(logits: np.ndarray, reasons: Sequence[Sequence[str]], manifest: Mapping[str, Any]) -> pa.Table:
    refused = np.fromiter((bool(why) for why in reasons), bool, len(reasons))
    fields = _outputs(manifest)
    with np.errstate(over="ignore", invalid="ignore"):
        match manifest["task"]:
            case "regression":
                columns = [logits[:, 0]]
            case "binary":
                positive = 1 / (1 + np.exp(-logits[:, 0]))
                columns = [_labels(positive >= manifest["threshold"], manifest["classes"]), positive]
            case _:
                shares = np.exp(logits - logits.max(axis=1, keepdims=True))
                shares /= shares.sum(axis=1, keepdims=True)
                columns = [_labels(shares.argmax(axis=1), manifest["classes"]), *shares.T]
    arrays = [pa.array(column, field.type, mask=refused) for column, field in zip(columns, fields, strict=True)]
    names = [field.name for field in fields]
    return pa.table([*arrays, pa.array(reasons, pa.list_(pa.string()))], names=[*names, "_reasons"])


def _labels(positions: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
    return np.array(classes)[positions.astype(np.int64)]
