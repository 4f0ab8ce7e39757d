from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from assets.data.parts import LineageError, lineage, part_rows, window_rows
from assets.store import Store
from assets.versions.recipe import Address, Recipe
from assets.versions.version import Version

FIRST = pa.table({"_row": [0, 2, 3], "amount": [10, 12, 13]})
SECOND = pa.table({"_row": [0, 1], "amount": [20, 21], "extra": ["a", "b"]})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def publish(store: Store, stage: str, period: str | None, rows: pa.Table, **inputs: Sequence[Version]) -> Version:
    address = Address("shop", stage, period)
    with store.draft(address) as draft:
        draft.write_table("rows", rows)
        digests = {name: found.digest for name, versions in inputs.items() for found in versions}
        recipe = Recipe(address=address, inputs=digests, declaration={}, code={}, environment={})
        return store.publish(draft, recipe, inputs=inputs)


@pytest.fixture
def window(store: Store) -> tuple[Version, Version]:
    return publish(store, "clean", "2024-01", FIRST), publish(store, "clean", "2024-02", SECOND)


def test_finds_what_a_version_was_made_from_in_order(store: Store, window: tuple[Version, Version]) -> None:
    splits = publish(store, "splits", "2024-02", FIRST, clean=window, other=[window[1]])
    assert lineage(store, splits, "clean") == window
    assert lineage(store, splits, "other") == (window[1],)
    assert lineage(store, splits, "nothing") == ()


def test_names_a_source_that_was_removed(store: Store, window: tuple[Version, Version]) -> None:
    splits = publish(store, "splits", "2024-02", FIRST, clean=window)
    (store.root / "shop/clean/records" / f"{window[0].key}.json").unlink()
    message = (
        rf"^store.shop/clean\[2024-01\] is missing: shop/splits\[2024-02\] was made from its version "
        f"{window[0].key[:8]}; materialize it and what follows it again$"
    )
    with pytest.raises(LineageError, match=message):
        lineage(store, splits, "clean")


def test_a_window_names_each_rows_period_and_fills_columns_that_came_later(window: tuple[Version, Version]) -> None:
    rows = window_rows(window, "rows")
    assert rows["_period"].to_pylist() == ["2024-01"] * 3 + ["2024-02"] * 2
    assert rows["extra"].to_pylist() == [None] * 3 + ["a", "b"]
    assert window_rows(window, "rows", ["amount"]).column_names == ["amount", "_period"]


def test_without_periods_the_period_is_empty(store: Store) -> None:
    assert window_rows([publish(store, "clean", None, FIRST)], "rows")["_period"].to_pylist() == [""] * 3


def assignment(*lines: tuple[str, int, str]) -> pa.Table:
    periods, rows, parts = zip(*lines, strict=True)
    return pa.table({"_period": periods, "_row": rows, "_part": parts})


def test_takes_the_rows_of_a_part_in_the_order_of_the_assignment(window: tuple[Version, Version]) -> None:
    lines = [("2024-01", 3, "train"), ("2024-01", 0, "test"), ("2024-01", 0, "train"), ("2024-02", 1, "train")]
    rows = part_rows(assignment(*lines), "train", window, "rows")
    assert rows["amount"].to_pylist() == [13, 10, 21]
    assert rows["_period"].to_pylist() == ["2024-01", "2024-01", "2024-02"]


def test_reads_no_period_without_a_row_of_the_part(window: tuple[Version, Version]) -> None:
    (window[1].folder / "rows.parquet").unlink()
    assert part_rows(assignment(("2024-01", 2, "test")), "test", window, "rows")["amount"].to_pylist() == [12]


@pytest.mark.parametrize("row", [1, 4])
def test_refuses_rows_that_are_not_there(window: tuple[Version, Version], row: int) -> None:
    message = (
        r"^store.shop/clean\[2024-01\] does not hold the rows that were split: 1 wanted; materialize splits again$"
    )
    with pytest.raises(LineageError, match=message):
        part_rows(assignment(("2024-01", row, "train")), "train", window, "rows")
