"""A real MLflow on SQLite for each test, and one whose writes can be made to fail."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import dagster as dg
import pytest

from assets.home import Home
from assets.mlflow_service import MlflowService

T = TypeVar("T")
INSTANCE = "instance"


def pytest_configure(config: pytest.Config) -> None:
    # mlflow 3.17 maps relations with a loader that SQLAlchemy 2.1 deprecates
    config.addinivalue_line("filterwarnings", "ignore:The ..noload.. loader strategy:DeprecationWarning")


class FailingService(MlflowService):
    """Stops at one write: before it takes effect, or just after, when the answer is lost."""

    def __init__(self, working: MlflowService) -> None:
        super().__init__(working.tracking_uri, working.artifacts)
        self.written: list[str] = []
        self.fail_at = -1
        self.after = False

    def write(self, what: str, change: Callable[..., T]) -> T:
        self.written.append(what)
        if len(self.written) - 1 != self.fail_at:
            return super().write(what, change)
        if self.after:
            super().write(what, change)
        raise ConnectionError(f"write {self.fail_at}, {what}, failed on purpose")


@pytest.fixture
def service(home: Home) -> MlflowService:
    return MlflowService(home.mlflow_database, str(home.mlflow / "artifacts"))


@pytest.fixture
def failing(service: MlflowService) -> FailingService:
    return FailingService(service)


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The databases of an instance in which nothing was run; copied, since making them costs more than most tests."""
    folder = tmp_path_factory.mktemp(INSTANCE)
    with dg.DagsterInstance.local_temp(str(folder)):
        return folder


@pytest.fixture
def instance(empty_instance: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance on the disk, of this test alone."""
    shutil.copytree(empty_instance, tmp_path / INSTANCE)
    with dg.DagsterInstance.local_temp(str(tmp_path / INSTANCE)) as found:
        yield found
