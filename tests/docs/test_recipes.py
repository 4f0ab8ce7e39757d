"""Every recipe works as it stands: its blocks are written as files into an empty project and their tests run."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from assets.declare.python_beside import slow_imports
from assets.home import REPOSITORY
from tests.dagster_project import settings

FOLDER = REPOSITORY / "docs" / "recipes"
PAGES = sorted(page.stem for page in FOLDER.glob("*.md") if page.stem != "README")
BLOCK = re.compile(r"^```(?:\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.slow

PYTEST = """[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, initialised_home: Path) -> dict[str, dict[str, str]]:
    """By page and test, what failed, or an empty text; all pages in one process, as one project."""
    root = tmp_path_factory.mktemp("project")
    (root / "pipelines").mkdir()
    (root / "pipelines" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(settings("pipelines") + PYTEST, encoding="utf-8")
    pages = {file: page for page in PAGES for file in _write(page, root)}
    report = root / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "tests"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{REPOSITORY}", "TRAINYARD_HOME": str(initialised_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.is_file(), done.stdout + done.stderr
    found: dict[str, dict[str, str]] = {page: {} for page in PAGES}
    for case in ET.parse(report).getroot().iter("testcase"):
        page = pages[f"{case.attrib['classname'].replace('.', '/')}.py"]
        found[page][case.attrib["name"]] = "".join(
            f"{each.attrib['message']}\n{each.text}" for tag in ("failure", "error") for each in case.iter(tag)
        )
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page: str, outcomes: dict[str, dict[str, str]]) -> None:
    assert outcomes[page]
    failed = {name: said for name, said in outcomes[page].items() if said}
    assert not failed, "\n".join(failed.values())


def test_code_is_as_clean_as_our_own(tmp_path: Path) -> None:
    """Under the rules for what people write, at the places that the pages name, and without a note on its imports."""
    for page in PAGES:
        _write(page, tmp_path)
    rules = str(REPOSITORY / "pyproject.toml")
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", rules, str(tmp_path)]
        found = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout
    assert not list(slow_imports(tmp_path / "pipelines", root=tmp_path))


def test_the_index_leads_to_every_page() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\((\w+)\.md\)", index)) == PAGES
    assert "docs/recipes/README.md" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def _write(page: str, root: Path) -> list[str]:
    """Write a page's blocks, and return the names of its files; each has a place of its own."""
    names = []
    for name, text in BLOCK.findall((FOLDER / f"{page}.md").read_text(encoding="utf-8")):
        file = root / name
        assert not file.exists(), f"{name} stands on two pages"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        names.append(name)
    return names
