"""Whatever comes in, there is one clear error, or what is documented happens, and every earlier version is intact."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from assets.data.event_time import EventTimeError
from assets.data.outcome import SplitError
from assets.data.sources import SourceError, arrow, parquet_rows
from assets.database import UnreachableDatabaseError
from assets.declare.survey import survey
from assets.store import Store
from assets.versions import table_file
from assets.work import InputError
from data_checks.verdict import Json
from tests.assets.data.stages.conftest import Shop, verdicts
from tests.small_pipeline import MONTHS, NEGATIVE, ROWS, ROWS_A_MONTH, attributes, visits, write

MONTH, LAST = MONTHS[0], MONTHS[2]
MOST_LETTERS = 700
WHOLE: dict[str, Json] = {"partitions": None, "window": None, "monitor": None, "split": None, "retrain": None}


@contextmanager
def intact(shop: Shop) -> Iterator[None]:
    """Whatever stood before must stand, byte for byte, and be readable."""
    versions = shop.store.root
    files = [path for path in versions.rglob("*") if path.is_file() and not {"heads", "verdicts"} & set(path.parts)]
    before = {path: path.read_bytes() for path in files}
    heads = {address: Store(versions).head(address) for address in shop.store.addresses()}
    assert {address.stage for address in heads} >= {"raw", "clean"}
    yield
    for path, content in before.items():
        assert path.read_bytes() == content, path
    for address, version in heads.items():
        assert version is not None
        version.verify()
        assert shop.store.find(address, version.key) == version


def one_error(text: str) -> None:
    """A sentence with a place and a remedy."""
    assert "\n" not in text
    assert "; " in text
    assert not text.endswith(".")
    assert len(text) < MOST_LETTERS


@pytest.fixture
def made(shop: Shop) -> Shop:
    """The first month, ingested and preprocessed."""
    for stage in ("raw", "clean"):
        shop.do(stage, MONTH)
    return shop


def replaced(name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    rows = visits()
    return rows.set_column(rows.column_names.index(name), name, values)


def from_row(name: str, value: object, row: int = 10) -> pa.Table:
    """The rows with one value of the first month exchanged."""
    values = visits()[name].to_pylist()
    values[row] = value
    return replaced(name, pa.array(values, visits()[name].type))


def csv(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(rows, sink)
    return sink.getvalue().to_pybytes()


def parquet(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink)
    return sink.getvalue().to_pybytes()


def lines(change: Callable[[list[bytes]], None]) -> bytes:
    found = csv(visits()).split(b"\n")
    change(found)
    return b"\n".join(found)


def ragged(found: list[bytes]) -> None:
    found[7] += b",surplus"


def latin(found: list[bytes]) -> None:
    found[7] = found[7].replace(b"south", b"s\xfcd").replace(b"north", b"n\xf6rd")


FILES: dict[str, tuple[str, bytes | None, str]] = {
    "missing file": ("gone.parquet", None, r"source\.path names no file: '.*gone\.parquet' does not exist"),
    "empty file": ("bad.parquet", b"", r"source\.path names an empty file: '.*bad\.parquet' has 0 bytes; write it"),
    "empty csv": ("bad.csv", b"", r"source\.path names an empty file: '.*bad\.csv' has 0 bytes; write it"),
    "csv of a header": ("bad.csv", csv(visits()).split(b"\n")[0] + b"\n", r"source .*no rows"),
    "truncated parquet": (
        "bad.parquet",
        parquet(visits())[:-2000],
        r"'.*bad\.parquet': .*not a parquet file; mend it",
    ),
    "a flipped bit": ("bad.parquet", b"", r"'.*bad\.parquet': .*CRC checksum verification failed.*fetch it again"),
    "ragged row": ("bad.csv", lines(ragged), r"'.*bad\.csv': line 8 ends a row of 8 values, and the header has 7"),
    "wrong encoding": ("bad.csv", lines(latin), r"'.*bad\.csv': .*in line 8, is not written in utf-?8"),
    "another format": ("bad.parquet", csv(visits()), r"'.*bad\.parquet': .*not a parquet file; mend it"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_one_clear_error(made: Shop, case: str) -> None:
    name, content, message = FILES[case]
    if case == "a flipped bit":
        sink = pa.BufferOutputStream()
        pq.write_table(visits(), sink, write_page_checksum=True, compression="none")
        spoiled = bytearray(sink.getvalue().to_pybytes())
        spoiled[len(spoiled) // 3] ^= 1
        content = bytes(spoiled)
    if content is not None:
        (made.folder / name).write_bytes(content)
    with intact(made), pytest.raises(SourceError, match=message) as caught:
        made.do("raw", source={"kind": "files", "path": str(made.folder / name)})
    one_error(str(caught.value))
    assert made.do("raw").reused


def test_a_database_that_is_down_is_one_clear_error(made: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "postgresql+psycopg2://reader:secret@127.0.0.1:9/shop")
    source: Json = {"kind": "sql", "url_env": "SHOP_DATABASE", "query": "select * from visits"}
    down = pytest.raises(UnreachableDatabaseError, match=r"SHOP_DATABASE.*[Cc]onnection refused.*is up")
    with intact(made), down as caught:
        made.do("raw", source=source)
    one_error(str(caught.value))
    assert "secret" not in str(caught.value)
    assert made.do("raw").reused


def test_a_period_without_rows_is_one_clear_error(made: Shop) -> None:
    with intact(made), pytest.raises(SourceError, match=r"no rows of the period 2025-01: none of 1440") as it:
        made.do("raw", "2025-01")
    one_error(str(it.value))
    assert made.do("raw").reused


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("soon", r"column 'day' does not hold event times: .*soon.*; give dates"),
        (None, r"partitions\.column has rows without an event time: 'day' is null in 1 of \d+ rows"),
    ],
)
def test_a_row_without_a_readable_event_time_stops_raw(made: Shop, value: str | None, message: str) -> None:
    days = [str(day) for day in visits()["day"].to_pylist()]
    with intact(made):
        made.write(replaced("day", pa.array([*days[:10], value, *days[11:]])))
        with pytest.raises((EventTimeError, SourceError), match=message) as caught:
            made.do("raw")
        one_error(str(caught.value))


def test_a_renamed_column_of_a_file_at_hand_is_told_without_a_run(made: Shop) -> None:
    made.write(visits().rename_columns({"spent": "spend"}))
    write(made.folder, attributes(made.folder / ROWS), "small")
    told = [fault.message for fault in survey(made.folder).faults]
    assert any("'spent' is not in" in each and "did you mean 'spend'?" in each for each in told)
    assert not survey(made.folder).declarations


SHAPES: dict[str, tuple[pa.Table, str]] = {
    "a column is gone": (visits().drop_columns(["visits"]), r"contract\.columns\.visits is missing"),
    "a column has another name": (
        visits().rename_columns({"spent": "spend"}),
        r"contract\.columns\.spent is missing: did the source rename it to 'spend'; mend the source or the contract",
    ),
    "a wrong type": (
        replaced("known", visits()["spent"]),
        r"contract\.columns\.known can't be read as date: it holds double; mend the source or the type",
    ),
    "a column without values": (
        replaced("visits", pa.nulls(visits().num_rows, pa.int64())),
        r"contract\.columns\.visits has no value: all 240 rows are null and it is not nullable; mend the source",
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_table_of_another_shape_stops_what_follows(made: Shop, case: str) -> None:
    rows, message = SHAPES[case]
    clean = made.of().current("clean")
    with intact(made):
        made.write(rows)
        verdict = verdicts(made.do("raw"))["contract"]
        assert verdict.blocks
        assert re.search(message, verdict.summary)
        one_error(verdict.summary)
        with pytest.raises(InputError, match="small/raw of 2024-01 is refused: its blocking check failed") as caught:
            made.do("clean")
        one_error(str(caught.value))
        assert made.of().current("clean") == clean
    made.write(visits())
    assert made.do("raw").reused
    assert made.do("clean").reused


def test_several_files_of_different_columns_are_one_clear_error(made: Shop) -> None:
    pq.write_table(visits(), made.folder / "part-1.parquet")
    pq.write_table(visits().drop_columns(["visits"]), made.folder / "part-2.parquet")
    with intact(made), pytest.raises(SourceError, match=r"part-2\.parquet.*visits|visits.*part-2\.parquet") as caught:
        made.do("raw", source={"kind": "files", "path": str(made.folder / "part-*.parquet")})
    one_error(str(caught.value))
    assert made.do("raw").reused


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (from_row("spent", float("inf")), "spent is infinite"),
        (from_row("spent", None), "spent is missing"),
        (replaced("spent", visits()["spent"].cast(pa.string())), None),
        (
            replaced("spent", pc.if_else(pc.equal(visits()["visit"], "2024-01 10"), "much", "1.5")),
            "spent is not a number",
        ),
    ],
    ids=["infinite", "missing", "numbers as text", "text among numbers"],
)
def test_a_value_that_breaks_the_contract_stands_aside_with_its_reason(
    made: Shop, rows: pa.Table, reason: str | None
) -> None:
    with intact(made):
        made.write(rows)
        made.do("raw")
        version = made.do("clean").version
    aside = {row["_row"]: row["_reasons"] for row in version.table("quarantine").to_pylist()}
    assert aside.get(10) == ([reason] if reason else None)
    assert version.counts["read"] == version.counts["kept"] + version.counts["quarantined"] == ROWS_A_MONTH
    assert version.table("rows")["spent"].type == pa.float64()
    assert pc.all(pc.is_finite(version.table("rows")["spent"])).as_py()


def test_a_target_of_one_class_is_one_clear_error(made: Shop) -> None:
    made.write(replaced("back", pa.array([True] * visits().num_rows)))
    message = r"split\.train has a single value of the target: 'back' is True in all .*; widen the window"
    with intact(made), pytest.raises(SplitError, match=message) as caught:
        made.window()
    one_error(str(caught.value))


def test_a_category_that_training_never_saw_has_a_code_of_its_own(made: Shop) -> None:
    tested = pc.starts_with(visits()["visit"], LAST)
    with intact(made):
        made.write(replaced("shop", pc.if_else(tested, "east", visits()["shop"])))
        made.window()
        version = made.do("features", LAST).version
    assert 0 not in version.array("train_category")
    assert set(version.array("test_category").ravel()) == {0}


def test_a_file_that_decodes_to_a_thousand_times_its_size_is_taken_in_pieces(
    made: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (arrow, parquet_rows):
        monkeypatch.setattr(module, "BATCH_BYTES", 2 * 2**20)
    monkeypatch.setattr(table_file, "GROUP_BYTES", 4 * 2**20)
    letters = pa.array(["x" * 2**18])
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(ROWS_A_MONTH * 2, np.int32)), letters)
    rows = visits(MONTHS[:2]).append_column("letter", long)
    pq.write_table(rows, made.folder / ROWS)
    decoded = rows.num_rows * 2**18
    assert decoded > 1000 * (made.folder / ROWS).stat().st_size
    pool = pa.default_memory_pool()
    most = max(pool.max_memory(), pool.bytes_allocated() + decoded / 2)
    with intact(made):
        made.do("raw", None, **WHOLE)
        version = made.do("clean", None, **WHOLE).version
    assert version.counts["read"] == rows.num_rows
    assert pool.max_memory() <= most


def test_a_category_is_no_number(made: Shop) -> None:
    contract = {**attributes(made.folder / ROWS)["contract"], "columns": {"shop": "number"}}
    with intact(made):
        verdict = verdicts(made.do("clean", contract=contract))["quarantine_share"]
    assert verdict.blocks
    told = "at_most is exceeded: 240 of 240 rows (1) were quarantined, 240 for 'shop is not a number' (such as '"
    assert told in verdict.summary
    assert [reason["rows"] for reason in verdict.evidence["reasons"]] == [240, NEGATIVE]  # type: ignore[index,call-overload,union-attr]
    one_error(verdict.summary)
