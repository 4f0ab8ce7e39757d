"""What lies in stored versions of features and models."""

from typing import Any, cast

from assets.data.target import Labels
from assets.model.train import Encoded
from assets.release import package
from assets.tracking import Run
from assets.versions.version import Version


def run_of(model: Version) -> Run:
    """Return the MLflow run in which a model was trained."""
    known: Any = model.manifest["metadata"]["mlflow run"]
    return Run(known["run_id"], known["experiment_id"])


def package_of(model: Version) -> package.Scorer:
    """Load the package of a model version, verified."""
    return package.load(model.path("package"), str(model.manifest["metadata"]["package"]))


def encoded(features: Version, part: str) -> Encoded:
    """Return one part's arrays."""
    return Encoded(*(features.array(f"{part}_{name}") for name in ("number", "category", "target")))


def labels_of(features: Version) -> Labels:
    """Return the task and classes of the target."""
    return Labels.from_json(cast("dict[str, Any]", features.json("labels")))
