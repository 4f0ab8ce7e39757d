"""The small pipeline without Dagster and MLflow, which the data stages do not need."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.data.stages.clean import Clean
from assets.data.stages.features import Features
from assets.data.stages.raw import Raw
from assets.data.stages.splits import Splits
from assets.execution import Done, carry_out
from assets.home import Home
from assets.work import Work
from data_checks.verdict import Json, Verdict
from tests.small_pipeline import MONTHS, ROWS, Small, visits

STAGES = {"raw": Raw(), "clean": Clean(), "splits": Splits(), "features": Features()}


class Shop(Small):
    """The pipeline, and ways to run it stage by stage."""

    def write(self, rows: pa.Table) -> None:
        """Replace the rows of the source."""
        pq.write_table(rows, self.folder / ROWS)

    def of(self, month: str | None = MONTHS[0], **sections: Json) -> Work:
        """Return what a stage is given, with some sections changed."""
        return self.work(month, self.declare(**sections))

    def do(self, stage: str, month: str | None = MONTHS[0], **sections: Json) -> Done:
        """Carry one stage out."""
        return carry_out(STAGES[stage], self.of(month, **sections))

    def window(self, last: str = MONTHS[2], **sections: Json) -> Done:
        """Carry out all that comes before features, and the split."""
        for month in MONTHS[: MONTHS.index(last) + 1]:
            self.do("raw", month, **sections)
            self.do("clean", month, **sections)
        return self.do("splits", last, **sections)


def verdicts(done: Done) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in done.verdicts}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(Home(tmp_path / "home"), tmp_path)
    found.write(visits())
    return found
