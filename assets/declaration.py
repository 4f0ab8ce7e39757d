"""The typed form of a pipeline's `defs.yaml`, its sections in the order in which they run."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from assets.conflicts import conflicts
from assets.data.ingest import Derivation
from assets.data.period import Partitions
from assets.data.preprocess import Contract
from assets.data.sources import Source
from assets.data.split import Split
from assets.data.target import Target
from assets.data.transform import Features
from assets.environment import resolved
from assets.faults import DeclarationError, Fault, did_you_mean
from assets.model.train import Compute, Model, Train, Tune
from assets.release.evaluate import Evaluate
from assets.release.monitor import Monitor
from assets.release.predict import Predict
from assets.release.register import Register
from assets.retraining import Retrain
from assets.settings import Section
from assets.yaml_text import Document, KeyPath, read
from data_checks.gates import OWN_METRICS, Gate
from data_checks.verdict import Json

TYPE = "assets.pipeline.TrainingPipeline"
# what Dagster takes as an owner; one that it refuses would stop every pipeline from loading
OWNER = re.compile(r"team:.+|[\w.%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}", re.ASCII)


class Declaration(Section):
    """One pipeline: what is read, what is promised of it, what is learned from it and when it may be used."""

    description: str | None = None
    """What the pipeline predicts, for the people who see it in Dagster and MLflow."""
    owners: tuple[str, ...] = ()
    """Who answers for it: `team:name` or an e-mail address."""
    source: Source
    """Where the rows come from."""
    derive: Derivation | None = None
    """A function that adds columns row by row; nothing in it is fitted."""
    partitions: Partitions | None = None
    """The periods that the rows are cut into; absent: all rows are one table."""
    window: Annotated[int, Field(ge=2)] | None = None
    """How many periods, ending with the one that is run, a training reads; absent: all since the start."""
    contract: Contract = Contract()
    """What must be true of the rows."""
    target: Target
    """What is predicted."""
    features: Features = Features()
    """What it is predicted from."""
    split: Split | None = None
    """How rows are parted into train, validation and test."""
    model: Model
    """What learns."""
    train: Train = Train()
    """How it learns."""
    tune: Tune | None = None
    """Which settings are searched for."""
    compute: Compute = Compute()
    """What it runs on."""
    evaluate: Evaluate = Evaluate()
    """How good it is measured to be."""
    gates: tuple[Gate, ...] = ()
    """What a model must reach before anybody may deploy it."""
    registration: Annotated[Register, Field(alias="register")] = Register()
    """How it is named in the registry."""
    predict: Predict = Predict()
    """Where the predictions go."""
    monitor: Monitor = Monitor()
    """What is watched after the release."""
    retrain: Retrain | None = None
    """When it is trained again by itself."""

    @field_validator("owners")
    @classmethod
    def _name_somebody(cls, owners: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [owner for owner in owners if not OWNER.fullmatch(owner)]
        if wrong:
            raise ValueError(
                f"name nobody: {wrong} are neither e-mail addresses nor teams; write such as 'team:revenue'"
            )
        return owners


def load(path: Path, *, root: Path) -> Declaration:
    """Read and check one `defs.yaml`.

    Args:
        path: the file.
        root: the repository's root; faults name the file relative to it.

    Raises:
        DeclarationError: with every fault found, each with file, line and column.
    """
    document = read(path, shown_as=path.relative_to(root).as_posix())
    attributes, unset = resolved(document, _attributes(document), ("attributes",))
    faults = [*unset, *_name_faults(document, path.parent.name)]
    if faults:
        raise DeclarationError(faults)
    try:
        declaration = Declaration.model_validate_json(json.dumps(attributes), context=_named_in(attributes))
    except ValidationError as error:
        # the faults say all of it, and what pydantic says beside them would bury them
        raise DeclarationError(_faults(document, error)) from None
    found = conflicts(declaration)
    if found:
        raise DeclarationError(document.fault(("attributes", *place), message) for place, message in found)
    return declaration


def _named_in(attributes: Json) -> dict[str, list[str]]:
    """Return what one section names and another may use, whether or not the first is sound."""
    match attributes:
        case {"evaluate": {"metrics": [*metrics]}}:
            own = [metric.get("name") for metric in metrics if isinstance(metric, dict)]
            return {OWN_METRICS: [name for name in own if isinstance(name, str)]}
    return {}


def _name_faults(document: Document, name: str) -> Iterator[Fault]:
    """The folder's name becomes that of assets, jobs and groups, which Dagster holds to the same letters."""
    if not re.fullmatch("[A-Za-z0-9_]+", name):
        better = re.sub("[^A-Za-z0-9]+", "_", name).strip("_") or "my_model"
        message = f"folder is no name: '{name}' holds other than letters, digits and _; rename it to '{better}'"
        yield Fault(document.file, 0, 0, message)


