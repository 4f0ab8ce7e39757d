"""Gives a model package the form of an MLflow model: signature, input example, requirements."""

import shutil
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from assets.release import package
from data_checks.floats import as_floats

if TYPE_CHECKING:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec

REQUIREMENTS = ("mlflow", "numpy", "onnxruntime", "pandas", "pyarrow")


def save(source: Path, folder: Path, *, digest: str, model_id: str, run_id: str, artifact_path: str) -> None:
    """Write an MLflow model that holds a package.

    Args:
        source: the package.
        folder: where to; must not exist.
        digest: the package's digest; the model refuses to load another package.
        model_id: of the logged model.
        run_id: of the run that trained it.
        artifact_path: where the logged model keeps its files.

    Raises:
        ValueError: a column has a type that MLflow cannot describe.
    """
    scorer = package.load(source, digest)
    example = frame_rows(package.example(source), scorer.inputs)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as named:
        # mlflow 3.17 warns about type hints of its own modules, pandas 3.1 about how mlflow compares columns
        warnings.simplefilter("ignore")
        from mlflow.models import Model
        from mlflow.pyfunc import save_model

        # mlflow keeps the folder's own name
        artifact = shutil.copytree(source, Path(named, "package"))
        save_model(
            folder,
            python_model=str(Path(__file__).with_name("mlflow_model.py")),
            artifacts={"package": str(artifact)},
            signature=signature(scorer),
            input_example=example.to_pandas(),
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            model_config={"package_digest": digest},
            mlflow_model=Model(artifact_path=artifact_path, run_id=run_id, model_id=model_id, model_uuid=model_id),
        )
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)


def signature(scorer: package.Scorer) -> "ModelSignature":
    """The serving contract in MLflow's terms; an integer column that may be null is a double, as pandas has it."""
    from mlflow.models import ModelSignature
    from mlflow.types import Schema

    return ModelSignature(
        inputs=Schema([_column(field) for field in scorer.inputs]),
        outputs=Schema([_column(field) for field in scorer.outputs]),
    )


def frame_rows(rows: pa.Table, inputs: pa.Schema) -> pa.Table:
    """Raw rows in the types of the signature, so that `to_pandas` gives the DataFrame that MLflow accepts.

    Args:
        rows: (N) with at least the columns of `inputs`; other columns are left out.
        inputs: the package's input schema.

    Returns:
        (N) dates as timestamps, times in UTC without a zone, integers that are nullable or of unsigned 64 bits as
        doubles.
    """
    # doubles are what features are made of anyway, so that no more is lost of whole numbers beyond 2^53
    types = {field.name: _frame_type(field) for field in inputs}
    columns = [
        as_floats(rows.column(name)) if kind == pa.float64() else rows.column(name).cast(kind)
        for name, kind in types.items()
    ]
    return pa.table(columns, names=inputs.names)


def _frame_type(field: pa.Field) -> pa.DataType:
    kind = field.type
    if pa.types.is_date(kind):
        return pa.timestamp("s")
    if pa.types.is_timestamp(kind):
        return pa.timestamp(kind.unit)
    # MLflow knows no unsigned 64 bits: it takes them for a long, and refuses them as one
    if pa.types.is_decimal(kind) or pa.types.is_uint64(kind) or (pa.types.is_integer(kind) and field.nullable):
        return pa.float64()
    return kind


def _column(field: pa.Field) -> "ColSpec":
    from mlflow.types import ColSpec
    from mlflow.types.schema import Array, DataType

    kind = _frame_type(field)
    known: list[tuple[Any, Any]] = [
        (pa.types.is_boolean, DataType.boolean),
        (pa.types.is_integer, DataType.long),
        (pa.types.is_floating, DataType.double),
        (pa.types.is_string, DataType.string),
        (pa.types.is_large_string, DataType.string),
        (pa.types.is_timestamp, DataType.datetime),
        (pa.types.is_list, Array(DataType.string)),
    ]
    for holds, described in known:
        if holds(kind):
            return ColSpec(described, field.name)
    raise ValueError(
        f"contract.columns.{field.name} cannot be served: its type is {kind}, MLflow describes booleans, numbers, "
        "text, dates and timestamps; derive a column of such a type and leave this one out of the features"
    )
