"""Every pipeline of the repository loads and shows the lifecycle in order."""

import sys
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest

from assets.automation import RETRAIN, SCORE
from assets.declaration import Declaration, load
from assets.declare.yaml_text import read
from assets.home import REPOSITORY, Home
from assets.lifecycle import STAGES

FILES = sorted((REPOSITORY / "pipelines").glob("*/defs.yaml"))
NAMES = [file.parent.name for file in FILES]
SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


@pytest.fixture
def loaded(home: Home, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    """What Dagster loads, with the home of this test."""
    monkeypatch.delitem(sys.modules, "assets.definitions", raising=False)
    definitions: dg.Definitions = import_module("assets.definitions").defs()
    sys.modules.pop("assets.definitions")
    return definitions


def assets_of(definitions: dg.Definitions) -> list[dg.AssetsDefinition]:
    return [each for each in definitions.assets or () if isinstance(each, dg.AssetsDefinition)]


def described(definitions: dg.Definitions) -> str:
    """Return the graph as text, one line an asset: its room, what it follows, and its checks."""
    lines = []
    for asset in assets_of(definitions):
        for place, spec in enumerate(asset.specs):
            follows = ", ".join(dep.asset_key.to_user_string() for dep in spec.deps) or "nothing"
            checks = ", ".join(check.name for check in asset.check_specs if check.asset_key == spec.key) or "none"
            assert place == 0 or checks == "none"
            lines.append(f"{spec.key.to_user_string()} | {spec.group_name} | follows {follows} | checks {checks}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_declaration_is_in_order_and_its_sections_run_from_top_to_bottom(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(file, root=REPOSITORY).source
    document = read(file, shown_as=file.name).value
    assert isinstance(document, dict)
    written = document["attributes"]
    assert isinstance(written, dict)
    sections = [field.alias or name for name, field in Declaration.model_fields.items()]
    assert list(written) == [section for section in sections if section in written]


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_pipeline_says_where_its_rows_come_from(file: Path) -> None:
    told = file.with_name("ATTRIBUTION.md").read_text(encoding="utf-8").lower()
    assert "licen" in told or "public domain" in told


def test_every_pipeline_shows_the_lifecycle_in_order(loaded: dg.Definitions) -> None:
    for name in NAMES:
        lifecycle = [f"{name}__{stage.name}" for stage in STAGES]
        assert [asset.op.name for asset in assets_of(loaded) if asset.op.name in lifecycle] == lifecycle


def test_every_asset_is_in_a_job(loaded: dg.Definitions) -> None:
    for name in NAMES:
        keys = {key.path[-1] for asset in assets_of(loaded) for key in asset.keys if key.path[0] == name}
        upstream = {"sales_database"}
        assert keys - upstream == {*SCORE, *RETRAIN}
        for kind in ("score", "retrain"):
            assert loaded.resolve_job_def(f"{name}_{kind}")


def test_everything_can_be_loaded_and_run(loaded: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(loaded)


def test_the_asset_graph_is_the_one_on_record(loaded: dg.Definitions) -> None:
    seen = described(loaded)
    assert seen == SNAPSHOT.read_text(encoding="utf-8"), f"if the change is meant, write this to {SNAPSHOT}:\n{seen}"
