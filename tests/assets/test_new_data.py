"""What the sensor for new data asks for, with real files and Dagster's own context."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from assets.data.stages.raw import Raw
from assets.declaration import Declaration
from assets.execution import carry_out
from assets.home import Home
from assets.new_data import MOST, Asked
from tests.small_pipeline import MONTHS, Small, visits

THREE = MONTHS[:3]
MONTHLY = {"every": "month", "column": "day", "start": THREE[0], "end": THREE[-1]}
NOON = datetime(2024, 7, 2, 12, tzinfo=UTC)
DAILY = {"every": "day", "column": "day", "start": "2024-01-01", "end": "2024-03-20"}


class Watched:
    """The small pipeline over one CSV file a month, and the sensor that watches it."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, partitions: dict[str, Any]) -> None:
        self._small, self._instance, self._files = Small(Home(folder / "home"), folder), instance, folder / "in"
        self._files.mkdir()
        for month in THREE:
            self.write(month, visits([month]))
        source = {"kind": "files", "path": str(self._files / "*.csv")}
        more = {"window": None, "split": None, "monitor": None} if partitions is DAILY else {}
        self.declaration: Declaration = self._small.declare(source=source, partitions=partitions, **more)
        self._last: str = partitions["end"]
        self.cursor: str | None = None
        self.reads()

    def write(self, name: str, rows: pa.Table) -> None:
        pa_csv.write_csv(rows, self._files / f"{name}.csv")

    def remove(self, name: str) -> None:
        (self._files / f"{name}.csv").unlink()

    def reads(self) -> None:
        """A run reads what is new."""
        carry_out(Raw(), self._small.work(self._last, self.declaration))

    def tick(self) -> Any:
        found = self._small.definitions(self.declaration)
        (sensor,) = found.sensors or ()
        context = dg.build_sensor_context(
            instance=self._instance, cursor=self.cursor, definitions=found, resources=found.resources
        )
        result = sensor.evaluate_tick(context)
        self.cursor = result.cursor
        return result

    def asked(self) -> list[str]:
        return [request.partition_key for request in self.tick().run_requests]


@pytest.fixture
def watched(tmp_path: Path, instance: dg.DagsterInstance) -> Watched:
    found = Watched(tmp_path, instance, MONTHLY)
    assert found.asked() == [THREE[-1]]
    assert found.asked() == []
    return found


def corrected(rows: pa.Table) -> pa.Table:
    place = rows.column_names.index("visits")
    return rows.set_column(place, "visits", pa.array([*rows["visits"].to_pylist()[:-1], 7777], rows["visits"].type))


def late() -> pa.Table:
    return pa.concat_tables([visits([month], seed=9).slice(0, 3) for month in THREE[:2]])


@pytest.mark.parametrize("known", [True, False])
def test_a_corrected_row_asks_for_its_month_and_no_other(watched: Watched, known: bool) -> None:
    watched.write(THREE[1], corrected(visits([THREE[1]])))
    if known:
        watched.reads()
    (request,) = watched.tick().run_requests
    assert (request.partition_key, request.tags["trainyard/trigger"]) == (THREE[1], "new data")
    reason = "2024-02 changed: file 2024-02.csv" if known else "not read so far: 2024-02.csv"
    assert request.tags["trainyard/reason"] == reason
    assert watched.asked() == []
    watched.reads()
    assert watched.asked() == []


def test_a_late_file_asks_for_the_months_that_it_has_rows_for(watched: Watched) -> None:
    watched.write("late", late())
    (reader,) = watched.tick().run_requests
    assert (reader.partition_key, reader.tags["trainyard/reason"]) == (THREE[-1], "not read so far: late.csv")
    assert watched.tick().skip_message == (
        "small: a changed file is read by the run of 2024-03; what it tells is asked for then"
    )
    watched.reads()
    result = watched.tick()
    assert [request.partition_key for request in result.run_requests] == [*THREE[:2]]
    assert result.run_requests[0].tags["trainyard/reason"] == "2024-01 changed: file late.csv"
    assert result.run_requests[0].run_key.startswith("small_score 2024-01 ")
    assert watched.tick().skip_message == "small: the source is as it was"


def test_a_tick_that_was_lost_asks_with_the_same_keys(watched: Watched) -> None:
    watched.write("late", late())
    watched.reads()
    before = watched.cursor
    first = watched.tick().run_requests
    watched.cursor = before
    assert [each.run_key for each in watched.tick().run_requests] == [each.run_key for each in first]
    watched.write("late", corrected(late()))
    watched.reads()
    (again,) = watched.tick().run_requests
    assert again.partition_key == THREE[1]
    assert again.run_key not in {each.run_key for each in first}


