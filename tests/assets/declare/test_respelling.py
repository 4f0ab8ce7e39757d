"""A misspelt word hides nothing: with one mistake below it two are told, as if the word were spelled rightly."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assets.declaration import load
from assets.declare.faults import DeclarationError
from assets.declare.yaml_text import KeyPath
from assets.home import REPOSITORY

# below these stand names of columns
OPEN = {"columns", "never"}
SHIPPED = sorted(file.parent.name for file in REPOSITORY.glob("pipelines/*/defs.yaml"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what lies beside the shipped declarations, for changed ones to be written there."""
    folder = tmp_path_factory.mktemp("repository")
    for file in REPOSITORY.glob("pipelines/*/*"):
        if file.is_file() and file.name != "defs.yaml":
            place = folder / file.relative_to(REPOSITORY)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file)
    return folder


def faults(root: Path, text: str, name: str = "hotel_cancellations") -> list[str]:
    file = root / "pipelines" / name / "defs.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file, root=root)
    except DeclarationError as error:
        return [str(fault).removeprefix(f"pipelines/{name}/defs.yaml:") for fault in error.faults]
    return []


def sound(name: str) -> str:
    return (REPOSITORY / "pipelines" / name / "defs.yaml").read_text("utf-8")


def scalars(node: yaml.Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, yaml.ScalarNode]]:
    """Yield every key and every value that is a word or a number, keys before what stands below them."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value, "key"), key
            yield from scalars(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from scalars(item, (*path, place))
    elif isinstance(node, yaml.ScalarNode):
        yield path, node


def in_place(text: str, node: yaml.ScalarNode, word: str) -> str:
    """Put a word in the place of one that is as long, so that nothing else moves."""
    start, end = node.start_mark.index, node.end_mark.index
    return text[:start] + word[: end - start].ljust(end - start) + text[end:]


def swapped(word: str) -> str:
    """Swap two letters within a word that differ.

    >>> swapped("model"), swapped("too")
    ('mdoel', 'oto')
    """
    inner = [at for at in range(1, len(word) - 1) if word[at] != word[at + 1]]
    at = inner[0] if inner else 0
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def pairs(name: str) -> Iterator[tuple[yaml.ScalarNode, yaml.ScalarNode]]:
    """Yield each setting once, and of what stands below it the last value."""
    found = list(scalars(yaml.compose(sound(name), Loader=yaml.SafeLoader)))
    seen = set()
    for (*above, mark), key in found:
        below = [node for place, node in found if place[-1] != "key" and list(place[: len(above)]) == above]
        is_setting = mark == "key" and not OPEN.intersection(above[:-1]) and len(key.value) > 2
        if is_setting and below and key.value not in seen:
            seen.add(key.value)
            yield key, below[-1]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_mistake_below_a_misspelt_key_is_told_beside_it_and_nothing_else_is(root: Path, name: str) -> None:
    tried = list(pairs(name))
    for key, value in tried:
        long = value.end_mark.index - value.start_mark.index > 1
        mistaken = in_place(sound(name), value, "{}" if long else "x")
        word, place = swapped(key.value), f"{key.start_mark.line + 1}:{key.start_mark.column + 1}: "
        found = faults(root, in_place(mistaken, key, word), name)
        (of_key,) = (fault for fault in found if re.match(rf"{place}\S*{word}\b|{place}\S* has no .* '{word}'", fault))
        assert of_key.endswith((f"; did you mean '{key.value}'?", f": did you mean '{key.value}'?"))
        assert [fault for fault in found if fault != of_key] == faults(root, mistaken, name) != []
    assert len(tried) > 5


def changed(*changes: tuple[str, str]) -> str:
    text = sound("hotel_cancellations")
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong, 1)
    return text


MODEL = "model: {kind: mlp, hidden: [64]"
FIRST = "expect_column_values_to_be_between: {column: adr, min_value: 0"
GATE = "{metric: roc_auc, at_least: 0.75}"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([(MODEL, "modle: {knd: mpl, hiden: [64.5]")], [
            "modle is not a setting here: {\"knd\": \"mpl\", \"hiden\": [64.5], \"dropout\": 0.1, \"embedding\": 4}; d",
            "model.kind is unknown: 'mpl' must be one of linear, mlp, custom; did you mean 'mlp'?",
            "model.knd is not a setting here: \"mpl\"; did you mean 'kind'?",
            "model.hiden is not a setting here: [64.5]; did you mean 'hidden'?",
            "model.hidden.0 is wrong: 64.5 must be a whole number; write such a value",
        ]),
        ([(FIRST, "expect_column_value_to_be_between: {colum: adrr, min_value: 0")], [
            "contract.expectations.0.expect_column_value_to_be_between is unknown: it is no expectation of great_",
            "contract.expectations.0.expect_column_values_to_be_between has no such argument: 'colum' is none of",
            "contract.expectations.0.expect_column_values_to_be_between.column names a column that is not there: '",
        ]),
        ([("kind: files, path", "kind: file, pth"), ("lead_time: integer", "lead_tim: integer")], [
            "source.kind is unknown: 'file' must be one of files, sql, delta, python, asset; did you mean 'files'?",
            "source.pth is not a setting here: \"pipelines/hotel_cancellations/bookings.parquet\"; did you me",
            "contract.columns names a column that is not there: 'lead_tim' is not in 'pipelines/hotel_canc",
        ]),
        ([("  gates:", "  gate:"), (GATE, "{metrik: roc_auc, at_least: 75}")], [
            "gate is not a setting here: [{\"metrik\": \"roc_auc\", \"at_least\": 75}, {",
            "gates.0.metrik is not a setting here: \"roc_auc\"; did you mean 'metric'?",
            "gates.0.at_least is out of reach or no limit: 75, but roc_auc lies between 0 and 1; write a value within",
        ]),
        ([("derive: {use: ", "deriv: {ues: "), (":arrival_date", ":arival_date")], [
            "deriv is not a setting here: {\"ues\": \"pipelines.hotel_cancellations.features:arival_date\"}; did yo",
            "derive.ues is not a setting here: \"pipelines.hotel_cancellations.features:arival_date\"; did you mea",
            "derive.use names a function that is not there: 'pipelines.hotel_cancellations.features' has no 'ariv",
        ]),
        ([("train:", "trian:"), ("epochs: 30", "epochs: 3")], [
            "trian is not a setting here: {\"epochs\": 3,",
            "train.early_stopping has no effect: 5 epochs without a gain can't pass within epochs of 3; lower it",
        ]),
        ([("mostly: 0.99, severity:", "mostly: 0.99, sverity:")], [
            "contract.expectations.6.expect_column_values_to_not_be_null has no such argument: 'sverity' is none ",
        ]),
        ([("attributes:", "atributes:"), ("window: 12", "window: twelve")], [
            "atributes is not known here: did you mean 'attributes'?",
            "window is wrong: \"twelve\" must be a whole number; write such a value",
        ]),
        ([("  window: 12\n", ""), ("attributes:", "window: 1\nattributes:")], [
            "window is not known here: it belongs under attributes as 'window'",
            "window is wrong: 1 must be at least 2; write such a value",
        ]),
    ],
)  # fmt: skip
def test_what_is_meant_is_judged_as_if_it_stood_there(
    root: Path, changes: list[tuple[str, str]], told: list[str]
) -> None:
    found = [fault.partition(": ")[2] for fault in faults(root, changed(*changes))]
    assert len(found) == len(told), found
    assert not [(fault, said) for fault, said in zip(found, told, strict=True) if not fault.startswith(said)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # the right one stands there already
        (
            [("window: 12", "windw: many\n  window: 12")],
            "windw is not a setting here: \"many\"; did you mean 'window'?",
        ),
        # two are the same one
        ([(MODEL, "modle: 3\n  mdoel: {kind: mlp, hidden: [x]")], "is not a setting here: 3; did you mean 'model'?"),
        # it is another kind's
        (
            [("kind: adamw, ", "kind: adamw, momentum: 5, ")],
            "train.optimizer.momentum is not a setting here: 5; it belo",
        ),
        # an expectation without such arguments
        ([(FIRST, "expect_column_values_to_be_in_range: {column: adr, min_value: x")], "in_range is unknown: it is no"),
        # a secret is never taken for a setting
        ([("monitor: {", "monitor: {api_key: hunter2, ")], 'monitor.api_key is not a setting here: "***"; choose'),
    ],
)
def test_what_may_mean_something_else_is_told_and_not_judged(
    root: Path, changes: list[tuple[str, str]], told: str
) -> None:
    found = faults(root, changed(*changes))
    assert len(found) == len([key for _, wrong in changes for key in wrong.split("mdoel")]), found
    assert told in found[0]


def test_sections_that_are_not_indented_are_one_fault(root: Path) -> None:
    text = sound("bike_rentals").replace("\n  ", "\n")
    told = "4:1: source is not known here: it belongs under attributes, as target, features, model do; indent them"
    assert faults(root, text, "bike_rentals") == [told]
    assert faults(root, text.replace("attributes:\n", ""), "bike_rentals") == [told.replace("4:1", "3:1")]
