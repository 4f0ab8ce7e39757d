import numpy as np
import pyarrow as pa
import pytest

from assets.propose.types import is_group, is_identifier, kind_of, types_of
from tests.assets.propose.tables import seen

TEXTS = [f"In row {n} somebody wrote something of their own, at length" for n in range(300)]
HELD = {
    "whole": pa.array(range(300)),
    "zip_code": pa.array([98001, 98002, 98003] * 100),
    "float_zipcode": pa.array([98001.0, None, 98003.0] * 100),
    "amount": pa.array(np.linspace(0, 1, 300)),
    "floats": pa.array([1.0, 2.0, None] * 100),
    "vast": pa.array([2**63 + 5 * n for n in range(300)], pa.uint64()),
    "flag": pa.array([True, False, None] * 100),
    "name": pa.array(["a", "b", "c"] * 100),
    "note": pa.array(TEXTS),
    "day": pa.array(["2024-01-01", "2024-01-02", "2024-01-03"] * 100),
    "moment": pa.array(["2024-01-01T10:00", "2024-01-02", "2024-01-03"] * 100),
    "empty": pa.nulls(300, pa.string()),
    "list": pa.array([[1], [2], [3]] * 100),
}
EXPECTED = {
    "whole": "integer", "zip_code": "category", "float_zipcode": "category", "amount": "number", "floats": "number",
    "vast": "number",
    "flag": "boolean", "name": "category", "note": "text", "day": "date", "moment": "timestamp",
}  # fmt: skip


def test_types_follow_values_and_names() -> None:
    assert types_of(seen(pa.table(HELD))) == EXPECTED
    assert kind_of("text") is None
    assert kind_of("timestamp") == "time"


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("row", list(range(100)), True),
        ("customer_id", [n * 1000 for n in range(100)], True),
        ("price", [n * 1000 for n in range(100)], False),
        ("share", [n / 7 for n in range(100)], False),
        ("token", [f"t{n}" for n in range(100)], True),
        ("day", [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(100)], False),
        ("few", list(range(5)), False),
    ],
)
def test_identifiers_are_told_from_amounts(name: str, values: list[object], expected: bool) -> None:
    assert is_identifier(name, seen(pa.table({name: values}))) is expected


def test_an_identifier_that_repeats_names_a_group() -> None:
    table = pa.table({"customer_id": [n // 4 for n in range(400)], "order_id": range(400), "size": [1] * 400})
    found = seen(table)
    assert [name for name in found.columns if is_group(name, found)] == ["customer_id"]
