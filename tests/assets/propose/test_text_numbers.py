import pyarrow as pa
import pytest

from assets.propose.text_numbers import unread_number
from tests.assets.propose.tables import seen


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["1,5", "2", "1.234,5"], "writes its numbers with a decimal comma, as '1,5'"),
        (["12%", "7.5 %", "0%"], "writes its numbers with signs, as '12%'"),
        (["$1,234.50", "-$3", "($20.00)"], "writes its numbers with signs, as '$1,234.50'"),
        (["3 EUR", "4,50 EUR", "5 EUR"], "writes its numbers with signs, as '3 EUR'"),
        ([f"{n} kg" for n in range(30)], "writes its numbers with a unit, as '0 kg'"),
        ([*map(str, range(100)), "Total"], "is a number in 99 % of the values, and not in 'Total'"),
        (["1", "2", "x"], None),
        ([f"{n}{'ab'[n % 2]}" for n in range(30)], None),
        ([f"0{n}" for n in range(100)] + ["x"], None),
        (["north", "south"], None),
        (["1 kg", "2 kg"], None),
        (["12:30", "12:45"], None),
        (["2024-01-01", "2024-01-02"], None),
        ([1.5, 2.5], None),
        ([None, None], None),
    ],
)
def test_tells_how_text_writes_its_numbers(values: list[object], why: str | None) -> None:
    assert unread_number("x", seen(pa.table({"x": values, "y": range(len(values))}))) == why