def _attributes(document: Document) -> Json:
    value = document.value
    if not isinstance(value, dict):
        raise DeclarationError(
            [document.fault((), "is empty or not a mapping: it needs 'type' and 'attributes'; write them")]
        )
    faults = [
        document.fault((key,), f"{key} is not known here: {did_you_mean(key, ('type', 'attributes'))}")
        for key in value
        if key not in {"type", "attributes", "requirements", "template_vars_module", "post_processing"}
    ]
    if value.get("type") != TYPE:
        faults.append(document.fault(("type",), f"type is not a pipeline: {value.get('type')!r}; write '{TYPE}'"))
    if not isinstance(value.get("attributes"), dict):
        faults.append(
            document.fault(("attributes",), "attributes are missing: source, target and model are needed; write them")
        )
    if faults:
        raise DeclarationError(faults)
    return value["attributes"]


def _faults(document: Document, error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors(include_url=False):
        if str(detail["loc"][-1]).startswith("literal[") and isinstance(detail["input"], dict):
            continue  # a union's other form is meant, and what is wrong with that one is told
        path = _written_path(document, detail)
        name = ".".join(str(part) for part in path) or "attributes"
        told = _told(detail, path)
        yield document.fault(("attributes", *path), told if re.match(rf"{name}[. ]", told) else f"{name} {told}")


def _written_path(document: Document, detail: ErrorDetails) -> KeyPath:
    """Drop the tags of unions, which pydantic puts into a location and no file holds."""
    path: KeyPath = ()
    for part in detail["loc"]:
        if ("attributes", *path, part) in document.places:
            path = (*path, part)
    return (*path, detail["loc"][-1]) if detail["type"] == "missing" else path


def _told(detail: ErrorDetails, path: KeyPath) -> str:
    seen = json.dumps(detail["input"], default=str)
    shown = seen if len(seen) <= 80 else f"{seen[:77]}..."
    match detail["type"]:
        case "extra_forbidden":
            return f"is not a setting here: {shown}; {did_you_mean(str(path[-1]), _known(path[:-1]))}"
        case "missing":
            return "is missing: it has no default; write it"
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            message = detail["msg"][0].lower() + detail["msg"][1:]
            return f"is wrong: {shown}, {message}; write such a value"


def _known(path: KeyPath) -> tuple[str, ...]:
    """Return the settings known at a place, found through the form's own schema."""
    schema = _schema()
    nodes = [schema]
    for part in path:
        nodes = [child for node in nodes for child in _children(schema, node, part)]
    names = {name for node in nodes for name in node.get("properties", {})}
    return tuple(sorted(names))


@cache
def _schema() -> dict[str, Any]:
    return Declaration.model_json_schema(by_alias=True)


def _children(schema: dict[str, Any], node: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(part, int):
        found = [node.get("items", {}), *node.get("prefixItems", [])]
    else:
        found = [node.get("properties", {}).get(part, node.get("additionalProperties") or {})]
    for child in found:
        if isinstance(child, dict):
            yield from _resolved(schema, child)


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    alternatives = [*node.get("anyOf", []), *node.get("oneOf", []), *node.get("allOf", [])]
    if not alternatives:
        yield node
    for alternative in alternatives:
        yield from _resolved(schema, alternative)
