"""What the tests share: a state folder of their own, so that none reads or writes the user's."""

import os
import shutil
from pathlib import Path

import pytest

from assets.home import Home

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
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    template = Home(shared / "initialised_home")
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


def _set_environment(patch: pytest.MonkeyPatch, home: Home) -> None:
    for name in OWN_VARIABLES:
        patch.delenv(name, raising=False)
    for name, value in home.environment().items():
        patch.setenv(name, value)
