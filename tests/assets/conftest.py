"""A real MLflow on SQLite for each test, and one whose writes can be made to fail."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from assets.home import Home
from assets.mlflow_service import MlflowService

T = TypeVar("T")


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
