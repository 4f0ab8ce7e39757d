import json
from pathlib import Path

import pytest

from assets.declaration import load
from assets.declare.notes import notes
from data_checks.verdict import Json
from tests.small_pipeline import attributes, write


def told(root: Path, source: dict[str, Json]) -> list[str]:
    sections = {**attributes(Path("rows.parquet")), "source": source}
    write(root, sections, "shop")
    file = root / "pipelines" / "shop" / "defs.yaml"
    return [fault.message for fault in notes(file, load(file, root=root), root=root)]


def test_periods_that_have_not_begun_are_noted(tmp_path: Path) -> None:
    sections = {
        **attributes(Path("rows.parquet")),
        "partitions": {"every": "month", "column": "day", "start": "2999-01"},
    }
    write(tmp_path, sections, "shop")
    file = tmp_path / "pipelines" / "shop" / "defs.yaml"
    _, note = notes(file, load(file, root=tmp_path), root=tmp_path)
    told = "no period has begun before '2999-01'; mend it, unless that is meant"
    assert note.message == f"note: partitions.start lies ahead: {told}"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "rows/wine2.csv",
            "source.path names no file yet: 'rows/wine2.csv' is not there; did you mean 'rows/wine.csv'?",
        ),
        (
            "rows/sales.parquet",
            "source.path names no file yet: 'rows/sales.parquet' is not there; mend it, unless the file",
        ),
        (
            "row/wine.csv",
            "source.path names no file yet: 'row/wine.csv' is not there; mend it, unless the file comes later",
        ),
        (
            "rows/*.parquet",
            "source.path names no file yet: 'rows/*.parquet' fits none; mend it, unless files come later",
        ),
        (["rows/wine.csv", "rows/vine.csv"], "source.path.1 names no file yet: 'rows/vine.csv' is not there; did you "),
    ],
)
def test_a_path_without_a_file_is_noted(tmp_path: Path, path: Json, message: str) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows/wine.csv").touch()
    (note,) = told(tmp_path, {"kind": "files", "path": path})
    assert note.startswith(f"note: {message}")


@pytest.mark.parametrize("path", ["rows/wine.csv", "rows/*.csv", "s3://bucket/wine2.csv", "https://host/wine2.csv"])
def test_files_that_are_there_and_those_of_servers_are_not_noted(tmp_path: Path, path: str) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows/wine.csv").touch()
    assert told(tmp_path, {"kind": "files", "path": path}) == []
    assert told(tmp_path, {"kind": "asset", "key": "shop/rows"}) == []


def test_a_note_stands_at_the_line_of_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE", "lake")
    sections = {
        "source": {"kind": "files", "path": "{{ env('LAKE') }}/rows.csv"},
        "target": {"column": "y"},
        "model": {"kind": "linear"},
    }
    file = tmp_path / "pipelines/shop/defs.yaml"
    file.parent.mkdir(parents=True)
    body = "".join(f"  {name}: {json.dumps(section)}\n" for name, section in sections.items())
    file.write_text(f"type: assets.pipeline.TrainingPipeline\nattributes:\n{body}", "utf-8")
    (note,) = notes(file, load(file, root=tmp_path), root=tmp_path)
    assert str(note).startswith(
        "pipelines/shop/defs.yaml:3:29: note: source.path names no file yet: \"{{ env('LAKE') }}/"
    )
