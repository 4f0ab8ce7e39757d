from functools import partial
from http.server import SimpleHTTPRequestHandler

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.data.sources.arrow import SourceError
from assets.data.stages.raw import Raw
from assets.work import InputError
from tests.assets.data.sources.pages import serving
from tests.assets.data.stages.conftest import Shop, verdicts
from tests.small_pipeline import MONTHS, ROWS, ROWS_A_MONTH, visits

COLUMNS = {"day": "date", "known": "date", "spent": "number", "visits": "integer", "back": "boolean"}


def contract(**columns: object) -> dict[str, object]:
    return {"columns": {**COLUMNS, **columns}}


def test_keeps_the_rows_of_the_period_and_counts_the_others(shop: Shop) -> None:
    done = shop.do("raw", MONTHS[1])
    assert done.version.counts == {"rows": ROWS_A_MONTH}
    shown = done.version.manifest["metadata"]
    assert shown["rows read from the source"] == len(MONTHS) * ROWS_A_MONTH
    assert shown["rows of other periods"] == (len(MONTHS) - 1) * ROWS_A_MONTH
    rows = done.version.table("rows")
    assert rows["_row"].to_pylist() == list(range(ROWS_A_MONTH))
    assert {visit[:7] for visit in rows["visit"].to_pylist()} == {MONTHS[1]}


def test_an_unchanged_source_is_not_read_again(shop: Shop) -> None:
    first = shop.do("raw")
    assert shop.do("raw").reused
    shop.write(visits(seed=1))
    changed = shop.do("raw")
    assert changed.why[0] == "file rows.parquet changed"
    assert changed.version.digest != first.version.digest


def test_a_pipeline_without_periods_names_the_files_too(shop: Shop) -> None:
    folder = shop.folder / "in"
    folder.mkdir()

    def why(**rows: pa.Table) -> tuple[str, ...]:
        for name, table in rows.items():
            pq.write_table(table, folder / f"{name}.parquet")
        source = {"kind": "files", "path": str(folder / "*.parquet")}
        timeless = dict.fromkeys(("partitions", "window", "split", "monitor"))
        return shop.do("raw", None, source=source, **timeless).why

    assert why(a=visits([MONTHS[0]]), b=visits([MONTHS[1]])) == ("never made before",)
    (folder / "a.parquet").unlink()
    assert why(b=visits([MONTHS[1]], seed=1), c=visits([MONTHS[2]])) == (
        "file a.parquet is gone, or has no such rows any more",
        "file b.parquet changed",
        "file c.parquet is new",
    )


def test_the_same_files_in_folders_of_other_names_are_no_change(shop: Shop) -> None:
    timeless = dict.fromkeys(("partitions", "window", "split", "monitor"))
    source = {"kind": "files", "path": str(shop.folder / "in" / "*" / "*.parquet")}
    for folder, month in (("a", MONTHS[0]), ("b", MONTHS[1])):
        (shop.folder / "in" / folder).mkdir(parents=True)
        pq.write_table(visits([month]), shop.folder / "in" / folder / f"{month}.parquet")
    shop.do("raw", None, source=source, **timeless)
    (shop.folder / "in" / "a").rename(shop.folder / "in" / "z")
    assert shop.do("raw", None, source=source, **timeless).reused


def test_rows_appended_to_another_month_change_no_content(shop: Shop) -> None:
    first = shop.do("raw")
    shop.write(pa.concat_tables([visits(), visits(["2024-07"], seed=2)]))
    assert shop.do("raw").version.digest == first.version.digest


