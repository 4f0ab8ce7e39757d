"""The typed form of a pipeline's `defs.yaml`, its sections in the order in which they run."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from assets.data.ingest import Derivation
from assets.data.period import Partitions
from assets.data.preprocess import Contract
from assets.data.sources import Source
from assets.data.split import PERIODIC, Split
from assets.data.target import Target
from assets.data.transform import Features
from assets.declare.columns import columns_of
from assets.declare.conflicts import conflicts
from assets.declare.faults import DeclarationError, Fault, closest, did_you_mean
from assets.declare.functions import wrong_with
from assets.declare.packing import not_packable
from assets.declare.path_conflicts import misplaced
from assets.declare.respelling import respelled, told
from assets.declare.schema_walk import SchemaWalk
from assets.declare.secrets import without_secrets
from assets.declare.signatures import miscalled
from assets.declare.unanswered import unanswered
from assets.declare.validation import validated
from assets.declare.yaml_text import Document, KeyPath, dotted, read, texts
from assets.environment import REFERENCE, unset
from assets.model.train import Compute, Model, Train, Tune
from assets.release.evaluate import Evaluate
from assets.release.monitor import Monitor
from assets.release.predict import Predict
from assets.release.register import Register
from assets.retraining import Retrain
from assets.settings import Section
from data_checks.gates import OWN_METRICS, Gate
from data_checks.verdict import Json

TYPE = "assets.pipeline.TrainingPipeline"
DAGSTERS_OWN = frozenset({"requirements", "template_vars_module", "post_processing"})
# what a faulty section that must be there is taken for, while the others are held against each other
STAND_INS: Mapping[str, Json] = {
    "source": {"kind": "asset", "key": "unknown"},
    "target": {"column": "unknown"},
    "model": {"kind": "linear"},
}
SHELL = re.compile(r"^~(?=/)|\$\{\w+\}|(?<![^/])\$[A-Z_]\w*|%[A-Z_]{3,}%")
TEMPLATE = re.compile(r"\{\{.*?\}\}")
# what Dagster takes as an owner; one that it refuses would stop every pipeline from loading
OWNER = re.compile(r"team:.+|[\w.%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}", re.ASCII)


class Declaration(Section):
    """One pipeline: what is read, what is promised of it, what is learned from it and when it may be used."""

    description: Annotated[str, Field(max_length=2000)] | None = None
    """What the pipeline predicts, for the people who see it in Dagster and MLflow."""
    owners: tuple[str, ...] = ()
    """Who answers for it: `team:name` or an e-mail address."""
    source: Source
    """Where the rows come from."""
    derive: Derivation | None = None
    """A function that adds columns row by row; nothing in it is fitted."""
    partitions: Partitions | None = None
    """The periods that the rows are cut into; absent: all rows are one table."""
    window: Annotated[int, Field(ge=2, le=100_000)] | None = None
    """How many periods, ending with the one that is run, a training reads; absent: all since the start."""
    contract: Contract = Contract()
    """What is promised of the rows: types, expectations, and what becomes of rows that break them."""
    target: Target
    """What is predicted."""
    features: Features = Features()
    """What it is predicted from."""
    split: Split | None = None
    """How rows are parted into train, validation and test; absent: the newest two periods are held back, one for each,
    without partitions a fifth of the rows for each, by a hash of the row."""
    model: Model
    """What learns."""
    train: Train = Train()
    """How it learns."""
    tune: Tune | None = None
    """Which settings are searched for; absent: none, they are taken as declared."""
    compute: Compute = Compute()
    """What it runs on."""
    evaluate: Evaluate = Evaluate()
    """How good it is measured to be."""
    gates: tuple[Gate, ...] = ()
    """What a model must reach before anybody may deploy it; absent: no metric is held to a limit."""
    registration: Annotated[Register, Field(alias="register")] = Register()
    """How it is named in the registry."""
    predict: Predict = Predict()
    """Where the predictions go."""
    monitor: Monitor = Monitor()
    """What is watched after the release."""
    retrain: Retrain | None = None
    """When it is trained again by itself; absent: only when somebody starts it."""

    @field_validator("owners")
    @classmethod
    def _name_somebody(cls, owners: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [owner for owner in owners if not OWNER.fullmatch(owner)]
        if wrong:
            raise ValueError(
                f"name nobody: {wrong} are neither e-mail addresses nor teams; write such as 'team:revenue'"
            )
        return owners


def load(path: Path, *, root: Path, look: bool = True) -> Declaration:
    """Read and check one `defs.yaml`.

    Args:
        path: the file.
        root: the repository's root; faults name the file relative to it.
        look: whether the source's files, where they are at hand, are asked for their columns.

    Raises:
        DeclarationError: with every fault found, each with file, line and column.
    """
    walk = _walk()
    meant, slips = respelled(read(path, shown_as=path.relative_to(root).as_posix()), walk)
    document, secrets = without_secrets(meant, walk)
    faults = [*document.faults, *secrets, *told(document, slips)]
    faults += [*_name_faults(document, path.parent.name), *_frame_faults(document)]
    if not _attributes(document):
        raise DeclarationError(faults)
    placed = [*_references(document, walk), *_functions(document, root)]
    known = _named_in(_attributes(document))
    found = validated(Declaration, document, walk, stand_ins=STAND_INS, context=known)
    faults += found.faults
    declaration = found.form
    if declaration is not None:
        faulty = found.faulty | {path for path, _ in placed}
        columns = columns_of(declaration, root=root) if look else None
        if columns and any(place[:1] == ("derive",) for place in found.faulty):
            columns = replace(columns, derived=None)
        apart = [*misplaced(declaration, root=root), *not_packable(declaration, columns, root=root)]
        apart += unanswered(declaration, root=root) if look else ()
        told_together = conflicts(declaration, columns=columns, faulty=faulty)
        for place, message in (*told_together, *apart):
            written = found.written(place)
            if any(written[: len(path)] == path or _is_of(path, written, message) for path in faulty):
                continue  # a stand-in is judged there, and the file's own value is told to be faulty
            placed.append((written, message.replace(dotted(place), dotted(written), 1)))
    faults += [document.fault(("attributes", *path), message) for path, message in placed]
    if faults or declaration is None:
        raise DeclarationError(faults)
    return declaration


def _is_of(faulty: KeyPath, place: KeyPath, message: str) -> bool:
    """Whether what is told of an expectation is only there because a faulty argument beside was left out."""
    if len(faulty) < 5 or faulty[:4] != place[:4]:
        return False
    return re.search(rf"\b{re.escape(str(faulty[4]))} (has no effect|is (not )?given)", message) is not None


def _named_in(attributes: Json) -> dict[str, Json]:
    """Return what one section names and another may use, whether or not the first is sound."""
    named: dict[str, Json] = {PERIODIC: isinstance(attributes, dict) and attributes.get("partitions") is not None}
    match attributes:
        case {"evaluate": {"metrics": [*metrics]}}:
            own = [metric.get("name") for metric in metrics if isinstance(metric, dict)]
            named[OWN_METRICS] = [name for name in own if isinstance(name, str)]
    return named


@cache
def _walk() -> SchemaWalk:
    return SchemaWalk(Declaration.model_json_schema(by_alias=True))


def _name_faults(document: Document, name: str) -> Iterator[Fault]:
    """The folder's name becomes that of assets, jobs and groups, which Dagster holds to the same letters."""
    if not re.fullmatch("[A-Za-z0-9_]+", name):
        better = re.sub("[^A-Za-z0-9]+", "_", name).strip("_") or "my_model"
        message = f"folder is no name: '{name}' holds other than letters, digits and _; rename it to '{better}'"
        yield Fault(document.file, 0, 0, message)


