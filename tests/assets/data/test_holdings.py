"""A late or corrected file makes exactly the periods stale that it touches."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from assets.commands.why import outlook
from assets.data.holdings import Holdings, Looking, look
from assets.data.ingest import ingest
from assets.data.period import Partitions
from assets.data.progress import silent
from assets.data.row_time import RowTime
from assets.data.sources import FilesSource, SourceError
from assets.data.stages.clean import Clean
from assets.data.stages.raw import Raw, holdings
from assets.execution import Done, carry_out
from assets.home import Home
from assets.memo import Memo
from assets.versions.disk import Disk
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

    def raw(self, month: str) -> Done:
        return carry_out(Raw(), self.work(month, self.declare(source=self.source)))

    def read(self) -> list[str]:
        told: list[str] = []
        carry_out(Raw(), replace(self.work(THREE[0], self.declare(source=self.source)), report=told.append))
        return [line.removeprefix("raw  ") for line in told if ".csv" in line]

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
    assert folder.read() == ["1 file is read once to learn its columns and which periods it holds: 2024-02.csv"]
    january, february, march = (folder.raw(month) for month in THREE)
    assert (january.reused, february.reused, march.reused) == (True, False, True)
    assert january.why[0].startswith("unchanged since ")
    (why,) = february.why
    assert why == "file 2024-02.csv changed"
    assert february.version.manifest["metadata"]["rows of other periods"] == 0


def test_new_files_are_told_in_one_line(folder: Folder) -> None:
    for place in range(5):
        folder.write(f"late_{place}", visits([THREE[0]], seed=place).slice(0, 3))
    first = "late_0.csv, late_1.csv, late_2.csv and 2 more"
    assert folder.read() == [f"5 files are read once to learn their columns and which periods they hold: {first}"]
    assert not folder.read()


def test_files_whose_columns_are_others_by_a_new_one_are_told_in_a_second_line(folder: Folder) -> None:
    rows = visits([THREE[1]]).slice(0, 3)
    place = rows.column_names.index("visits")
    folder.write("late", rows.set_column(place, "visits", pa.array([0.5, 1.5, 2.5])))
    assert folder.read() == [
        "1 file is read once to learn its columns and which periods it holds: late.csv",
        "3 files are read once more to learn which periods they hold: 2024-01.csv, 2024-02.csv, 2024-03.csv",
    ]


def test_a_late_file_touches_the_months_that_it_has_rows_for(folder: Folder) -> None:
    folder.write("late", pa.concat_tables([visits([month], seed=9).slice(0, 3) for month in THREE[1:]]))
    assert "raw          stands" in folder.why(THREE[0])
    assert "raw          runs        file late.csv is new" in folder.why(THREE[1])
    assert folder.reused() == [True, False, False]
    (folder.folder / "in" / "late.csv").unlink()
    assert "raw          stands" in folder.why(THREE[0])
    assert folder.why(THREE[1]).startswith("raw          goes back   what was made ")
    back = folder.raw(THREE[1])
    assert (back.reused, back.why[1:]) == (True, ("file late.csv is gone, or has no such rows any more",))
    assert "raw          stands" in folder.why(THREE[1])
    assert folder.reused() == [True, True, True]


def test_a_later_month_names_the_files_behind_what_would_be_made_first(folder: Folder) -> None:
    def before_march() -> str:
        return outlook(folder.work(THREE[2], folder.declare(source=folder.source)))[2]

    for month in THREE:
        carry_out(Clean(), folder.work(month, folder.declare(source=folder.source)))
    folder.write("late", visits([THREE[0]], seed=9).slice(0, 3))
    folder.write(THREE[1], corrected(visits([THREE[1]])))
    assert before_march() == (
        "splits       runs        raw and clean of 2024-01 would be made first: file late.csv is new; "
        "raw and clean of 2024-02 would be made first: file 2024-02.csv changed"
    )
    folder.raw(THREE[0])
    (folder.folder / "in" / "late.csv").unlink()
    assert "of 2024-01 would be made first: file late.csv is gone, or has no such rows any more; " in before_march()


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
    assert folder.why(THREE[0]).startswith("raw          runs        the columns of the source changed: ")


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
    assert "raw          refused     partitions.column has rows" in folder.why(THREE[0])


def times(kind: pa.DataType, zone: str) -> pa.Table:
    """Instants of three months and a little more, near their ends above all, in one of the forms that a column has."""
    draw = np.random.default_rng(7)
    begins = [datetime(2024, month, 1, tzinfo=ZoneInfo(zone)).timestamp() for month in (1, 2, 3, 4)]
    seconds = [draw.uniform(begins[0], begins[-1] + 86_400, 200), *(np.add(begin, [-1, 0, 1]) for begin in begins[1:])]
    instants = pa.array(np.concatenate(seconds).astype("int64")).cast(pa.timestamp("s", "UTC"))
    if kind == pa.string():
        return pa.table({"at": pc.strftime(instants, "%Y-%m-%dT%H:%M:%SZ")})
    local = instants.cast(pa.timestamp("s", zone))
    naive = pa.types.is_date(kind) or kind.tz is None
    return pa.table({"at": pc.local_timestamp(local).cast(kind, safe=False) if naive else instants.cast(kind)})


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
@pytest.mark.parametrize(
    "kind",
    [
        pa.date32(),
        pa.timestamp("s"),
        pa.timestamp("ns"),
        pa.timestamp("us", "UTC"),
        pa.timestamp("ms", "America/New_York"),
        pa.string(),
    ],
    ids=str,
)
@pytest.mark.parametrize("ordered", [True, False])
def test_row_groups_give_the_rows_that_the_whole_files_give(
    tmp_path: Path, kind: pa.DataType, zone: str, ordered: bool
) -> None:
    rows = times(kind, zone)
    rows = rows.sort_by("at") if ordered else rows
    rows = rows.append_column("place", pa.array(range(rows.num_rows)))
    pq.write_table(rows.slice(0, 150), tmp_path / "a.parquet", row_group_size=20, write_statistics=ordered)
    pq.write_table(rows.slice(150), tmp_path / "b.parquet", row_group_size=7)
    source = FilesSource(kind="files", path=str(tmp_path / "*.parquet"))
    partitions = Partitions(every="month", column="at", start="2024-01", time_zone=zone)
    memory = Memo(Disk(), tmp_path / "memory" / "known")
    looking = Looking(source, partitions, RowTime(None, "at", zone), "", memory, silent)
    read = 0
    for found in (look(looking), look(replace(looking, report=None))):
        for month in THREE:
            period = partitions.period(month)
            parts = source.rows(found.parts(month), found.schema)
            of_parts, of_all = (
                pa.Table.from_batches(ingest(batches, derive=None, period=period, column="at"))
                for batches in (parts, source.batches())
            )
            assert of_parts.equals(of_all)
            assert of_parts.num_rows == found.count(month) > 0
            read += found.extent(month)[0]
        assert found.extent(month)[1] == 17
    assert read <= 2 * (17 + 5) or not ordered


def test_a_month_of_a_sorted_file_is_read_from_its_own_row_groups(tmp_path: Path) -> None:
    small = Small(Home(tmp_path / "home"), tmp_path)
    pq.write_table(visits(), tmp_path / "rows.parquet", row_group_size=120)
    shown = carry_out(Raw(), small.work(THREE[1])).version.manifest["metadata"]
    assert shown["row groups and files read"] == "2 of 12"
    assert (shown["rows read from the source"], shown["rows of other periods"]) == (240, 0)


def test_a_derived_time_is_read_from_its_row_groups_too(tmp_path: Path) -> None:
    small = Small(Home(tmp_path / "home"), tmp_path)
    pq.write_table(visits(), tmp_path / "rows.parquet", row_group_size=240)
    derive: Json = {"use": "tests.assets.data.stages.derived:with_day_after"}
    partitions: Json = {"every": "month", "column": "day_after", "start": THREE[0]}
    done = carry_out(Raw(), small.work(THREE[2], small.declare(derive=derive, partitions=partitions)))
    shown = done.version.manifest["metadata"]
    assert shown["row groups and files read"] == "1 of 6"
    assert done.version.counts == {"rows": 240}


def test_files_that_change_while_they_are_read_are_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Holdings, "count", lambda found, period: 241)
    folder.write(THREE[1], corrected(visits([THREE[1]])))
    message = r"source\.path changed while it was read: 240 rows of 2024-02 came, and 241 were there .*; run it again"
    with pytest.raises(SourceError, match=message):
        folder.raw(THREE[1])
    assert folder.work(THREE[1]).current("raw").table("rows")["visits"].to_pylist()[-1] != 7777


@pytest.mark.parametrize("period", [THREE[1], None])
def test_a_file_that_is_replaced_by_one_of_as_many_rows_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, period: str | None
) -> None:
    small, read = Small(Home(tmp_path / "home"), tmp_path), FilesSource.rows
    file = tmp_path / "rows.parquet"
    pq.write_table(visits(), file)
    whole: Json = {"partitions": None, "window": None, "split": None, "monitor": None}
    work = small.work(period, small.declare(**({} if period else whole)))

    def replaced(*arguments: Any) -> Iterator[pa.RecordBatch]:
        yield from read(*arguments)
        pq.write_table(visits(seed=9), file)

    monkeypatch.setattr(FilesSource, "rows", replaced)
    with pytest.raises(SourceError, match=r"changed while it was read: \['file rows.parquet'\] .*; run it again once"):
        carry_out(Raw(), work)
