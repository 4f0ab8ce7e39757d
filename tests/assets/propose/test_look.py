from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from assets.propose import ProposeError
from assets.propose.contract_text import contract
from assets.propose.look import SAMPLE_ROWS, look
from tests.assets.propose.tables import ROWS, orders, proposed, seen


def test_counts_are_of_all_rows_and_every_batch() -> None:
    numbers = [1.0, None, float("nan"), 3.0, float("inf")]
    found = seen(pa.table({"a": numbers, "b": ["x", "y", "x", None, "x"], "_file": ["f"] * 5}))
    a, b = found.columns["a"], found.columns["b"]
    assert (a.rows, a.nulls, a.infinite, a.low, a.high, a.whole) == (5, 2, 1, 1.0, 3.0, True)
    assert b.values == {"x": 3, "y": 1}
    assert b.null_share == 0.2
    assert list(found.columns) == ["a", "b"]
    assert found.whole


def test_decimals_are_counted_as_the_numbers_that_they_become() -> None:
    prices = [Decimal("1.39"), Decimal("0.00"), None, Decimal("1.39")]
    assert seen(pa.table({"price": prices})).columns["price"].values == {1.39: 2, 0.0: 1}
    flags = proposed(orders(flag=[Decimal(n % 2) for n in range(ROWS)]), "was_returned")
    assert "expect_column_values_to_be_in_set: {column: flag, value_set: [0, 1]}" in "\n".join(contract(flags))


def test_more_values_than_can_be_told_are_not_told() -> None:
    found = seen(pa.table({"a": list(range(1000)), "b": [0.5] * 1000}))
    assert found.columns["a"].values is None
    assert found.columns["b"].constant
    assert not found.columns["b"].whole


def test_text_is_a_time_only_if_every_value_is_one() -> None:
    found = seen(pa.table({"day": ["2024-01-01", "2024-01-01", None], "no": ["2024-01-01", "2024-01-02", "soon"]}))
    assert sum((found.columns["day"].hours or {}).values()) == 2
    assert found.columns["day"].midnight
    assert found.columns["no"].hours is None


def test_text_with_a_zone_is_a_time_where_every_value_has_one() -> None:
    zoned = [f"2024-01-0{n % 9 + 1}T01:30:00+02:00" for n in range(1000)]
    found = seen(pa.table({"all": zoned, "some": [*zoned[:500], *["2024-01-01T00:00:00"] * 500]}))
    assert min(found.columns["all"].hours or {}) == (date(2023, 12, 31) - date(1970, 1, 1)).days * 24 + 23
    assert found.columns["some"].hours is None


def test_a_large_table_is_sampled_evenly_in_bounded_memory() -> None:
    step = 50_000
    batches = (pa.RecordBatch.from_pydict({"n": np.arange(k * step, (k + 1) * step)}) for k in range(7))
    told: list[str] = []
    found = look(batches, report=told.append)
    assert found.rows == 7 * step
    assert SAMPLE_ROWS / 2 <= found.sample.num_rows <= SAMPLE_ROWS
    assert set(np.diff(found.sample["n"].to_numpy())) == {4}
    assert found.columns["n"].high == 7 * step - 1
    assert told == ["350,000 rows, 1 columns looked at"]


def test_a_date_in_pieces_is_counted_by_hour() -> None:
    table = pa.table({"year": [2024, 2024], "month": ["January", "Feb"], "day": [1, 2], "value": [1, 2]})
    found = seen(table)
    assert found.pieces
    assert found.pieces[0].date == "date"
    days = [date(1970, 1, 1).toordinal() + hour // 24 for hour in found.pieces[1]]
    assert days == [date(2024, 1, 1).toordinal(), date(2024, 2, 2).toordinal()]


def test_refuses_a_table_without_rows() -> None:
    with pytest.raises(ProposeError, match=r"^--source holds no rows: nothing can be proposed"):
        look(orders(0).to_batches(), report=lambda _: None)
