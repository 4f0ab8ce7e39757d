from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from assets.propose import ProposeError
from assets.propose.look import Look
from assets.propose.target import Choice, choose, numbers
from assets.propose.types import types_of
from tests.assets.propose.tables import ROWS, orders, proposed, seen


def chosen(table: pa.Table, named: str | None = None) -> tuple[Look, Choice]:
    found = seen(table)
    return found, choose(found, types_of(found), named=named)


def test_a_name_that_says_so_wins_over_the_last_column() -> None:
    table = orders().append_column("previously_returned", pa.array([0, 1] * (ROWS // 2)))
    _, choice = chosen(table)
    assert (choice.column, choice.task, choice.labels.classes) == ("was_returned", "binary", (0, 1))
    assert choice.why == "its name says 'returned'"
    assert choice.others == (("price", "its name says 'price'"), ("previously_returned", "it is the last column"))


def test_the_last_column_is_taken_where_no_name_says_anything() -> None:
    _, choice = chosen(pa.table({"a": np.random.default_rng(0).random(50), "b": np.random.default_rng(1).random(50)}))
    assert (choice.column, choice.task, choice.why) == ("b", "regression", "it is the last column")


def test_the_named_column_is_taken() -> None:
    assert chosen(orders(), "shop")[1].task == "multiclass"
    assert chosen(orders(), "price")[1] == Choice("price", "regression", chosen(orders(), "price")[1].labels)
    codes = pa.table({"code_of_wine": range(60), "wine": [0, 1, 2] * 20})
    assert chosen(codes, "wine")[1].task == "multiclass"
    assert chosen(codes, "wine")[1].coded
    classes = pa.table({"quality_class": [1, 2, 3] * 20, "x": range(60)})
    assert chosen(classes, "quality_class")[1].task == "multiclass"


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3] * 100,
        [0, 2, 4] * 100,
        [*[0, 1, 2] * 100, 3, 3],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] * 20,
        [0.0, 1.0, 2.5],
    ],
)
def test_numbers_that_are_no_codes_stay_numbers(values: list[float]) -> None:
    found = seen(pa.table({"x": range(len(values)), "y": values}))
    choice = choose(found, types_of(found), named="y")
    assert (choice.task, choice.coded) == ("regression", False)


def test_the_named_task_is_taken() -> None:
    found = seen(pa.table({"x": range(60), "y": [0, 1, 2] * 20}))
    choice = choose(found, types_of(found), named="y", task="regression")
    assert (choice.task, choice.coded) == ("regression", False)
    with pytest.raises(ProposeError, match=r"^--task does not fit the column: 'y' has 3 .*; set --task to multiclass$"):
        choose(found, types_of(found), named="y", task="binary")


def test_numbers_leave_out_what_is_missing() -> None:
    found, choice = chosen(orders(4, was_returned=[1, None, 0, 1]), "was_returned")
    assert numbers(found, choice).tolist() == [1.0, -1.0, 0.0, 1.0]
    found, choice = chosen(orders(5, price=[1.5, None, float("inf"), 2.5, 3.5]), "price")
    np.testing.assert_equal(numbers(found, choice), [1.5, np.nan, np.nan, 2.5, 3.5])


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("prise", "^--target is no column: 'prise' is not among order_id, .*; did you mean 'price'[?]$"),
        ("zzzz", "^--target is no column: 'zzzz' is not among order_id, .*; name one of them$"),
        ("day", "^--target cannot be predicted: 'day' holds date, a target holds numbers, classes or yes and no; "),
        ("empty", "^--target cannot be predicted: 'empty' holds nothing, "),
        ("same", "^--target has a single value: 'same' is .* in all 1300 rows"),
        ("order_id", "^--target cannot be predicted: 'order_id' holds 1,300 different texts, at most 200 "),
        (None, "^--target is needed: no column stands out by its name or place among day, note; name one that "),
        (
            "comma",
            "^--target cannot be predicted: 'comma' writes its numbers with a decimal comma, as '1,5', and is read as",
        ),
    ],
)
def test_says_why_a_column_cannot_be_the_target(named: str | None, message: str) -> None:
    table = orders(empty=[None] * ROWS, same=[7] * ROWS, comma=["2", "1,5"] * (ROWS // 2))
    if named is None:
        table = table.select(["day"]).append_column("note", pa.array([None] * ROWS))
    with pytest.raises(ProposeError, match=message):
        chosen(table, named)


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("target", [1] * ROWS, "target holds one value"),
        ("price", [None if n % 3 else 1.5 * n for n in range(ROWS)], "price is missing in 866 of 1,300 rows"),
        ("price", [f"{n},5" for n in range(ROWS)], "price writes its numbers with a decimal comma, as '0,5', and is"),
        ("label", [f"l{n // 2}" for n in range(ROWS)], "label holds over 100 texts"),
        ("key", range(ROWS), "key names the rows"),
        ("value", [date(2024, 1, n % 28 + 1) for n in range(ROWS)], "value holds date"),
    ],
)
def test_says_why_the_likeliest_columns_are_no_target(name: str, values: Iterable[object], why: str) -> None:
    table = orders().select(["day", "pieces"]).append_column(name, pa.array(values))
    with pytest.raises(ProposeError, match=f"^--target is needed: no column .* among day, pieces, {name}, and {why}"):
        proposed(table)
