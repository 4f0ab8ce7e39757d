from pathlib import Path

import pytest

from assets.declaration import TYPE
from assets.declare.survey import survey
from data_checks.verdict import Json
from tests.small_pipeline import attributes, write

SOUND = attributes(Path("rows.parquet"))


def test_two_pipelines_cannot_share_a_registered_name(tmp_path: Path) -> None:
    write(tmp_path, {**SOUND, "register": {"name": "second"}}, "first")
    write(tmp_path, SOUND, "second")
    found = survey(tmp_path)
    assert list(found.declarations) == ["first"]
    (fault,) = found.broken["second"]
    assert str(fault).endswith(
        "register.name is taken: 'second' is also registered by pipelines/first/defs.yaml; choose another"
    )
    assert fault.line == 1


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({"kind": "asset", "key": "shop/clean"}, "source.key"),
        (
            {"kind": "sql", "url_env": "A", "query": "SELECT 1", "depends_on": ["x/y", "shop/raw"]},
            "source.depends_on.1",
        ),
    ],
)
def test_a_pipeline_cannot_be_its_own_source(tmp_path: Path, source: Json, place: str) -> None:
    write(tmp_path, {**SOUND, "source": source}, "shop")
    (fault,) = survey(tmp_path).broken["shop"]
    assert fault.message.startswith(f"{place} leads in a circle: 'shop/")
    write(tmp_path, {**SOUND, "source": {"kind": "asset", "key": "shop/orders"}}, "shop")
    assert survey(tmp_path).faults == ()


@pytest.mark.parametrize(
    ("place", "remedy"),
    [
        ("shop/defs.yml", "rename it to defs.yaml, or remove it"),
        ("shop/def.yaml", "rename it to defs.yaml"),
        ("shop/Defs.yaml", "rename it to defs.yaml"),
        ("shop/component.yaml", "rename it to defs.yaml"),
        ("shop/DEFS.YAML", "rename it to defs.yaml"),
        ("defs.yaml", "move it into a folder of its own"),
        ("teams/shop/defs.yaml", "move it to pipelines/shop/defs.yaml"),
    ],
)
def test_a_file_that_would_be_ignored_is_a_fault(tmp_path: Path, place: str, remedy: str) -> None:
    file = tmp_path / "pipelines" / place
    file.parent.mkdir(parents=True)
    file.write_text("a: 1\n", encoding="utf-8")
    (fault,) = survey(tmp_path).faults
    assert str(fault).startswith(f"pipelines/{place}: is not read: it looks like a declaration; ")
    assert remedy in str(fault)


def test_whatever_its_name_a_file_that_says_so_is_a_declaration(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "shop"
    folder.mkdir(parents=True)
    (folder / "my_model.yaml").write_text(f"type: {TYPE}\n", encoding="utf-8")
    (folder / "labels.yaml").write_text("a: 1\n", encoding="utf-8")
    (folder / ".hidden.yaml").write_text(f"type: {TYPE}\n", encoding="utf-8")
    (fault,) = survey(tmp_path).faults
    assert fault.file == "pipelines/shop/my_model.yaml"


def test_an_empty_repository_has_no_fault(tmp_path: Path) -> None:
    assert survey(tmp_path).faults == ()


@pytest.mark.parametrize("place", ["shop/defs.yaml", "teams/shop/defs.yaml"])
def test_other_components_of_dagster_are_left_to_it(tmp_path: Path, place: str) -> None:
    file = tmp_path / "pipelines" / place
    file.parent.mkdir(parents=True)
    file.write_text("type: dagster.DefsFolderComponent\n", encoding="utf-8")
    assert survey(tmp_path).faults == ()


def test_a_misspelled_type_is_ours(tmp_path: Path) -> None:
    file = tmp_path / "pipelines" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("type: assets.pipelines.TrainingPipline\nattributes: {a: 1}\n", encoding="utf-8")
    assert "type is not a pipeline" in str(survey(tmp_path).faults[0])
