import builtins
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.ingest import ingest
from assets.data.period import Partitions
from assets.data.sources import DeltaSource, SourceError
from assets.data.sources.arrow import Extent
from tests.assets.data.sources.contract import ROWS, SourceContract


def written(rows: pa.Table, folder, mode: str = "overwrite") -> DeltaSource:
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    deltalake.write_deltalake(str(folder / "table"), rows, mode=mode)
    return DeltaSource(kind="delta", path=str(folder / "table"))


class TestDelta(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return written(rows, folder).batches()


def test_an_older_version_can_be_read_and_each_has_its_fingerprint(tmp_path):
    source = written(ROWS, tmp_path)
    first = source.fingerprint()
    written(ROWS.slice(0, 1), tmp_path)
    assert source.fingerprint() != first
    older = DeltaSource(kind="delta", path=source.path, version=0)
    assert older.fingerprint() == first
    assert sum(map(len, older.batches())) == 3
    assert sum(map(len, source.batches())) == 1


def test_refuses_what_is_no_table_or_version(tmp_path):
    path = written(ROWS, tmp_path).path
    for source in (
        DeltaSource(kind="delta", path=path, version=7),
        DeltaSource(kind="delta", path=str(tmp_path / "none")),
    ):
        with pytest.raises(SourceError, match=r"source\.path cannot be read as a Delta table: .* says .*; check the"):
            list(source.batches())


def test_names_the_package_that_is_not_installed(monkeypatch):
    original = builtins.__import__

    def without(name: str, *more: object) -> object:
        if name.startswith("deltalake"):
            raise ImportError("No module named 'deltalake'")
        return original(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        SourceError, match=r"source\.kind delta needs a package .*: No module named 'deltalake'; install"
    ):
        DeltaSource(kind="delta", path="a").fingerprint()


def test_refuses_credentials():
    with pytest.raises(ValidationError, match=r"source\.path holds credentials: a part before an @; take"):
        DeltaSource(kind="delta", path="s3://me:hunter2@bucket/a")


def test_refuses_credentials_that_a_variable_brought_in():
    source = DeltaSource.model_construct(kind="delta", path="s3://me:hunter2@bucket/a", version=None)
    with pytest.raises(SourceError, match=r"source\.path holds credentials: 's3://bucket/a' has a part before an @"):
        source.fingerprint()


def test_an_unreachable_store_is_told_in_one_line_without_the_colours_of_a_terminal(monkeypatch):
    for name, value in {"ENDPOINT_URL": "http://127.0.0.1:1", "REGION": "us-east-1", "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    with pytest.raises(SourceError, match=r"'s3://bucket/a' says .*127\.0\.0\.1:1") as raised:
        DeltaSource(kind="delta", path="s3://bucket/a").fingerprint()
    assert str(raised.value).isprintable()
    assert "\\x1b" not in str(raised.value)


JULY = Partitions(every="month", column="at", start="2024-01", time_zone="Europe/Lisbon").period("2024-07")
NEAR_JULY = [
    ["2024-05-01T00:00:00", "2024-05-31T23:59:59.999999"],
    ["2024-06-30T23:59:59.999999", "2024-05-02T00:00:00"],
    ["2024-07-01T00:00:00", "2024-07-31T22:59:59.999999"],
    ["2024-07-01T00:30:00", "2024-08-20T00:00:00"],
    ["2024-08-01T00:00:00", "2024-08-02T00:00:00"],
    ["2024-09-01T00:00:00", "2024-09-02T00:00:00"],
]


def times(texts: list[str | None], kind: pa.DataType) -> pa.Array:
    values = pa.array(texts, pa.string())
    return values if kind == pa.string() else values.cast(pa.timestamp("us")).cast(kind, safe=False)


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.date32(), pa.string()], ids=str)
@pytest.mark.parametrize("more", [{}, {"partition_by": ["at"]}], ids=["files", "partitions"])
def test_files_that_cannot_hold_the_period_are_not_read(tmp_path, kind, more):
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    for place, texts in enumerate(NEAR_JULY):
        rows = pa.table({"at": times(texts, kind), "place": [2 * place, 2 * place + 1]})
        deltalake.write_deltalake(str(tmp_path / "table"), rows, mode="append", **more)
    source, extent = DeltaSource(kind="delta", path=str(tmp_path / "table")), Extent()
    some, whole = (
        pa.Table.from_batches(ingest(batches, derive=None, period=JULY, column="at"))
        for batches in (source.batches(JULY, column="at", extent=extent), source.batches(JULY))
    )
    assert some.equals(whole)
    assert {4, 5, 6} <= set(some["place"].to_pylist())
    if kind == pa.string():
        assert str(extent) == "all"
    else:
        assert extent.read <= extent.there - 2