def test_rows_outside_of_the_partitions_ask_for_nothing(watched: Watched) -> None:
    watched.write("other", visits(["2024-06"]))
    watched.reads()
    assert watched.tick().skip_message == (
        "small: the source changed, and the rows of no complete period did, beyond what was asked for"
    )
    watched.remove("other")
    assert watched.asked() == []


def test_a_month_whose_rows_are_all_gone_is_not_asked_for(watched: Watched) -> None:
    watched.remove(THREE[0])
    assert watched.asked() == []


def test_files_that_do_not_fit_are_left_to_a_run_to_tell(watched: Watched) -> None:
    watched.write("late", late().rename_columns([f"{name}_" for name in late().column_names]))
    assert watched.asked() == [THREE[-1]]
    assert watched.asked() == []


def test_many_periods_are_asked_for_in_turn(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    watched = Watched(tmp_path, instance, DAILY)
    assert watched.asked() == ["2024-03-20"]
    rows = visits([THREE[0]], seed=9)
    late_days = sorted({f"{day:%Y-%m-%d}" for day in rows["day"].to_pylist()})
    watched.write("late", rows)
    watched.reads()
    found = []
    while asked := watched.asked():
        found.append(asked)
    assert [len(asked) for asked in found] == [MOST, MOST, len(late_days) - 2 * MOST]
    assert [day for asked in found for day in asked] == late_days


def test_rows_that_change_back_and_forth_are_asked_for_each_time(
    watched: Watched, instance: dg.DagsterInstance
) -> None:
    """Dagster's daemon skips a key of which the instance has a run."""
    months = {"A": visits([THREE[1]]), "B": corrected(visits([THREE[1]]))}
    for month in "BABA":
        watched.write(THREE[1], months[month])
        watched.reads()
        (request,) = watched.tick().run_requests
        assert request.partition_key == THREE[1]
        key = {"dagster/run_key": request.run_key or ""}
        assert not instance.get_runs(dg.RunsFilter(tags=key))
        instance.add_run(dg.DagsterRun(job_name="small_score", tags=key))
        assert watched.asked() == []
    assert len(instance.get_runs()) == 4


def test_a_cursor_that_somebody_emptied_asks_with_other_keys(watched: Watched) -> None:
    watched.cursor = None
    (first,) = watched.tick().run_requests
    time.sleep(1)
    watched.cursor = None
    (again,) = watched.tick().run_requests
    assert (first.partition_key, again.partition_key) == (THREE[-1], THREE[-1])
    assert first.run_key != again.run_key


HAND_WRITTEN = (
    "{}",
    "{",
    "{'base': null}",
    '{"base": "a", "now": "b", "periods": [], "earlier": []}',
    '{"base": "a", "now": "b", "change": "many", "periods": [], "earlier": []}',
    '{"base": 1, "now": "b", "change": 2, "periods": [], "earlier": []}',
    '{"base": "a", "now": "b", "change": 2, "periods": 3, "earlier": []}',
    '{"base": "a", "now": "b", "change": 2, "periods": [3], "earlier": []}',
)


@pytest.mark.parametrize("cursor", HAND_WRITTEN)
def test_a_cursor_of_another_form_is_an_emptied_one(cursor: str) -> None:
    assert Asked.read(cursor, NOON) == Asked.read(None, NOON)


def test_a_cursor_of_another_form_stops_no_tick(watched: Watched) -> None:
    watched.cursor = '{"day": "2024-03-01"}'
    assert watched.asked() == [THREE[-1]]
    assert watched.asked() == []


def test_what_changes_back_half_way_is_asked_for_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    watched = Watched(tmp_path, instance, DAILY)
    assert watched.asked() == ["2024-03-20"]
    watched.write("late", visits([THREE[0]], seed=9))
    watched.reads()
    half = watched.asked()
    assert len(half) == MOST
    watched.remove("late")
    watched.reads()
    requests = watched.tick().run_requests
    assert [request.partition_key for request in requests] == half
    assert requests[0].tags["trainyard/reason"] == (f"{half[0]} changed back before all that changed was asked for")
    assert watched.asked() == []


def test_a_cursor_reads_as_it_was_written() -> None:
    for asked in (Asked(None, "b", 7, ("2024-01", "2024-02")), Asked("a", "b c", 8, ("2024-01",), ("2024-02",))):
        assert Asked.read(str(asked), NOON) == asked
    assert Asked.read(None, NOON) == Asked(None, None, int(NOON.timestamp()))
    assert Asked.read("a", NOON) == Asked("a", "a", int(NOON.timestamp()))
