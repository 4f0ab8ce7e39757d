import json
from pathlib import Path

import pytest

from assets.declaration import Declaration
from assets.declare.path_conflicts import misplaced
from data_checks.verdict import Json
from tests.small_pipeline import attributes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rows" / "old").mkdir(parents=True)
    (tmp_path / "rows" / "may.jsonl.gz").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "back\\slash.csv").touch()
    return tmp_path


def told(root: Path, source: dict[str, Json]) -> dict[str, str]:
    sections = {**attributes(Path("rows.parquet")), "source": {"kind": "files", **source}}
    found = misplaced(Declaration.model_validate_json(json.dumps(sections)), root=root)
    return {".".join(map(str, path)): message for path, message in found}


def test_a_file_of_another_kind_is_told_unless_its_format_is_named(root: Path) -> None:
    path = ["a.csv", "b.XLSX"]
    message = "source.path.1 names a file that is not read: '.xlsx' files are none of csv, parquet, jsonl; convert it"
    assert told(root, {"path": path}) == {"source.path.1": message}
    assert told(root, {"path": path, "format": "csv"}) == {}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("rows", "source.path names a folder: 'rows' holds files; write 'rows/*.gz'"),
        ("file://rows", "source.path names a folder: 'file://rows' holds files; write 'file://rows/*.gz'"),
        ("empty/", "source.path names a folder: 'empty/' holds files; write 'empty/*.parquet'"),
        ("rows/*", None),
        ("later.csv", None),
        (" later.csv", "source.path begins or ends with a blank: ' later.csv' names no file; take it off"),
        ("a\\b.csv", "source.path holds a backslash: 'a\\\\b.csv' names no file here; write 'a/b.csv'"),
        ("back\\slash.csv", None),
        ("s3://bucket/rows", None),
        ("{{ env('NOT_SET_HERE') }}", None),
    ],
)
def test_tells_what_no_file_of_rows_is_called(root: Path, path: str, message: str | None) -> None:
    assert told(root, {"path": path}) == ({} if message is None else {"source.path": message})


def test_predictions_go_into_a_folder(root: Path) -> None:
    sections = {**attributes(Path("rows.parquet")), "predict": {"to": {"kind": "files", "path": "out/all.csv"}}}
    ((path, message),) = misplaced(Declaration.model_validate_json(json.dumps(sections)), root=root)
    assert path == ("predict", "to", "path")
    assert message.startswith("predict.to.path names a file: '.csv' is that of a file, and each period becomes one")
