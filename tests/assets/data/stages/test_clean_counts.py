import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.data.outcome import SplitError
from assets.execution import Done
from data_checks.verdict import Json
from tests.assets.data.stages.conftest import Shop
from tests.small_pipeline import EMPTY, MONTHS, NEGATIVE, ROWS_A_MONTH, attributes, visits

KEPT = ROWS_A_MONTH - EMPTY - NEGATIVE


def test_kept_rows_are_counted_for_drift_in_slices_of_their_month(shop: Shop) -> None:
    shop.do("raw")
    counts = shop.do("clean").version.table("counts")
    sums = counts.group_by("column").aggregate([("count", "sum")])
    assert dict(zip(sums["column"].to_pylist(), sums["count_sum"].to_pylist(), strict=True)) == dict.fromkeys(
        ("visit", "day", "known", "spent", "visits", "shop", "back"), KEPT
    )
    assert set(counts["slice"].to_pylist()) == set(range(9))  # no visit is later than the 26th day
    shops = counts.filter(pc.equal(counts["column"], "shop"))
    assert set(shops["value"].to_pylist()) == {"north", "south", None}


def test_counts_of_sensitive_columns_are_shown_nowhere(shop: Shop) -> None:
    shop.do("raw")
    columns = {**attributes(shop.folder)["contract"]["columns"], "shop": {"type": "category", "sensitive": True}}
    version = shop.do(
        "clean", contract={**attributes(shop.folder)["contract"], "columns": columns}, evaluate=None
    ).version
    assert version.manifest["files"]["counts.parquet"]["sensitive"] == ["cell", "value"]
    assert {row["value"] for row in version.preview("counts")} == {"(sensitive)"}


TIMELESS: dict[str, Json] = {"partitions": None, "window": None, "retrain": None, "monitor": {}}
BY_TIME: Json = {"by": "time", "column": "day"}


def test_without_periods_kept_rows_are_counted_together_or_in_slices_of_time(shop: Shop) -> None:
    kept = len(MONTHS) * KEPT
    shop.do("raw", None, **TIMELESS, split={"by": "random"})
    together = shop.do("clean", None, **TIMELESS, split={"by": "random"}).version
    apart = shop.do("clean", None, **TIMELESS, split=BY_TIME)
    assert apart.why == ('declaration event_time changed: null -> "day"',)
    assert "slices.parquet" not in together.manifest["files"]
    for counts in (version.table("counts") for version in (together, apart.version)):
        shops = counts.filter(pc.equal(counts["column"], "shop"))
        assert pc.sum(shops["count"]).as_py() == kept
    assert set(together.table("counts")["slice"].to_pylist()) == {0}
    spans, rows = apart.version.table("slices"), apart.version.table("rows", ["day"])
    days = rows["day"].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    within = [
        pc.sum(pc.and_(pc.greater_equal(days, start), pc.less(days, end))).as_py()
        for start, end in zip(spans["start"], spans["end"], strict=True)
    ]
    counts = apart.version.table("counts")
    found = counts.filter(pc.equal(counts["column"], "shop")).group_by("slice").aggregate([("count", "sum")])
    assert found.sort_by("slice")["count_sum"].to_pylist() == within
    assert 20 < len(within) <= 64


PARTS: dict[str, Json] = {"train": ["1", "2", "3", "4"], "validation": ["6"], "test": ["7", "8"]}
GIVEN: dict[str, Json] = {"by": "given", "column": "visits", "parts": PARTS}


def test_where_a_column_tells_the_parts_kept_rows_are_counted_in_a_slice_for_each(shop: Shop) -> None:
    shop.do("raw", None, **TIMELESS, split=GIVEN)
    version = shop.do("clean", None, **TIMELESS, split=GIVEN).version
    told = version.json("parts")
    assert isinstance(told, dict)
    assert told["slices"] == ["train", "validation", "test", None]
    assert (told["column"], told["values"]) == ("visits", {value: part for part in PARTS for value in PARTS[part]})  # type: ignore[union-attr]
    visited = version.table("rows", ["visits"])["visits"].cast(pa.string())
    in_parts = [pc.sum(pc.is_in(visited, pa.array(values))).as_py() for values in PARTS.values()]
    of_none = pc.sum(pc.equal(visited, "5")).as_py()
    counts = version.table("counts")
    for column in ("shop", "visits", "spent", "day"):
        found = counts.filter(pc.equal(counts["column"], column)).group_by("slice").aggregate([("count", "sum")])
        assert found.sort_by("slice")["count_sum"].to_pylist() == [*in_parts, of_none]
    assert sum(in_parts) + of_none == version.counts["kept"] == len(MONTHS) * KEPT


