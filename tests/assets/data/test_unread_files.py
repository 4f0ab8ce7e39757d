"""Where no file may be read, one that is not known is told with the reason."""

from pathlib import Path

import pyarrow as pa
import pytest

from assets.data.holdings import Holdings, UnknownError
from assets.data.sources import FilesSource
from assets.data.stages.raw import holdings
from assets.home import Home
from tests.assets.data.test_holdings import Folder
from tests.small_pipeline import MONTHS, visits

TWO = MONTHS[:2]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(Home(tmp_path / "home"), tmp_path)
    for month in TWO:
        found.write(month, visits([month]))
    found.read()
    return found


def known(folder: Folder) -> Holdings:
    declaration = folder.declare(source=folder.source)
    source = declaration.source
    assert isinstance(source, FilesSource)
    return holdings(source, declaration, store=folder.store, pipeline="small", report=None)


def test_what_may_not_be_read_is_not(folder: Folder) -> None:
    assert known(folder).periods() == frozenset(TWO)
    folder.write("late", visits(["2024-04"]))
    with pytest.raises(UnknownError, match=r"names a file that was not read yet: late\.csv; materialize a period"):
        known(folder)
    folder.write("later", visits(["2024-04"]))
    with pytest.raises(UnknownError, match=r"names files that were not read yet: late\.csv, later\.csv; materialize a"):
        known(folder)


@pytest.mark.parametrize(
    ("months", "told"),
    [
        (TWO[:1], r"names a file that must be read again, as others changed its columns: 2024-01\.csv; materialize a"),
        (TWO, r"names files that must be read again, as others changed their columns: 2024-01\.csv, 2024-02\.csv; m"),
    ],
)
def test_what_must_be_read_again_may_not_be_either(folder: Folder, months: list[str], told: str) -> None:
    late = visits(TWO[1:]).slice(0, 3)
    place = late.column_names.index("visits")
    folder.write("late", late.set_column(place, "visits", pa.array([0.5, 1.5, 2.5])))
    for month in months:
        folder.write(month, visits([month], seed=9))
    folder.read()
    (folder.folder / "in" / "late.csv").unlink()
    with pytest.raises(UnknownError, match=told):
        known(folder)
