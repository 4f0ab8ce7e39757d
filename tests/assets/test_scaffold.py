from pathlib import Path

import pytest
from dagster import ScaffoldRequest

from assets.declaration import load
from assets.faults import DeclarationError
from assets.scaffold import PipelineScaffolder, ScaffoldOptions


def scaffold(root: Path, **options: str) -> Path:
    folder = root / "pipelines" / "flats"
    request = ScaffoldRequest(
        type_name="assets.pipeline.TrainingPipeline",
        target_path=folder,
        scaffold_format="yaml",
        project_root=root,
        params=ScaffoldOptions(**options),
    )
    PipelineScaffolder().scaffold(request)
    return folder


def test_writes_a_declaration_that_loads_as_it_is(tmp_path: Path) -> None:
    folder = scaffold(tmp_path, source="data/my flats: 2024.csv", target="NO")
    declaration = load(folder / "defs.yaml", root=tmp_path)
    assert declaration.source.path == "data/my flats: 2024.csv"
    assert declaration.target.column == "NO"
    assert (folder / "__init__.py").read_text().startswith('"""')


def test_tells_the_faults_of_what_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"^pipelines/flats/defs\.yaml:4:"):
        scaffold(tmp_path, source="{{ env('NOT_SET_ANYWHERE') }}", target="price")