def test_where_files_are_the_parts_each_is_counted_in_its_slice(shop: Shop) -> None:
    for place, (name, size) in enumerate({"old": 40, "new": 30, "newest": 20}.items()):
        pq.write_table(visits().slice(100 * place + 5, size), shop.folder / f"{name}.parquet")
    parts: Json = {"train": ["old.parquet"], "validation": ["new.parquet"], "test": ["newest.parquet"]}
    source: Json = {
        "kind": "files",
        "path": [str(shop.folder / f"{name}.parquet") for name in ("new", "newest", "old")],
    }
    sections: dict[str, Json] = {**TIMELESS, "source": source, "split": {"by": "given", "parts": parts}}
    shop.do("raw", None, **sections)
    counts = shop.do("clean", None, **sections).version.table("counts")
    shops = counts.filter(pc.equal(counts["column"], "shop")).group_by("slice").aggregate([("count", "sum")])
    assert shops.sort_by("slice")["count_sum"].to_pylist() == [40, 30, 20]


def test_rows_are_cleaned_again_only_where_other_slices_would_be_counted(shop: Shop) -> None:
    def cleaned(**split: Json) -> Done:
        return shop.do("clean", None, **TIMELESS, split={**GIVEN, **split})

    shop.do("raw", None, **TIMELESS, split=GIVEN)
    first = cleaned().version
    reordered: Json = {"test": ["8", "7"], "validation": ["6"], "train": ["4", "3", "2", "1"]}
    assert cleaned(parts=reordered).reused
    assert cleaned(parts={**PARTS, "validation": ["5"]}).why == (
        'declaration parts.values.5 added: "validation"',
        'declaration parts.values.6 removed: "validation"',
    )
    assert cleaned(column="shop").why[0] == 'declaration parts.column changed: "visits" -> "shop"'
    together = cleaned(by="random", column=None, parts=None).version
    assert together.manifest["files"].keys() == {"rows.parquet", "quarantine.parquet", "counts.parquet"}
    assert cleaned().version.key == first.key


def test_with_periods_rows_are_counted_in_slices_of_their_month_whoever_tells_the_parts(shop: Shop) -> None:
    shop.do("raw")
    by_time = shop.do("clean").version
    assert shop.do("clean", split=GIVEN).reused
    assert "parts.json" not in by_time.manifest["files"]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("nowhere", "split names columns that are not there"),
        ("shop", r"split\.parts leaves rows without a part: 'shop'"),
    ],
)
def test_a_column_of_parts_that_tells_none_is_left_to_the_division(shop: Shop, column: str, told: str) -> None:
    sections: dict[str, Json] = {**TIMELESS, "split": {**GIVEN, "column": column}}
    shop.do("raw", None, **sections)
    version = shop.do("clean", None, **sections).version
    counts = version.table("counts").filter(pc.greater(pc.field("count"), 0))
    assert set(counts["slice"].to_pylist()) == {3}
    with pytest.raises(SplitError, match=told):
        shop.do("splits", None, **sections)


def test_a_time_to_divide_by_that_is_not_there_is_left_to_the_division(shop: Shop) -> None:
    sections: dict[str, Json] = {**TIMELESS, "split": {"by": "time", "column": "shop"}}
    shop.do("raw", None, **sections)
    assert "slices.parquet" not in shop.do("clean", None, **sections).version.manifest["files"]


def test_slices_of_sensitive_times_are_shown_nowhere(shop: Shop) -> None:
    columns = {**attributes(shop.folder)["contract"]["columns"], "day": {"type": "date", "sensitive": True}}
    sections: dict[str, Json] = {
        **TIMELESS,
        "split": BY_TIME,
        "contract": {**attributes(shop.folder)["contract"], "columns": columns},
    }
    shop.do("raw", None, **sections)
    shown = shop.do("clean", None, **sections).version.preview("slices")
    assert {value for row in shown for value in row.values()} == {"(sensitive)"}
