from pathlib import Path

import pytest

from assets.functions import literals, wrong_with


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "pipelines" / "shop"
    folder.mkdir(parents=True)
    text = "import os as system\nADD = lambda rows: rows\n\n\ndef add_day(rows):\n    return rows.rename('a_day')\n"
    (folder / "features.py").write_text(text)
    (folder / "broken.py").write_text("def add_day(:\n")
    (folder / "explodes.py").write_text("raise SystemExit\n\n\ndef found():\n    pass\n")
    (folder / "either.py").write_text("if True:\n    hidden = 1\n")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["features:add_day", "features:ADD", "features:system", "explodes:found", "either:any"]
)
def test_finds_what_is_there_without_running_it(root: Path, name: str) -> None:
    assert wrong_with(f"pipelines.shop.{name}", root=root) is None


def test_leaves_to_the_form_what_is_no_function(root: Path) -> None:
    assert wrong_with("not a function", root=root) is None


def test_finds_modules_of_libraries(root: Path) -> None:
    assert wrong_with("json:dumps", root=root) is None


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("pipelines.shop.features:add_dya", "has no 'add_dya'; did you mean 'add_day'?"),
        ("pipelines.shop.features:zzzzz", "has no 'zzzzz'; write the function, or mend the name"),
        (
            "pipelines.shop.feature:add_day",
            "'pipelines.shop.feature' is not found on the path; did you mean 'pipel",
        ),
        ("nothing_there.at_all:f", "'nothing_there.at_all' is not found on the path; mend the name, or install"),
        ("pipelines.shop.broken:add_day", "names a module that is no Python: invalid syntax"),
    ],
)
def test_tells_what_is_not_there(root: Path, use: str, told: str) -> None:
    assert told in (wrong_with(use, root=root) or "")


def test_the_texts_of_a_module_hold_the_columns_that_it_adds(root: Path) -> None:
    assert "a_day" in literals("pipelines.shop.features:add_day", root=root)
    assert literals("pipelines.shop.broken:add_day", root=root) == frozenset()
