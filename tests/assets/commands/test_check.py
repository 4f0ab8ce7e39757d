import re
from pathlib import Path

import pytest

from assets.commands.check import main
from data_checks.verdict import Json
from tests.dagster_project import pipelines_of, settings
from tests.small_pipeline import attributes, write

SOUND = {**attributes(Path("rows.parquet")), "source": {"kind": "asset", "key": "shop/rows"}}


def test_the_repositorys_own_declarations_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.endswith(" declarations in order, 0 faults\n")


def test_tells_all_faults_of_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, SOUND, "first")
    write(tmp_path, {**SOUND, "window": 1, "modle": 3}, "second")
    write(tmp_path, {**SOUND, "target": {}}, "third")
    (tmp_path / "pipelines" / "__init__.py").touch()
    with pipelines_of(tmp_path):
        assert main([str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert told.out == "1 declaration in order, 3 faults\n"
    assert [line.partition(":")[0] for line in told.err.splitlines()] == [
        "pipelines/second/defs.yaml",
        "pipelines/second/defs.yaml",
        "pipelines/third/defs.yaml",
    ]


def test_a_file_that_is_not_there_is_noted_and_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.csv").touch()
    write(tmp_path, {**SOUND, "source": {"kind": "files", "path": "row.csv"}}, "first")
    assert main([str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out == "1 declaration in order, 0 faults, 1 note\n"
    (line,) = told.err.splitlines()
    assert re.fullmatch(r"pipelines/first/defs.yaml:\d+:\d+: note: source.path names no file yet: .*'rows.csv'\?", line)


FILLED: dict[str, Json] = {"kind": "sql", "url_env": "SHOP", "query": "SELECT 1 WHERE :start < :end"}


@pytest.mark.parametrize(
    ("source", "key", "told"),
    [
        ({"kind": "asset", "key": "shop/order"}, "key", "did you mean 'shop/orders'?"),
        ({"kind": "asset", "key": "quite/elsewhere"}, "key", "write it, or name it beside as a dg.AssetSpec"),
        ({**FILLED, "depends_on": ["shop/orders", "shop/ordres"]}, "depends_on.1", "did you mean 'shop/orders'?"),
    ],
)
def test_a_source_that_comes_from_no_asset_of_ours_is_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: dict[str, Json], key: str, told: str
) -> None:
    write(tmp_path, {**SOUND, "source": {**FILLED, "depends_on": ["shop/orders"]}}, "first")
    write(tmp_path, {**SOUND, "source": source}, "second")
    own = "import dagster as dg\n\n@dg.asset(key=['shop', 'orders'])\ndef orders() -> None: ...\n"
    (tmp_path / "pipelines" / "first" / "own.py").write_text(own, encoding="utf-8")
    (tmp_path / "pipelines" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(settings("pipelines"), encoding="utf-8")
    with pipelines_of(tmp_path):
        assert main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == "1 declaration in order, 1 fault\n"
    assert said.err.startswith("pipelines/second/defs.yaml:")
    assert f"source.{key} names an asset that is not there: '" in said.err
    assert said.err.endswith(f"' is made by nothing here; {told}\n")


def test_a_module_that_raises_as_it_is_imported_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {**SOUND, "source": {"kind": "files", "path": "rows.parquet"}}, "sound")
    write(tmp_path, {**SOUND, "derive": {"use": "pipelines.first.own:add"}, "window": 1}, "first")
    (tmp_path / "rows.parquet").touch()
    for place in ("pipelines", "pipelines/first"):
        (tmp_path / place / "__init__.py").touch()
    own = "TABLE = {}['missing']\n\n\ndef add(rows):\n    return rows\n"
    (tmp_path / "pipelines" / "first" / "own.py").write_text(own, encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == "1 declaration in order, 2 faults\n"
    assert (
        "derive.use names a module that can't be imported: KeyError: 'missing' (pipelines/first/own.py:1)" in said.err
    )
    assert "window is wrong: 1 must be at least 2" in said.err
