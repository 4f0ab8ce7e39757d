import json

import pytest
from jsonschema import Draft202012Validator

from assets.commands.reference import EXAMPLES
from assets.declare.editor_schema import MODELINE, SCHEMA_FILE, editor_schema
from assets.declare.yaml_text import parse, read
from assets.home import REPOSITORY
from data_checks.metric_names import METRICS

SCHEMA = editor_schema()
FILES = sorted((REPOSITORY / "pipelines").glob("*/defs.yaml"))


def told(value: object) -> list[str]:
    return [error.json_path for error in Draft202012Validator(SCHEMA).iter_errors(value)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_takes_the_repositorys_own_declarations(file) -> None:
    assert told(read(file, shown_as=file.name).value) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_the_repositorys_own_declarations_lead_editors_to_it(file) -> None:
    assert file.read_text("utf-8").splitlines()[0] == MODELINE
    assert (file.parent / MODELINE.partition("=")[2]).resolve() == REPOSITORY / SCHEMA_FILE


def test_takes_every_example() -> None:
    attributes = read(REPOSITORY / EXAMPLES, shown_as=EXAMPLES).value
    assert told({"type": "assets.pipeline.TrainingPipeline", "attributes": attributes}) == []


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ("modle: {}", "$.attributes"),
        ("train: {epochs: 0}", "$.attributes.train.epochs"),
        ("train: {optimizer: {lr: 1.0}}", "$.attributes.train.optimizer"),
        ("evaluate: {metrics: [roc_auk]}", "$.attributes.evaluate.metrics[0]"),
        ("contract: {columns: {a: nmber}}", "$.attributes.contract.columns.a"),
        ("contract: {expectations: [{expect_nothing: {}}]}", "$.attributes.contract.expectations[0]"),
    ],
)
def test_an_editor_shows_what_is_wrong(section: str, path: str) -> None:
    text = "source: {kind: asset, key: a}\ntarget: {column: y}\nmodel: {kind: linear}\n"
    attributes = parse(text + section, file="x").value
    assert path in told({"type": "assets.pipeline.TrainingPipeline", "attributes": attributes})


def test_completes_metrics_and_takes_those_of_a_pipelines_own() -> None:
    metrics = json.dumps(SCHEMA["$defs"]["Evaluate"]["properties"]["metrics"])
    gated = SCHEMA["$defs"]["Gate"]["properties"]["metric"]
    assert json.dumps(list(METRICS)) in metrics
    assert {"enum": list(METRICS)} in gated["anyOf"]
    assert "The metric that is judged" in gated["description"]
    attributes = parse(
        "source: {kind: asset, key: a}\ntarget: {column: y}\nmodel: {kind: linear}\n"
        "evaluate: {metrics: [roc_auc, {name: profit, use: 'a:b', better: higher}]}\n"
        "gates: [{metric: profit, at_least: 1.0}]\n",
        file="x",
    ).value
    assert told({"type": "assets.pipeline.TrainingPipeline", "attributes": attributes}) == []


def test_explains_and_tells_defaults() -> None:
    epochs = SCHEMA["$defs"]["Train"]["properties"]["epochs"]
    assert epochs["default"] == 30
    assert epochs["description"] == "Times over the train rows, at most."
    assert (REPOSITORY / SCHEMA_FILE).is_file()
    assert json.loads((REPOSITORY / SCHEMA_FILE).read_text())["title"] == SCHEMA["title"]