def _attributes(document: Document) -> dict[str, Json] | None:
    whole = document.value
    attributes = whole.get("attributes") if isinstance(whole, dict) else None
    return attributes if isinstance(attributes, dict) else None


def _frame_faults(document: Document) -> Iterator[Fault]:
    """Judge what stands around the sections."""
    value = document.value
    if not isinstance(value, dict):
        yield document.fault((), "is empty or not a mapping: it needs 'type' and 'attributes'; write them")
        return
    unknown = value.keys() - {"type", "attributes"} - DAGSTERS_OWN
    meant_by_others = {closest(key, ("type", "attributes")) for key in unknown}
    for key in unknown:
        yield document.fault((key,), f"{key} is not known here: {did_you_mean(key, ('type', 'attributes'))}")
    if value.get("type") != TYPE and ("type" in value or "type" not in meant_by_others):
        yield document.fault(("type",), f"type is not a pipeline: {value.get('type')!r}; write '{TYPE}'")
    if not _attributes(document) and ("attributes" in value or "attributes" not in meant_by_others):
        yield document.fault(("attributes",), "attributes are missing: source, target and model are needed; write them")


def _references(document: Document, walk: SchemaWalk) -> Iterator[tuple[KeyPath, str]]:
    """Let `{{ env('NAME') }}` stand where a machine fact belongs, and nowhere else."""
    attributes = _attributes(document)
    for path, text in texts(attributes):
        if "{{" not in text:
            if (shell := SHELL.search(text)) and any(n.get("machine_fact") for n in walk.nodes(attributes, path)):
                told = f"'{shell[0]}' stays as it is written; write {{{{ env('NAME') }}}}, or the whole path"
                yield path, f"{dotted(path)} holds what only a shell fills in: {told}"
            continue
        name = dotted(path)
        nodes = walk.nodes(attributes, path)
        is_known = nodes or path[:2] == ("contract", "expectations")
        if is_known and not any(node.get("machine_fact") for node in nodes):
            if TEMPLATE.search(text):
                places = ", ".join(walk.marked("machine_fact"))
                message = f"holds a reference where none may stand: {text!r}; only {places} may; write the value"
                yield path, f"{name} {message}"
            continue
        for variable in unset(text):
            message = f"{name} names a variable that is not set: '{variable}' has no value; set it, or write the value"
            yield path, message
        if "{{" in REFERENCE.sub("", text):
            message = f"{text!r} may only use {{{{ env('NAME') }}}}; write the value"
            yield path, f"{name} holds a template that is not known: {message}"


def _functions(document: Document, root: Path) -> Iterator[tuple[KeyPath, str]]:
    """Look for every function that is named after `use`, without importing it."""
    for path, text in texts(_attributes(document)):
        if path[-1] == "use" and (wrong := wrong_with(text, root=root) or miscalled(text, path, root=root)):
            yield path, f"{dotted(path)} {wrong}"
