"""The MLflow face of a model package, kept as code, not pickled: MLflow runs this file from the model's folder."""

import hashlib
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd  # noqa: TID253  # this file runs inside MLflow only
import pyarrow as pa

with warnings.catch_warnings():
    # mlflow 3.17 warns about type hints of its own modules while they are imported
    warnings.simplefilter("ignore")
    from mlflow.models import set_model
    from mlflow.pyfunc.model import PythonModel, PythonModelContext


class PackagedModel(PythonModel):
    """Scores a DataFrame of raw rows with the package beside it, if the package still is the one that was logged."""

    def load_context(self, context: PythonModelContext) -> None:
        """Verify the package's manifest and scorer, and let the scorer verify and load the rest."""
        folder, digest = Path(context.artifacts["package"]), context.model_config["package_digest"]
        manifest = _verified(folder / "package.json", digest)
        code = _verified(folder / "serve.py", json.loads(manifest)["files"]["serve.py"])
        serve = ModuleType(f"_package_{digest[:32]}_serve")
        sys.modules[serve.__name__] = serve
        exec(compile(code, "serve.py", "exec", dont_inherit=True), serve.__dict__)  # noqa: S102  # has the logged hash
        self.scorer = serve.load(folder, digest)

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ANN401  # MLflow's
        """Predict every raw row, in the order given."""
        rows = pa.Table.from_pandas(model_input, preserve_index=False)
        predicted: pd.DataFrame = self.scorer.score(rows).to_pandas()
        return predicted


def _verified(path: Path, registered: str) -> bytes:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != registered:
        raise ValueError(
            f"package.{path.name} was changed: sha256 {found[:12]}, registered {registered[:12]}; restore it"
        )
    return content


set_model(PackagedModel())