def test_more_rows_change_the_fingerprint_of_the_periods_that_they_may_lie_in(tmp_path):
    months = Partitions(every="month", column="at", start="2024-01", time_zone="UTC")
    for month in ("01", "02"):
        texts = [f"2024-{month}-01T00:00:00", f"2024-{month}-28T23:59:59"]
        source = written(pa.table({"at": times(texts, pa.timestamp("us"))}), tmp_path, mode="append")
    january, february = (months.period(f"2024-0{month}") for month in (1, 2))
    before = [source.fingerprint_of(month, "at") for month in (january, february)]
    assert [len(found) for found in before] == [2, 2]
    written(pa.table({"at": times(["2024-02-01T00:00:00"], pa.timestamp("us"))}), tmp_path, mode="append")
    same, other = (source.fingerprint_of(month, "at") for month in (january, february))
    assert same == before[0]
    assert other.items() > before[1].items()
    assert len(other) == 3
    extent = Extent()
    list(source.batches(january, column="at", extent=extent))
    assert str(extent) == "1 of 3"


def test_a_new_column_changes_the_fingerprint_of_every_period(tmp_path):
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    source = written(pa.table({"at": times(["2024-07-03"], pa.timestamp("us"))}), tmp_path)
    before = source.fingerprint_of(JULY, "at")
    more = pa.table({"at": times(["2024-09-03"], pa.timestamp("us")), "n": [1]})
    deltalake.write_deltalake(source.path, more, mode="append", schema_mode="merge")
    after = source.fingerprint_of(JULY, "at")
    assert {name for name in after if after[name] != before.get(name)} == {"columns"}


def test_a_period_near_a_change_of_the_clock_reads_what_may_lie_in_it(tmp_path):
    months = Partitions(every="month", column="at", start="2011-01", time_zone="Pacific/Apia")
    texts = ["2011-12-29T23:00:00", "2011-12-31T00:00:00"]  # the 30th was left out
    for text in texts:
        source = written(pa.table({"at": times([text], pa.timestamp("us"))}), tmp_path, mode="append")
    for key in ("2011-12", "2012-01"):
        extent = Extent()
        list(source.batches(months.period(key), column="at", extent=extent))
        assert str(extent) == "all"


def test_a_file_with_a_row_without_a_time_is_read_whatever_the_period(tmp_path):
    for texts in (["2024-07-03"], ["2024-01-01", None], ["2024-01-01"]):
        source = written(pa.table({"at": times(texts, pa.timestamp("us"))}), tmp_path, mode="append")
    extent = Extent()
    batches = source.batches(JULY, column="at", extent=extent)
    with pytest.raises(SourceError, match="rows without an event time: 'at' is null in 1 of 3 rows"):
        list(ingest(batches, derive=None, period=JULY, column="at"))
    assert str(extent) == "2 of 3"


def without_statistic(source: DeltaSource, name: str) -> None:
    """Take a statistic out of the table's log, as writers may leave it out."""
    for file in Path(source.path, "_delta_log").glob("*.json"):
        actions = [json.loads(line) for line in file.read_text().splitlines()]
        for action in actions:
            if "add" in action:
                told = json.loads(action["add"]["stats"])
                del told[name]
                action["add"]["stats"] = json.dumps(told)
        file.write_text("".join(f"{json.dumps(action)}\n" for action in actions))


@pytest.mark.parametrize("absent", ["nullCount", "minValues", "maxValues"])
def test_a_file_is_left_out_only_if_its_statistics_are_whole(tmp_path, absent):
    for texts in (["2024-07-03"], ["2024-01-01", None]):
        source = written(pa.table({"at": times(texts, pa.timestamp("us"))}), tmp_path, mode="append")
    without_statistic(source, absent)
    written(pa.table({"at": times(["2024-01-01"], pa.timestamp("us"))}), tmp_path, mode="append")
    extent = Extent()
    found = pa.Table.from_batches(source.batches(JULY, column="at", extent=extent))["at"]
    assert (len(found), found.null_count, str(extent)) == (3, 1, "2 of 3")


def test_a_file_is_told_by_its_partition_whatever_its_name(tmp_path):
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    source = DeltaSource(kind="delta", path=str(tmp_path / "table"))
    texts = ["2024-07-03", "2024-01-01", None]
    rows = pa.table({"at": times(texts, pa.timestamp("us")), "shop": ["a b/%:\u00e9", "c=\u00fc/d %", "\u00fc %25"]})
    deltalake.write_deltalake(source.path, rows, partition_by=["shop"])
    extent = Extent()
    found = pa.Table.from_batches(source.batches(JULY, column="at", extent=extent))["at"]
    assert (len(found), found.null_count, str(extent)) == (2, 1, "2 of 3")


def test_a_table_without_statistics_or_rows_of_the_period_is_read_whole(tmp_path):
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    rows = pa.table({"n": [1], "at": times(["2024-01-01"], pa.timestamp("us"))})
    for place, settings in enumerate(({"delta.dataSkippingNumIndexedCols": "1"}, {})):
        path = str(tmp_path / str(place))
        deltalake.write_deltalake(path, rows, configuration=settings)
        extent = Extent()
        found = list(DeltaSource(kind="delta", path=path).batches(JULY, column="at", extent=extent))
        assert sum(map(len, found)) == 1
