"""A broken folder hides no other: run in a process of its own, since `pipelines` is imported by its name."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import click
import pytest
from dagster import AssetsDefinition, ScaffoldRequest

from assets.commands import check, dg
from assets.declaration import TYPE
from assets.declare.faults import Fault
from assets.home import REPOSITORY, Home
from assets.pipelines_folder import broken
from assets.scaffold import PipelineScaffolder, ScaffoldOptions
from tests.dagster_project import pipelines_of
from tests.small_pipeline import attributes, write

LOAD = """
import json, logging, os, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pathlib import Path
import dagster as dg
warnings.simplefilter("always", dg.PreviewWarning)
from assets.declare.faults import DeclarationError
from assets.home import Home
from assets.memo import Memo
from assets.shared import shared
from assets.pipelines_folder import GROUP, VALIDATING, load_pipelines
root = Path(sys.argv[1])
writes, put = [], Memo.put
Memo.put = lambda *of: writes.append(put(*of))
Home.from_environment().use()
given = shared(Home.from_environment())
found = load_pipelines(root, given)
kept = len(writes)
shown = {}
for asset in found.assets:
    for spec in asset.specs:
        if spec.group_name == GROUP:
            shown[spec.key.to_user_string()] = [spec.description, spec.metadata["number of faults"]]
(alone,) = (asset for asset in found.assets if dg.AssetKey(["yaml", "declaration"]) in asset.keys)
run = dg.materialize([alone], raise_on_error=False)
said = [event.step_failure_data.user_failure_data.description for event in run.all_events if event.is_step_failure]
os.environ[VALIDATING] = "1"
try:
    load_pipelines(root, given)
    refused = []
except DeclarationError as error:
    refused = [str(fault) for fault in error.faults]
keys = sorted(spec.key.to_user_string() for asset in found.assets for spec in asset.specs)
jobs = sorted(job.name for job in found.jobs)
print(json.dumps({"shown": shown, "keys": keys, "said": said, "refused": refused, "jobs": jobs, "kept": kept}))
"""


PLANTED = """
from pathlib import Path
import dagster as dg
from assets.home import Home
from assets.pipelines_folder import load_pipelines
from assets.shared import shared
home = Home.from_environment()
home.use()

@dg.definitions
def defs():
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four folders: a sound one, one that is no YAML, one with a fault, one whose Python can't be imported."""
    folder = tmp_path_factory.mktemp("repository")
    sound = attributes(folder / "rows.parquet")
    (folder / "rows.parquet").touch()
    for name in ("sound", "python"):
        write(folder, sound, name)
    several = {name: section for name, section in sound.items() if name != "model"}
    write(folder, {**several, "modle": {"kind": "mlp", "hidden": [0]}, "window": 1, "epochs": 3}, "faulty")
    (folder / "pipelines/yaml").mkdir()
    (folder / "pipelines/yaml/defs.yaml").write_text(f"type: {TYPE}\nattributes: [", encoding="utf-8")
    (folder / "pipelines/python/more.py").write_text("import dagster\nimport nothing_there\n", encoding="utf-8")
    alone = "import dagster as dg\n\n\n@dg.asset\ndef alone() -> None: ...\n"
    (folder / "pipelines/alone.py").write_text(alone, encoding="utf-8")
    (folder / "pipelines/__init__.py").touch()
    return folder


class Told(TypedDict):
    """What of a load is compared: what the page shows of each broken folder, and what a validation says."""

    shown: dict[str, tuple[str, int]]
    refused: list[str]


def of_scaffold(root: Path, name: str) -> str:
    request = ScaffoldRequest(
        type_name=TYPE,
        target_path=root / "pipelines" / name,
        scaffold_format="yaml",
        project_root=root,
        params=ScaffoldOptions(source="rows.parquet"),
    )
    with pytest.raises(click.ClickException) as refused:
        PipelineScaffolder().scaffold(request)
    return refused.value.message


