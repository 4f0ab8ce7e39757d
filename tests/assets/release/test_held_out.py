import numpy as np
import pyarrow as pa

from assets.release.held_out import HeldOut, held_out, learned_from, splits_of
from tests.small_pipeline import TRAINED, Small


def rows_of(amounts: list[int]) -> HeldOut:
    raw = pa.table({"amount": amounts})
    return HeldOut(raw, raw.append_column("double", pa.array([2 * amount for amount in amounts])), np.arange(len(raw)))


def test_takes_away_what_a_rival_learned_from_wherever_it_stands() -> None:
    left = rows_of([1, 2, 3, 2]).without(pa.table({"amount": [2, 9]}))
    assert left.raw["amount"].to_pylist() == [1, 3]
    assert left.clean["double"].to_pylist() == [2, 6]
    assert left.places.tolist() == [0, 2]
    assert left.left_out == 2
    again = left.without(pa.table({"amount": [1]}))
    assert (again.raw["amount"].to_pylist(), again.left_out) == ([3], 3)


def test_takes_nothing_away_where_nothing_was_seen() -> None:
    rows = rows_of([1, 2])
    left = rows.without(pa.table({"amount": pa.array([], pa.int64())}))
    assert (left.raw, left.left_out) == (rows.raw, 0)


def test_columns_that_came_or_went_since_do_not_hide_a_row() -> None:
    left = rows_of([1, 2]).without(pa.table({"amount": [2], "gone": ["x"]}))
    assert left.raw["amount"].to_pylist() == [1]
    wider = HeldOut(left.raw.append_column("new", pa.array(["a"])), left.clean, left.places)
    assert wider.without(pa.table({"amount": [1]})).left_out == 1


def test_the_test_rows_of_a_model_are_its_last_month_as_they_came_and_as_they_were_cleaned(trained: Small) -> None:
    model = trained.work(TRAINED[1]).current("model")
    rows = held_out(trained.store, model)
    assert rows.raw.column_names == ["visit", "day", "known", "spent", "visits", "shop", "back"]
    assert rows.raw["visit"].to_pylist() == rows.clean["visit"].to_pylist()
    assert {visit[:7] for visit in rows.raw["visit"].to_pylist()} == {TRAINED[1]}
    assert splits_of(trained.store, model).counts["test"] == rows.raw.num_rows == len(rows.places)


def test_a_model_learned_from_train_and_validation(trained: Small) -> None:
    model = trained.work(TRAINED[1]).current("model")
    counts = splits_of(trained.store, model).counts
    seen = learned_from(trained.store, model)
    assert seen.num_rows == counts["train"] + counts["validation"]
    rows = held_out(trained.store, model)
    assert rows.without(seen).left_out == 0
    champion = trained.work(TRAINED[0]).current("model")
    assert held_out(trained.store, champion).without(seen).left_out == rows_of_month(trained, TRAINED[0])


def rows_of_month(trained: Small, month: str) -> int:
    """Return the test rows of the champion, all of which its challenger trained or chose on a month later."""
    model = trained.work(month).current("model")
    return splits_of(trained.store, model).counts["test"]
