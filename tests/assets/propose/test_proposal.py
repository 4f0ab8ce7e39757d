from datetime import date

import pyarrow as pa
import pytest

from assets.propose import ProposeError
from tests.assets.propose.tables import ROWS, orders, proposed


def test_features_are_listed_by_kind_without_target_and_suspects() -> None:
    found = proposed(orders())
    assert found.choice.column == "was_returned"
    assert found.features() == {"number": ["price", "pieces"], "category": ["shop"], "time": ["day"]}
    assert found.time == "day"
    assert found.periods
    assert found.periods.every == "month"
    assert list(found.never) == ["order_id"]


def test_a_date_in_pieces_becomes_the_event_time() -> None:
    table = orders()
    days = table["day"].to_pylist()
    pieces = {"year": [d.year for d in days], "month": [d.month for d in days], "day": [d.day for d in days]}
    found = proposed(orders(**pieces), "was_returned")
    assert found.pieces
    assert (found.time, found.features()["time"]) == ("date", ["date"])
    assert not {"year", "month", "day"} & set(found.features()["number"])
    assert found.periods
    assert found.periods.first == "2024-01"


def test_rows_of_one_customer_stay_together_where_there_is_no_time() -> None:
    table = orders(customer_id=[n % 300 for n in range(ROWS)])
    assert proposed(table, "was_returned").group is None
    found = proposed(table.drop_columns(["day"]), "was_returned")
    assert found.group == "customer_id"
    assert all("customer_id" not in names for names in found.features().values())


def test_a_table_without_time_has_no_periods() -> None:
    found = proposed(pa.table({"x": range(100), "y": [n % 7 for n in range(100)]}))
    assert (found.time, found.periods, found.pieces, found.group) == (None, None, None, None)


def test_refuses_too_few_rows() -> None:
    assert proposed(orders(20, was_returned=[0, 1] * 10)).look.rows == 20
    with pytest.raises(ProposeError, match=r"^--source holds too few rows: 19 cannot be divided .*; give 20 or more$"):
        proposed(orders(19))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"was_returned": [0] * 491 + [1] * 9},
            r"^--target cannot be predicted: 'was_returned' is '1' in 9 of 500 rows, 10 are needed to train, ",
        ),
        (
            {"was_returned": [0, 1] * 9 + [None] * 482},
            r"^--target cannot be predicted: 'was_returned' has a value in 18 of 500 rows, 20 are needed to train, ",
        ),
        (
            {"{{ name }}": [1] * 500},
            r"^--source has a column that no declaration can name: '{{ name }}' holds {{, which begins a reference ",
        ),
    ],
)
def test_refuses_what_no_declaration_would_run_with(changed: dict[str, list[int]], message: str) -> None:
    with pytest.raises(ProposeError, match=message):
        proposed(orders(500, **changed), "was_returned")


def test_refuses_a_target_whose_newest_periods_hold_one_class() -> None:
    days = orders()["day"].to_pylist()
    known = [0 if day >= date(2024, 11, 1) else n % 2 for n, day in enumerate(days)]
    message = r"^--target cannot be judged: 'was_returned' has 1 of its 2 classes in 2024-11, one of the two newest"
    with pytest.raises(ProposeError, match=message):
        proposed(orders(was_returned=known), "was_returned")


def test_numbers_with_a_decimal_comma_are_kept_from_the_model() -> None:
    found = proposed(orders(weight=["7", "1,5", "1.234,5", None] * (ROWS // 4)), "was_returned")
    assert found.never["weight"].startswith("writes its numbers with a decimal comma, as '1,5', and is read as text: ")


def test_the_rows_that_learn_and_test_are_those_with_an_answer() -> None:
    of_periods = proposed(orders(), "price")
    assert of_periods.periods
    counts = of_periods.periods.counts
    assert (of_periods.tested, of_periods.learned) == (counts[-1], sum(counts[-12:-2]))
    half = orders(price=[None if n % 2 else float(n) for n in range(ROWS)]).drop_columns(["day"])
    assert (proposed(half, "price").tested, proposed(half, "price").learned) == (130, 390)
    assert len(proposed(half, "price").known) == ROWS // 2
    assert set(proposed(orders(), "was_returned").known.tolist()) == {0.0, 1.0}