def assert_all_tell_the_same(root: Path, told: Told, capfd: pytest.CaptureFixture[str]) -> None:
    """`make check`, `dg check defs`, the page that Dagster shows of a folder, and the scaffold where it is to write."""
    capfd.readouterr()
    assert check.main([str(root)]) == 1
    text = capfd.readouterr().err
    assert dg.main(["check", "defs"]) == 1
    assert capfd.readouterr().err == text
    assert [f"{line}\n" for line in told["refused"]] == text.splitlines(keepends=True)
    for name in ("faulty", "python", "yaml"):
        own = [line for line in text.splitlines() if line.startswith(f"pipelines/{name}/")]
        description = told["shown"][f"{name}/declaration"][0]
        assert re.findall(r"^- `(.*)`$", description, re.MULTILINE) == own
        if name == "python":
            continue  # its declaration is in order
        taken, *faults = of_scaffold(root, name).splitlines()
        assert faults == own
        assert taken.startswith(f"NAME is taken: '{name}' holds a declaration already; choose another, or remove it; ")
        assert taken.endswith("; what it holds is at fault:")
    assert [line.split(": ", 2)[1] for line in text.splitlines()] == [
        "window is wrong",
        "modle is not a setting here",
        "model.hidden.0 is wrong",
        "epochs is not a setting here",
        "names a module that can't be imported",
        "is not YAML",
    ]


def started(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{REPOSITORY}"},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_sound_ones_load_and_the_broken_ones_show_their_faults(
    root: Path, home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    done = started(root, sys.executable, "-c", LOAD, str(root))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert "PreviewWarning" not in done.stderr
    assert told["kept"] == 1
    assert {"sound/raw", "sound/drift", "alone"} <= set(told["keys"])
    assert told["jobs"] == ["sound_retrain", "sound_score", "trainyard_retention"]
    assert sorted(told["shown"]) == ["faulty/declaration", "python/declaration", "yaml/declaration"]
    for description, faults in told["shown"].values():
        assert description.count("\n- `pipelines/") == faults
        assert "*Reload definitions*" in description
    assert "window is wrong: 1 must be at least 2; write such a value" in told["shown"]["faulty/declaration"][0]
    assert (
        "'pipelines.python.more' imports 'nothing_there' in line 2, which is" in told["shown"]["python/declaration"][0]
    )
    assert told["said"] == [fault for fault in told["refused"] if fault.startswith("pipelines/yaml/")]
    monkeypatch.setattr(check, "REPOSITORY", root)
    with pipelines_of(root):
        assert_all_tell_the_same(root, told, capfd)


@pytest.mark.parametrize("name", ["faulty", "own.py"])
def test_what_is_broken_is_named_as_what_lies_there_not_as_a_declaration(name: str) -> None:
    fault = Fault(f"pipelines/{name}", 3, 1, "names a module that can't be imported")
    (asset,) = broken(name, [fault]).assets
    assert isinstance(asset, AssetsDefinition)
    (description,) = asset.descriptions_by_key.values()
    assert description.startswith(f"What lies in `pipelines/{name}` can't be loaded:\n\n- `pipelines/{name}:3:1")
    assert "declaration" not in description
    assert description.endswith("above the lineage: what lies there then takes this asset's place.")


@pytest.mark.slow
def test_validation_by_dagster_ends_with_the_text_of_our_own_check(root: Path, home: Home) -> None:
    (root / "planted.py").write_text(
        f"{PLANTED}    return load_pipelines(Path({str(root)!r}), shared(home))\n", "utf-8"
    )
    told = {}
    for name, command in {
        "dagster": [str(Path(sys.executable).with_name("dagster")), "definitions", "validate", "-m", "planted"],
        "check": [sys.executable, "-m", "assets.commands", "check", str(root)],
    }.items():
        done = started(root, *command)
        assert done.returncode == 1, done.stderr
        told[name] = done.stderr
    assert told["check"].count("\n") == 6
    assert told["dagster"].endswith(told["check"])
