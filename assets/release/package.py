"""Packs a trained network with everything that scores raw rows, as plain files that are bound by one digest."""

import ast
import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import pyarrow as pa

from assets.data import conform, encode
from assets.release import serve
from data_checks.verdict import Json

Derive = Callable[[pa.Table], pa.Table]

MAY_IMPORT = frozenset({"numpy", "pandas", "pyarrow", "onnxruntime"})
EXAMPLE_ROWS = 5
PROBED_ROWS = 200


class Scorer(Protocol):
    """What a package's own `serve.py` gives; an old package answers with its own class."""

    digest: str
    manifest: Mapping[str, Json]
    inputs: pa.Schema
    outputs: pa.Schema

    def score(self, rows: pa.Table) -> pa.Table:
        """Predict every raw row, in the order given."""

    def score_conformed(self, table: pa.Table) -> pa.Table:
        """Predict rows that are derived and conformed already."""


class Labels(Protocol):
    """The task and, for a classifier, its classes in the order of the network's outputs."""

    @property
    def task(self) -> str:
        """Binary, multiclass or regression."""

    @property
    def classes(self) -> tuple[Json, ...]:
        """In the order of the network's outputs."""


def build(
    folder: Path,
    *,
    onnx: bytes,
    transform: Mapping[str, Json],
    columns: Mapping[str, Mapping[str, Json]],
    labels: Labels,
    raw: pa.Table,
    derive: Derive | None = None,
    threshold: float = 0.5,
) -> str:
    """Write a package.

    Args:
        folder: where to; made if it is not there.
        onnx: the network, with inputs `number` (N, Dn) float32 and `category` (N, Dc) int64 and output `output` (N, K).
        transform: the fitted state that `encode` reads; its `columns` are the features.
        columns: the contract's columns: `{"type": …, "nullable": …, "sensitive": …}`; what the model does not read, as
            the target, is left out of the serving contract.
        labels: the task and its classes; a binary positive class stands second.
        raw: source rows of the training window, at least one; they give the input schema, which columns may be null,
            and the input example (values of sensitive columns are left out of it).
        derive: appends derived columns to source rows, as it was written (`Derivation.function`); its module is
            packaged if a feature is derived.
        threshold: the probability from which the positive class is predicted.

    Returns:
        The package's digest, which `load` verifies.

    Raises:
        ValueError: a feature is neither a source column nor derived, or the derive function cannot be packaged.
    """
    features = list(cast("Mapping[str, Json]", transform["columns"]))
    source = raw.select([name for name in raw.column_names if not name.startswith("_")])
    if set(features) <= set(source.column_names):
        derive = None
    inputs = _inputs(source, features, derive)
    served = {name: dict(columns[name]) for name in sorted(columns) if name in {*features, *inputs}}
    modules = _modules(derive)
    files = {
        "network.onnx": onnx,
        "transform.json": _json(transform),
        serve.EXAMPLE: _example(source.select(inputs), served),
        **{f"{role}.py": text for role, text in modules.items()},
    }
    manifest: dict[str, Json] = {
        "format": serve.FORMAT,
        "task": labels.task,
        "classes": list(labels.classes),
        "threshold": threshold,
        "columns": cast("Json", served),
        "features": list[Json](features),
        "inputs": {name: str(source.schema.field(name).type) for name in inputs},
        "derive": derive.__name__ if derive is not None else None,
        "modules": {role: f"{role}.py" for role in modules},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    _write(folder, files | {serve.MANIFEST: _json(manifest)})
    return digest(folder)


def digest(folder: Path) -> str:
    """The digest of a package: the sha256 of its manifest, which holds the hash of every other file."""
    return hashlib.sha256((folder / serve.MANIFEST).read_bytes()).hexdigest()


def load(folder: Path, digest: str) -> Scorer:
    """Load a package through its own `serve.py`, executed only after every file proved to have the registered hash.

    Raises:
        serve.PackageError: the package is not what was registered.
    """
    return cast("Scorer", serve.read(folder, digest).module("serve").load(folder, digest))


def example(folder: Path) -> pa.Table:
    """The input example of a package: a few raw rows in the input schema."""
    with pa.ipc.open_file(folder / serve.EXAMPLE) as file:
        return file.read_all()


def _json(value: Mapping[str, Json]) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()


def _modules(derive: Derive | None) -> dict[str, bytes]:
    """The code that scores, by its role in the package."""
    code = {"serve": serve.__file__, "conform": conform.__file__, "encode": encode.__file__}
    return {role: _source(path) for role, path in code.items()} | (
        {"derive": _source(inspect.getfile(derive))} if derive is not None else {}
    )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@cache
def foreign_imports(content: bytes) -> tuple[str, ...]:
    """Return the packages, sorted, that a module imports anywhere and that a model's package can not bring along.

    Args:
        content: of the module.

    Raises:
        SyntaxError: it is no Python.
    """
    tops: set[str] = set()
    for node in ast.walk(ast.parse(content)):
        match node:
            case ast.Import(names=names):
                tops |= {name.name.split(".")[0] for name in names}
            case ast.ImportFrom(module=module, level=level):
                tops.add("." * level + (module or "") if level else str(module).split(".")[0])
    return tuple(sorted(tops - MAY_IMPORT - sys.stdlib_module_names))


def _source(path: str) -> bytes:
    text = Path(path).read_bytes()
    if foreign := foreign_imports(text):
        raise ValueError(
            f"derive.use cannot be packaged with the model: {Path(path).name} imports {list(foreign)}, allowed "
            "are the standard library, numpy, pandas and pyarrow; move the function into a module of its own"
        )
    return text


def _inputs(source: pa.Table, features: Sequence[str], derive: Derive | None) -> list[str]:
    """The source columns a model needs: its features, and what the derive function reads, found by leaving each out."""
    few = source.slice(0, PROBED_ROWS)
    whole = few if derive is None else derive(few)
    unknown = sorted(set(features) - set(whole.column_names))
    if unknown:
        raise ValueError(
            f"features name columns that are neither in the source nor derived: {unknown} of {whole.column_names}; "
            "correct the names"
        )
    read = [name for name in source.column_names if name in features]
    derived = [name for name in features if name not in source.column_names]
    if derive is None:
        return read
    told = whole.select(derived)
    needed = [
        name for name in source.column_names if name in read or not _gives(derive, few.drop_columns([name]), told)
    ]
    return needed if _gives(derive, few.select(needed), told) else source.column_names


def _gives(derive: Derive, rows: pa.Table, derived: pa.Table) -> bool:
    """Whether rows with fewer columns still give the derived columns."""
    try:
        return bool(derive(rows).select(derived.column_names).equals(derived))
    except (LookupError, ValueError, AttributeError, TypeError):
        return False


def _example(inputs: pa.Table, columns: Mapping[str, Mapping[str, Json]]) -> bytes:
    schema = pa.schema(
        pa.field(field.name, field.type, nullable=_nullable(inputs, field.name, columns)) for field in inputs.schema
    )
    rows = inputs.slice(0, EXAMPLE_ROWS)
    hidden = {name for name, column in columns.items() if column.get("sensitive")}
    arrays = [
        pa.nulls(rows.num_rows, field.type) if field.name in hidden else rows.column(field.name).combine_chunks()
        for field in schema
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return bytes(sink.getvalue())


def _nullable(inputs: pa.Table, name: str, columns: Mapping[str, Mapping[str, Json]]) -> bool:
    declared = columns.get(name, {}).get("nullable", False)
    return bool(declared) or inputs.column(name).null_count > 0
