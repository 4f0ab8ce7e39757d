"""Editors are told the setting that is wrong, and take what the typed form takes."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from assets.commands.reference import EXAMPLES
from assets.declare.editor_schema import editor_schema, typed_schema
from assets.declare.faults import DeclarationError
from assets.declare.told_apart import ORDER, told_apart
from assets.declare.yaml_text import KeyPath, parse, read
from assets.home import REPOSITORY
from data_checks.verdict import Json
from tests.assets.declare.expectation_mistakes import EXPECTED
from tests.assets.declare.further_mistakes import FURTHER
from tests.assets.declare.judging_mistakes import JUDGING
from tests.assets.declare.single_mistakes import MISTAKES
from tests.assets.declare.unseen_mistakes import FIRST, UNSEEN

EDITORS, TYPED = Draft202012Validator(editor_schema()), Draft202012Validator(typed_schema())
FRAME = "type: assets.pipeline.TrainingPipeline\nattributes:\n"
REST = {"source": "{kind: asset, key: a}", "target": "{column: y}", "model": "{kind: linear}"}
FILES = sorted((REPOSITORY / "pipelines").glob("*/defs.yaml"))
HOTELS = (REPOSITORY / "pipelines" / "hotel_cancellations" / "defs.yaml").read_text("utf-8")


def whole(section: str, value: str) -> Json:
    lines = [f"  {name}: {text}\n" for name, text in {**REST, section: value}.items()]
    return parse(FRAME + "".join(lines), file="x").value


@pytest.mark.parametrize(
    ("section", "value", "path", "key"),
    [
        ("source", "{kind: files, pth: a.csv}", "$.attributes.source", "pth"),
        ("source", "{kind: files, path: a.csv, delimeter: ';'}", "$.attributes.source", "delimeter"),
        ("source", "{kind: sql, url_env: A, query: SELECT 1, depend_on: [a]}", "$.attributes.source", "depend_on"),
        ("source", "{kind: delta, path: a, versoin: 1}", "$.attributes.source", "versoin"),
        ("source", "{kind: python, use: 'a:b', fuse: 1}", "$.attributes.source", "fuse"),
        ("source", "{kind: asset, key: a, kez: b}", "$.attributes.source", "kez"),
        ("source", "{knd: files, path: a.csv}", "$.attributes.source", "kind"),
        ("source", "{kind: file, path: a.csv}", "$.attributes.source.kind", "file"),
        ("model", "{kind: mlp, hiden: [3]}", "$.attributes.model", "hiden"),
        ("model", "{kind: linear, hidden: [3]}", "$.attributes.model", "hidden"),
        ("model", "{kind: custom, use: 'a:b', option: {}}", "$.attributes.model", "option"),
        ("split", "{by: time, validaton: 1}", "$.attributes.split", "validaton"),
        ("derive", "{uses: 'a:b'}", "$.attributes.derive", "uses"),
        ("partitions", "{every: day, column: d, start: a, ende: b}", "$.attributes.partitions", "ende"),
        ("retrain", "{schedule: '0 6 2 * *', timezone: UTC}", "$.attributes.retrain", "timezone"),
        ("tune", "{trails: 3}", "$.attributes.tune", "trails"),
        ("tune", "{space: {train.l2: {low: 1, hihg: 2}}}", "$.attributes.tune.space['train.l2']", "hihg"),
        ("tune", "{space: {train.l2: {lw: 1, high: 2}}}", "$.attributes.tune.space['train.l2']", "lw"),
        ("tune", "{space: {train.l2: {choices: [1], lg: 1}}}", "$.attributes.tune.space['train.l2']", "lg"),
        ("train", "{optimizer: {kind: sgd, momentun: 0.9}}", "$.attributes.train.optimizer", "momentun"),
        ("train", "{optimizer: {kind: adamw, momentum: 0.9}}", "$.attributes.train.optimizer", "momentum"),
        ("train", "{schedule: {kind: cosine, warmup: 0.1}}", "$.attributes.train.schedule", "warmup"),
        ("train", "{schedule: {kind: step, evry: 3}}", "$.attributes.train.schedule", "evry"),
        ("predict", "{to: {kind: sql, url_env: A, tabel: t}}", "$.attributes.predict.to", "tabel"),
        ("predict", "{to: {kind: files, pth: t}}", "$.attributes.predict.to", "pth"),
        ("predict", "{source: {kind: files, path: a.csv, quot: ''}}", "$.attributes.predict.source", "quot"),
        ("evaluate", "{metrics: [{name: a, use: 'b:c', bettr: higher}]}", "$.attributes.evaluate.metrics[0]", "bettr"),
        ("contract", "{columns: {a: {type: text, nulable: true}}}", "$.attributes.contract.columns.a", "nulable"),
        ("contract", "{over_time: {fresh: {withn: 3 days}}}", "$.attributes.contract.over_time.fresh", "withn"),
        ("contract", "{over_time: {unique: {colums: [a]}}}", "$.attributes.contract.over_time.unique", "colums"),
        ("contract", "{over_time: {rows: {at_lest: 1.0}}}", "$.attributes.contract.over_time.rows", "at_lest"),
        ("gates", "[{metric: f1, at_lest: 0.5}]", "$.attributes.gates[0]", "at_lest"),
    ],
)
def test_a_misspelt_key_is_named_at_its_section(section: str, value: str, path: str, key: str) -> None:
    value = whole(section, value)
    best = best_match(EDITORS.iter_errors(value))
    assert best.json_path == path
    named = [error.message for error in EDITORS.iter_errors(value) if error.json_path == path]
    assert any(f"'{key}'" in message for message in named), named
    assert not any("under any of the given schemas" in message for message in named), named


def test_a_bound_is_told_beside_another_type_that_there_may_be() -> None:
    assert best_match(EDITORS.iter_errors(whole("window", "1"))).message == "1 is less than the minimum of 2"
    (error,) = EDITORS.iter_errors(whole("target", "{column: y, task: binray}"))
    assert error.message == "'binray' is not one of ['binary', 'multiclass', 'regression', None]"


def mistaken(rng: random.Random) -> Iterator[Json]:
    """Yield some of the files that the tests of mistakes plant, as far as they can be read."""
    changes = [(sound, wrong) for sound, wrong, _ in (*MISTAKES, *FURTHER, *JUDGING, *UNSEEN)]
    texts = [HOTELS.replace(sound, wrong.replace("¦", ""), 1) for sound, wrong in changes]
    texts += [HOTELS.replace(FIRST, f"- {item.replace('¦', '')}", 1) for item, _ in EXPECTED]
    texts = rng.sample(texts, 60)
    texts += [file.read_text("utf-8") for file in Path(__file__).with_name("planted").glob("*.yaml")]
    for text in texts:
        try:
            yield parse(text, file="x").value
        except DeclarationError:
            continue


def places(value: Json, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        yield from places(below, (*path, key))


def changed(rng: random.Random, sound: Json) -> Json:
    """Put another value, another name or nothing in one place of a file."""
    value = copy.deepcopy(sound)
    *above, last = rng.choice(list(places(value)))
    node: Json = value
    for part in above:
        node = node[part]  # type: ignore[index,call-overload]
    if isinstance(node, dict) and rng.random() < 0.4:
        node[f"{last}x"] = node.pop(last)
    else:
        others: list[Json] = [None, True, 0, 1, 0.5, -1, "x", "store", [], ["a"], {}, {"kind": "sql"}, {"low": 1}]
        node[last] = rng.choice(others)  # type: ignore[index,call-overload]
    return value


def test_takes_and_refuses_what_the_typed_form_does() -> None:
    sections = read(REPOSITORY / EXAMPLES, shown_as="x").value
    shipped = [read(file, shown_as="x").value for file in FILES]
    sound = [*shipped, {"type": "assets.pipeline.TrainingPipeline", "attributes": sections}]
    sound += [whole("train", "{schedule: {kind: step}, class_weights: {a: 2.0}}"), whole("predict", "{to: store}")]
    sound += [whole("source", "{kind: files, path: [a.csv], decimal: {a: ','}, thousands: '.'}")]
    rng = random.Random(3)
    tried = [*sound, *mistaken(rng), *(changed(rng, rng.choice(sound)) for _ in range(120))]
    verdicts = [(EDITORS.is_valid(value), TYPED.is_valid(value)) for value in tried]
    assert [
        json.dumps(each)[:500] for each, (one, other) in zip(tried, verdicts, strict=True) if one is not other
    ] == []
    assert verdicts.count((True, True)) > 30 < verdicts.count((False, False))


def test_what_nothing_tells_apart_stays() -> None:
    alike = {"anyOf": [{"enum": ["a"]}, {"type": "string", "minLength": 3}]}
    assert told_apart(alike, {}) == alike
    assert told_apart({"anyOf": [{"type": "integer"}, {}]}, {}) == {"anyOf": [{"type": "integer"}, {}]}


@pytest.mark.parametrize(
    ("constants", "type_"),
    [
        ({"enum": [1, 2]}, "integer"),
        ({"const": 0.5}, "number"),
        ({"const": True}, "boolean"),
        ({"const": None}, "null"),
    ],
)
def test_constants_are_of_their_own_type(constants: dict[str, Json], type_: str) -> None:
    form = told_apart({"anyOf": [{"type": "string"}, constants]}, {})
    assert form == {"type": sorted(["string", type_], key=ORDER.index), "if": {"type": type_}, "then": constants}
