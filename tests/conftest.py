"""What the tests share: a state folder of their own, so that none reads or writes the user's, and a small pipeline."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assets.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.small_pipeline import Small

    Lived = Callable[[str, Callable[[Path, Home], object]], Small]

OWN_VARIABLES = tuple(Home(Path("/")).environment())


@pytest.fixture(scope="session", autouse=True)
def _outside_the_users_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Point everything that asks for no `home` at an empty folder; also for the modules that doctests import."""
    for name in OWN_VARIABLES:
        os.environ.pop(name, None)
    os.environ["TRAINYARD_HOME"] = str(tmp_path_factory.mktemp("no_home"))
    Home.from_environment().use()


@pytest.fixture(scope="session")
def initialised_home(tmp_path_factory: pytest.TempPathFactory, _outside_the_users_home: None) -> Path:
    """A state folder with its databases, made once for all workers of a session; copy it, do not write to it."""
    template = Home(_shared_by_all_workers(tmp_path_factory) / "initialised_home")
    with pytest.MonkeyPatch.context() as patch:
        _set_environment(patch, template)
        template.initialise()
    return template.root


@pytest.fixture
def home(initialised_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A fresh, initialised state folder that the environment points to."""
    shutil.copytree(initialised_home, tmp_path / "home")
    fresh = Home(tmp_path / "home")
    _set_environment(monkeypatch, fresh)
    return fresh


@pytest.fixture(scope="session")
def lived_once(initialised_home: Path, tmp_path_factory: pytest.TempPathFactory) -> "Lived":
    """What lets a pipeline live in a state folder of its own, once for all workers; it is not to be written to."""
    from tests.small_pipeline import Small

    def once(name: str, live: "Callable[[Path, Home], object]") -> Small:
        folder = _shared_by_all_workers(tmp_path_factory) / name
        home = Home(folder / "home")
        with folder.with_suffix(".lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(initialised_home, home.root)
                _set_environment(patch, home)
                live(folder, home)
                (folder / "done").touch()
        return Small(home, folder)

    return once


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Callable[[Small], Small]":
    """What copies a state folder, to be written to, and lets the environment point to the copy."""
    from tests.small_pipeline import Small

    def copy(lived: Small) -> Small:
        shutil.copytree(lived.home.root, tmp_path / "home")
        home = Home(tmp_path / "home")
        _set_environment(monkeypatch, home)
        return Small(home, lived.folder)

    return copy


@pytest.fixture(scope="session")
def trained(lived_once: "Lived") -> "Small":
    """The small pipeline after five months, run through Dagster; do not write to it."""
    from tests.small_pipeline import live

    return lived_once("trained", live)


@pytest.fixture
def small_pipeline(trained: "Small", copied: "Callable[[Small], Small]") -> "Small":
    """A copy of `trained` that the environment points to, to be written to."""
    return copied(trained)


def _shared_by_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _set_environment(patch: pytest.MonkeyPatch, home: Home) -> None:
    for name in OWN_VARIABLES:
        patch.delenv(name, raising=False)
    for name, value in home.environment().items():
        patch.setenv(name, value)
