import tomllib
from pathlib import Path

import pytest

from assets.declare.python_beside import SLOW, faults_beside, files_beside, slow_imports
from assets.declare.survey import survey
from assets.home import REPOSITORY
from tests.small_pipeline import attributes, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    file = write(tmp_path, attributes(Path("rows.parquet")), "shop")
    (file.parent / "plain.py").write_text("import nowhere\n", "utf-8")
    (file.parent / "below").mkdir()
    (file.parent / "below" / "assets.py").write_text("import dagster\n", "utf-8")
    (file.parent / "other").mkdir()
    (file.parent / "other" / "defs.yaml").write_text("type: dagster.DefsFolderComponent\n", "utf-8")
    (file.parent / "other" / "assets.py").write_text("import dagster\nimport nowhere\n", "utf-8")
    return file.parent


def told(folder: Path, text: str) -> list[str]:
    (folder / "orders.py").write_text(text, "utf-8")
    return [str(fault) for fault in faults_beside(folder, root=folder.parents[1])]


def test_files_that_import_dagster_are_meant_and_those_of_another_declaration_are_not(folder: Path) -> None:
    assert [file.name for file in files_beside(folder)] == ["assets.py"]
    assert survey(folder.parents[1]).faults == ()


def test_what_keeps_a_file_from_being_loaded_is_told_with_its_line(folder: Path) -> None:
    assert told(folder, "import dagster\n\n\ndef f(:\n    pass\n") == [
        "pipelines/shop/orders.py:4:1: can't be loaded: SyntaxError: invalid syntax (orders.py, line 4); mend the file"
    ]
    (fault,) = told(folder, "import dagster as dg\nfrom pipelines.shop.plane import f\n")
    assert fault == (
        "pipelines/shop/orders.py:2:1: names a module that can't be imported: 'pipelines.shop.orders' imports "
        "'pipelines.shop.plane' in line 2, which is not found on the path; did you mean 'pipelines.shop.plain'?"
    )
    assert [str(each) for each in survey(folder.parents[1]).broken["shop"]] == [fault]


@pytest.mark.parametrize(
    "text",
    ["import sys\nsys.path.append('lib')\nimport dagster, nowhere\n", "def f():\n    import dagster, nowhere\n"],
)
def test_what_may_be_found_later_is_left(folder: Path, text: str) -> None:
    assert told(folder, text) == []


@pytest.mark.parametrize("line", ["import pandas as pd", "import os, pandas.api", "from pandas import DataFrame"])
def test_a_slow_import_at_the_top_is_noted_with_what_to_do(folder: Path, line: str) -> None:
    (folder / "orders.py").write_text(f"import dagster\n{line}\n", "utf-8")
    (folder / "broken.py").write_text("def f(:\n", "utf-8")
    (note,) = slow_imports(folder, root=folder.parents[1])
    assert str(note) == (
        "pipelines/shop/orders.py:2:1: note: pandas is imported at the top: each command, schedule tick and page that "
        "loads this file would wait for it; import it inside of the function that uses it"
    )


def test_an_import_inside_of_a_function_is_as_it_should_be(folder: Path) -> None:
    (folder / "orders.py").write_text("import dagster\n\ndef f():\n    import pandas, torch\n", "utf-8")
    assert not list(slow_imports(folder, root=folder.parents[1]))


def test_a_line_that_lint_is_told_to_let_pass_has_no_note(folder: Path) -> None:
    (folder / "network.py").write_text("import torch  # noqa: TID253\nfrom torch import nn\n", "utf-8")
    (note,) = slow_imports(folder, root=folder.parents[1])
    assert str(note).startswith("pipelines/shop/network.py:2:1: note: torch")


def test_slow_is_what_lint_refuses_at_the_top() -> None:
    lint = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert set(lint["flake8-tidy-imports"]["banned-module-level-imports"]) == SLOW
