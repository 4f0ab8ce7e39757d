"""What the README and CONTRIBUTING say can be done."""

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from assets.declaration import load
from assets.home import REPOSITORY
from assets.lifecycle import STAGES
from tests.small_pipeline import small

PAGES = ("README.md", "CONTRIBUTING.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@cache
def text(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return [body for page in PAGES for found, body in FENCE.findall(text(page)) if found == kind]


def commands(page: str) -> list[str]:
    """Return every command: the lines of shell blocks, and those in running text."""
    fenced = [line for kind, body in FENCE.findall(text(page)) if kind in {"bash", "sh"} for line in body.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", text(page)))
    return [line for line in (*fenced, *spans) if line.split("#")[0].strip()]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))


def make(*arguments: str) -> list[str]:
    """Return what make prints, called as a person calls it: not as part of the make that may run these tests."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "ARGS"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def dry_run(call: str) -> str:
    """Return what make would run; nothing is run."""
    return make("-n", "--old-file=requirements.txt", *shlex.split(call)[1:])[-1]


@pytest.mark.parametrize("page", PAGES)
def test_every_make_call_has_its_target(page: str) -> None:
    called = [shlex.split(command, comments=True)[1] for command in commands(page) if command.startswith("make ")]
    assert called
    assert set(called) <= targets()


def test_every_target_stands_in_the_readme() -> None:
    told = {shlex.split(command)[1] for command in commands("README.md") if command.startswith("make ")}
    assert targets() - {"help"} <= told


def test_the_list_of_make_help_holds_every_target() -> None:
    assert {line.split()[1] for line in make("help")} == targets()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("make why PIPELINE=hotel_cancellations PARTITION=2016-07", "why hotel_cancellations 2016-07"),
        ("make why PIPELINE=bike_rentals", "why bike_rentals"),
        ("make clean-up", "clean_up"),
        ("make clean-up REMOVE=yes", "clean_up --remove"),
        ("make run", "run"),
        ("make roll-back MODEL=m TO=3 WHY='because it is'", 'roll_back --model "m" --to "3" --why "because it is"'),
        ("make test ARGS='-k split'", "-n 2 -k split"),
    ],
)
def test_make_hands_on_what_it_is_given(call: str, words: str) -> None:
    assert dry_run(call).rstrip().endswith(words)


@pytest.mark.parametrize("page", PAGES)
def test_every_program_of_the_environment_is_one_that_is_installed(page: str) -> None:
    named = {found for command in commands(page) for found in re.findall(r"\.venv/bin/([\w-]+)", command)}
    known = {"dagster", "dg", "mlflow", "mypy", "pip", "pytest", "python", "ruff"}
    assert named <= known


def test_every_pipeline_that_is_named_is_there() -> None:
    pipelines = {file.parent.name for file in (REPOSITORY / "pipelines").glob("*/defs.yaml")} | {"my_model"}
    named = re.findall(r"\b(\w+?)_(?:score|retrain)\b|PIPELINE=(\w+)|pipelines/(\w+)", text("README.md"))
    assert {found for names in named for found in names if found} <= pipelines


def test_the_declaration_that_is_shown_is_the_one_that_runs() -> None:
    (shown, *_) = [body for body in blocks("yaml") if body.startswith("type: ")]
    file = REPOSITORY / "pipelines/bike_rentals/defs.yaml"
    assert yaml.safe_load(shown) == yaml.safe_load(file.read_text(encoding="utf-8"))
    assert load(file, root=REPOSITORY)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_that_is_shown_compiles(code: str) -> None:
    compile(code, "README.md", "exec")


def test_the_table_of_stages_is_the_lifecycle(tmp_path: Path) -> None:
    rows = [line.split("|")[2:5:2] for line in text("README.md").splitlines() if re.match(r"\| \w+ \| `", line)]
    told = {re.findall(r"`(\w+)`", asset)[0]: set(re.findall(r"`(\w+)`", checks)) for asset, checks in rows}
    assert list(told) == [stage.name for stage in STAGES]
    for stage in STAGES:
        names = {check.name for check in stage.terms(small(tmp_path)).checks}
        assert told[stage.name] == {name for name in names if not name.startswith("expect_")}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_linked_or_named_is_there(page: str) -> None:
    linked = [link for link in re.findall(r"\]\(([^)\s]+)\)", text(page)) if "://" not in link]
    named = re.findall(r"`((?:pipelines|assets|data_checks|docs|tests)/[\w./]*)`", text(page))
    missing = [
        path
        for path in (*linked, *named)
        if not (REPOSITORY / path).exists() and "my_" not in path and "path" not in path
    ]
    assert not missing


def test_no_placeholder_is_left() -> None:
    assert not [body for body in blocks("text") if re.fullmatch(r"[A-Z_]+\s*", body)]