def test_rows_appended_to_a_delta_table_touch_their_month_alone(shop: Shop) -> None:
    deltalake = pytest.importorskip("deltalake", reason="the optional package deltalake is not installed")
    path = str(shop.folder / "delta")
    for month in MONTHS[:2]:
        deltalake.write_deltalake(path, visits([month]), mode="append")
    source = {"kind": "delta", "path": path}
    for month in MONTHS[:2]:
        shop.do("raw", month, source=source)
    deltalake.write_deltalake(path, visits([MONTHS[1]], seed=1), mode="append")
    assert shop.do("raw", MONTHS[0], source=source).reused
    touched = shop.do("raw", MONTHS[1], source=source)
    (why,) = touched.why
    assert why.startswith("file part-00000-")
    assert why.endswith(".parquet is new")
    assert touched.version.counts == {"rows": 2 * ROWS_A_MONTH}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (contract(spend="number"), "contract.columns.spend is missing: did the source rename it to 'spent'"),
        (contract(spent="date"), "contract.columns.spent"),
    ],
)
def test_a_broken_contract_stops_what_follows(shop: Shop, changed: dict[str, object], told: str) -> None:
    verdict = verdicts(shop.do("raw", contract=changed))["contract"]
    assert not verdict.passed
    assert told in verdict.summary
    with pytest.raises(InputError, match=r"^small/raw of 2024-01 is refused: its blocking check failed \(contract: "):
        shop.do("clean", contract=changed)


def test_a_column_without_any_value_breaks_the_contract(shop: Shop) -> None:
    rows = visits()
    place = rows.column_names.index("visits")
    shop.write(rows.set_column(place, "visits", pa.nulls(rows.num_rows, pa.int64())))
    assert not verdicts(shop.do("raw"))["contract"].passed


def test_another_contract_is_judged_on_the_rows_that_are_there(shop: Shop) -> None:
    first = shop.do("raw")
    again = shop.do("raw", contract=contract(nothing="number"))
    assert again.reused
    assert again.version == first.version
    assert not again.verdicts[0].passed
    assert shop.do("raw").verdicts[0].passed


def test_derived_columns_count_as_there(shop: Shop) -> None:
    derive = {"use": "tests.assets.data.stages.derived:with_tax"}
    declared = contract(with_tax="number")
    assert not shop.do("raw", contract=declared).verdicts[0].passed
    assert shop.do("raw", contract=declared, derive=derive).verdicts[0].passed
    assert shop.do("clean", contract=declared, derive=derive).version.table("rows")["with_tax"].null_count == 0


def test_a_period_without_rows_is_refused(shop: Shop) -> None:
    with pytest.raises(SourceError, match="2025-01"):
        shop.do("raw", "2025-01")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "source.path names no file: "),
        (b"", "source.path names an empty file: "),
        (b"PAR1 damaged PAR1", "source.path names a file that cannot be read: "),
    ],
)
def test_a_bad_file_is_one_clear_error_and_leaves_what_stood(shop: Shop, content: bytes | None, message: str) -> None:
    before = shop.do("raw").version
    file = shop.folder / "bad.parquet"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        shop.do("raw", source={"kind": "files", "path": str(file)})
    assert shop.of().current("raw") == before


def test_statistics_of_a_sensitive_column_hold_no_value(shop: Shop) -> None:
    done = shop.do("raw", contract=contract(shop={"type": "category", "sensitive": True}), evaluate=None)
    text = str(done.version.manifest["statistics"])
    assert "'shop'" in text
    assert "north" not in text
    assert {row["shop"] for row in done.version.preview("rows")} == {"(sensitive)"}


def test_the_code_of_a_python_source_is_part_of_what_raw_is_made_from(shop: Shop) -> None:
    module = "tests.assets.data.sources.yielding"
    declaration = shop.declare(source={"kind": "python", "use": f"{module}:batches"})
    assert module in Raw().terms(declaration).modules


def test_a_signed_address_is_in_nothing_that_a_run_writes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with serving(partial(Quiet, directory=shop.folder)) as page:
        monkeypatch.setenv("DATA_URL", f"{page}/{ROWS}?sig=TOPSECRET")
        done = shop.do("raw", source={"kind": "files", "path": ["{{ env('DATA_URL') }}"]})
    files = [file for file in shop.home.root.rglob("*") if file.is_file()]
    assert done.version.manifest["counts"]["rows"] == 240
    assert not [file for file in files if b"TOPSECRET" in file.read_bytes()]
