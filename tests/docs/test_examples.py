"""Every YAML example of the documents is taken by the check, a fragment within a declaration that holds the rest."""

import json
import re
from pathlib import Path

import pytest

from assets.declaration import TYPE, Declaration, load
from assets.declare.faults import DeclarationError
from assets.declare.yaml_text import parse
from assets.home import REPOSITORY
from data_checks.metric_names import METRICS
from data_checks.verdict import Json

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```ya?ml[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(text, id=f"{page.relative_to(REPOSITORY).as_posix()}-{place}")
    for page in PAGES
    for place, text in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
]
# what an example of one section needs of the others
REST: dict[str, Json] = {
    "source": {"kind": "asset", "key": "shop/orders"},
    "target": {"column": "is_canceled", "task": "binary"},
    "model": {"kind": "linear"},
}
MONTHLY: dict[str, Json] = {"partitions": {"every": "month", "column": "arrival_date", "start": "2015-07"}}
NEEDS: dict[str, dict[str, Json]] = {
    "window": MONTHLY,
    "target": MONTHLY,
    "contract": MONTHLY,
    "split": MONTHLY,
    "monitor": MONTHLY,
    "retrain": MONTHLY,
    "source": MONTHLY,
    "tune": {"model": {"kind": "mlp"}},
    "gates": {"evaluate": {"metrics": ["roc_auc"], "slices": ["hotel"]}},
}


def completed(sections: dict[str, Json]) -> dict[str, Json]:
    needed = {name: section for own in sections for name, section in NEEDS.get(own, {}).items()}
    return {**REST, **needed, **sections}


def faults(folder: Path, sections: dict[str, Json]) -> list[str]:
    file = folder / "pipelines" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"type": TYPE, "attributes": sections}), encoding="utf-8")
    try:
        load(file, root=folder, look=False)
    except DeclarationError as error:
        return [fault.message for fault in error.faults]
    return []


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_check_takes_an_example(text: str, tmp_path: Path) -> None:
    value = parse(text, file="example").value
    if value is None:
        assert text.startswith("# yaml-language-server: ")
        return
    assert isinstance(value, dict)
    sections = value.get("attributes", value)
    assert isinstance(sections, dict)
    told = faults(tmp_path, completed(sections))
    # functions of an example lie in a repository of its reader's
    assert [fault for fault in told if " names a module that is not there" not in fault] == []


def test_the_metrics_that_are_told_are_those_that_are_taken() -> None:
    schema = json.loads((REPOSITORY / "docs" / "declaration.schema.json").read_text(encoding="utf-8"))
    assert {tuple(found) for found in enums(schema) if "roc_auc" in found and "brier" in found} == {tuple(METRICS)}
    page = (REPOSITORY / "docs" / "declaration.md").read_text(encoding="utf-8")
    assert not [name for name in METRICS if f"`{name}`" not in page and f"'{name}'" not in page]
    for name in METRICS:
        assert Declaration.model_fields["evaluate"].annotation.model_validate({"metrics": (name,)})  # type: ignore[union-attr]


def enums(node: Json) -> list[list[str]]:
    found = [node["enum"]] if isinstance(node, dict) and isinstance(node.get("enum"), list) else []
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [*found, *(each for child in below for each in enums(child))]
