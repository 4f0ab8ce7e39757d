"""A late or corrected file makes exactly the periods stale that it touches."""

import logging
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from assets.commands.why import outlook
from assets.data.holdings import UnknownError
from assets.data.sources import FilesSource, SourceError
from assets.data.stages.raw import Raw, holdings
from assets.execution import Done, carry_out
from assets.home import Home
from data_checks.verdict import Json
from tests.small_pipeline import MONTHS, Small, visits

THREE = MONTHS[:3]


class Folder(Small):
    """The small pipeline over one CSV file a month."""

    @property
    def source(self) -> dict[str, Json]:
        return {"kind": "files", "path": str(self.folder / "in" / "*.csv")}

    def write(self, name: str, rows: pa.Table) -> None:
        (self.folder / "in").mkdir(exist_ok=True)
        pa_csv.write_csv(rows, self.folder / "in" / f"{name}.csv")

    def raw(self, month: str, told: list[str] | None = None) -> Done:
        work = self.work(month, self.declare(source=self.source))
        return carry_out(Raw(), replace(work, report=(told if told is not None else []).append))

    def reused(self) -> list[bool]:
        return [self.raw(month).reused for month in THREE]

    def why(self, month: str) -> str:
        return outlook(self.work(month, self.declare(source=self.source)))[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(Home(tmp_path / "home"), tmp_path)
    for month in THREE:
        found.write(month, visits([month]))
    for month in THREE:
        found.raw(month)
    return found


def corrected(rows: pa.Table) -> pa.Table:
    place = rows.column_names.index("visits")
    values = [*rows["visits"].to_pylist()[:-1], 7777]
    return rows.set_column(place, "visits", pa.array(values, rows["visits"].type))


def test_a_corrected_row_makes_its_month_stale_and_no_other(folder: Folder) -> None:
    assert folder.reused() == [True, True, True]
    folder.write(THREE[1], corrected(visits([THREE[1]])))
    told: list[str] = []
    january, february, march = (folder.raw(month, told) for month in THREE)
    assert (january.reused, february.reused, march.reused) == (True, False, True)
    assert january.why[0].startswith("unchanged since ")
    (why,) = february.why
    assert why.startswith("input file 2024-02.csv is another version: ")
    assert [line for line in told if "read once" in line] == [
        "raw  2024-02.csv is read once to learn which periods it holds"
    ]
    assert february.version.manifest["metadata"]["rows of other periods"] == 0


def test_a_late_file_touches_the_months_that_it_has_rows_for(folder: Folder) -> None:
    folder.write("late", pa.concat_tables([visits([month], seed=9).slice(0, 3) for month in THREE[1:]]))
    assert "raw          reuse" in folder.why(THREE[0])
    assert "raw          recompute input file late.csv is new: " in folder.why(THREE[1])
    assert folder.reused() == [True, False, False]
    (folder.folder / "in" / "late.csv").unlink()
    assert folder.reused() == [True, True, True]


def test_one_file_that_is_written_again_touches_the_months_that_differ(tmp_path: Path) -> None:
    small = Small(Home(tmp_path / "home"), tmp_path)

    def reused() -> list[bool]:
        return [carry_out(Raw(), small.work(month)).reused for month in THREE]

    pq.write_table(visits(THREE), tmp_path / "rows.parquet")
    assert reused() == [False, False, False]
    january, february, march = (visits(THREE).slice(240 * place, 240) for place in range(3))
    months = [january, corrected(february), march, visits(["2024-04"])]
    pq.write_table(pa.concat_tables(months), tmp_path / "rows.parquet", row_group_size=50)
    assert reused() == [True, False, True]


def test_a_value_that_changes_the_type_of_a_column_touches_all(folder: Folder) -> None:
    rows = visits([THREE[1]])
    place = rows.column_names.index("visits")
    folder.write(THREE[1], rows.set_column(place, "visits", pa.array(["many"] * rows.num_rows)))
    assert folder.why(THREE[0]).startswith("raw          recompute input columns is another version: ")


def test_hours_are_told_by_what_their_rows_are(folder: Folder) -> None:
    partitions = {"every": "hour", "column": "day", "start": "2024-01-01-00:00"}

    def periods(rows: pa.Table) -> dict[str, dict[str, str]]:
        folder.write(THREE[0], rows)
        declaration = folder.declare(source=folder.source, partitions=partitions, window=None, split=None)
        source = declaration.source
        assert isinstance(source, FilesSource)
        found = holdings(source, declaration, store=folder.store, pipeline="small", report=logging.getLogger().info)
        return {key: found.of(key) for key in found.periods()}

    rows = visits([THREE[0]])
    first = periods(rows)
    assert periods(rows.take(pa.array(range(rows.num_rows - 1, -1, -1)))) == first
    changed = periods(corrected(rows))
    last = f"{pc.max(rows['day']).as_py()}-00:00"
    assert {key for key in first if changed[key] != first[key]} == {last}


def test_rows_without_an_event_time_are_refused(folder: Folder) -> None:
    rows = visits([THREE[1]])
    days = pa.array([None, *rows["day"].to_pylist()[1:]], rows["day"].type)
    folder.write(THREE[1], rows.set_column(rows.column_names.index("day"), "day", days))
    with pytest.raises(SourceError, match=r"partitions\.column has rows without an event time: 'day' is null in 1 of"):
        folder.raw(THREE[0])
    assert "raw          refused   partitions.column has rows" in folder.why(THREE[0])


def test_what_may_not_be_read_is_not(folder: Folder) -> None:
    declaration = folder.declare(source=folder.source)
    source = declaration.source
    assert isinstance(source, FilesSource)
    known = holdings(source, declaration, store=folder.store, pipeline="small", report=None)
    assert known.periods() == frozenset(THREE)
    folder.write("late", visits(["2024-04"]))
    with pytest.raises(UnknownError, match=r"a file that was not read yet: late\.csv is looked at to learn its"):
        holdings(source, declaration, store=folder.store, pipeline="small", report=None)
