import random
import re
from contextlib import suppress
from datetime import datetime

import pyarrow as pa
import pytest

from assets.declare.condition_truth import Domain, constant
from data_checks.one_pass.conditions import rows_under
from data_checks.row_condition import ConditionError

AMOUNT = Domain("number", nullable=False, least=0, most=10)
KNOWN = {
    "amount": AMOUNT,
    "paid": Domain("number"),
    "count": Domain("integer", nullable=False),
    "shop": Domain("text", nullable=False, values=("north", "south")),
    "town": Domain("text"),
    "day": Domain("time", nullable=False, least="2024-01-01"),
    "open": Domain("boolean", nullable=False),
    "flag": Domain("boolean"),
    "rank": Domain("integer"),
    "a b": AMOUNT,
    "nothing": Domain("number", least=9, most=3),
}


def assert_told(found: str | None, told: str) -> None:
    assert re.match(re.escape(told).replace("…", ".*"), found or ""), found


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("shop == 'nort'", "is never true: \"shop == 'nort'\" asks where 'shop' is one of …; did you mean 'north'?"),
        ("shop in ['east', 'west']", "is never true: "),
        ("amount < 0", "is never true: 'amount < 0' asks where 'amount' holds numbers and is at least 0 and is at…"),
        ("`a b` > 10 or paid > 3", "holds `a b` > 10, which is never true: "),
        ("0 > amount > -5", "is never true: "),
        ("paid > 5 and paid < 3", "is never true: 'paid > 5 and paid < 3' asks where 'paid' holds numbers and may be…"),
        ("count > 2 and count < 3", "is never true: "),
        ("count == 1.5", "is never true: 'count == 1.5' asks where 'count' holds whole numbers and is never missing"),
        ("amount != amount", "is never true: "),
        ("day < '2024-01-01'", "is never true: "),
        ("day < '2023-06-01T12:00'", "is never true: "),
        ("open == 2", "is never true: "),
    ],
)  # fmt: skip
def test_what_no_row_can_answer_with_yes(condition: str, told: str) -> None:
    assert_told(constant(condition, KNOWN, answer=False), told)
    assert constant(condition, KNOWN, answer=True) is None


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("amount >= 0", "is always true: 'amount >= 0' asks where … never missing, as the contract says; take it out"),
        ("amount == amount", "is always true: "),
        ("town == 'x' or town != 'x'", "is always true: "),
        ("not (shop == 'east')", "holds shop == 'east', which is never true: "),
        ("town == 'x' and open in [True, False]", "holds open in [True, False], which is always true: "),
    ],
)  # fmt: skip
def test_what_every_row_answers_with_yes(condition: str, told: str) -> None:
    assert_told(constant(condition, KNOWN, answer="always" in told), told)


@pytest.mark.parametrize(
    "condition",
    [
        "paid == paid",  # pandas' way to ask whether it is missing
        "paid > 3 or paid <= 3",
        "amount > 0",
        "shop == 'north'",
        "amount > paid",
        "amount.isnull()",
        "amount + 1 < 0",
        "elsewhere == 1",
        "nothing == 1",
        "day < '2024-01-01T00:00+02:00'",
        "town < 'a'",
        "count > 9007199254740993",
        # pandas takes a missing answer beside a true one for False
        "flag or (count > 2 or count <= 2)",
        "not (flag or (count > 2 or count <= 2))",
    ],
)
def test_what_the_rows_must_tell_is_left_to_them(condition: str) -> None:
    assert constant(condition, KNOWN, answer=True) is None
    assert constant(condition, KNOWN, answer=False) is None


VALUES = {
    "shop": ["'north'", "'south'", "'east'"],
    "town": ["'north'", "'south'", "'east'"],
    "day": ["'2023-12-31'", "'2024-01-01'", "'2024-02-01T12:00'"],
    "open": ["True", "False"],
    "flag": ["True", "False"],
}
NUMBERS = ["-1", "0", "2.5", "3", "10", "11"]


def drawn(rng: random.Random) -> str:
    name = rng.choice(["amount", "paid", "count", "rank", *VALUES])
    values = VALUES.get(name, NUMBERS)
    if values == VALUES["open"] and rng.random() < 0.5:
        return name
    if name != "day" and rng.random() < 0.2:
        return f"{name} {rng.choice(['in', 'not in'])} [{rng.choice(values)}, {rng.choice(values)}]"
    tests = ["==", "!="] if name in VALUES and name != "day" else ["==", "!=", "<", "<=", ">", ">="]
    return f"{name} {rng.choice(tests)} {rng.choice(values)}"


def test_rows_that_keep_the_contract_never_answer_otherwise() -> None:
    rng = random.Random(7)
    found_in = {
        "amount": [0, 1, 2.5, 3, 7.5, 10],
        "paid": [None, -7, -1, 0, 2, 2.5, 3, 4, 10, 12],
        "count": [-3, -1, 0, 1, 2, 3, 10, 11],
        "rank": [None, -3, -1, 0, 1, 2, 3, 10, 11],
        "shop": ["north", "south"],
        "town": ["north", "south", "east", "x", None],
        "day": [datetime.fromisoformat(day) for day in ("2024-01-01", "2024-02-01T12:00", "2024-03-01")],
        "open": [True, False],
        "flag": [True, False, None],
    }
    rows = pa.table({name: [rng.choice(values) for _ in range(400)] for name, values in found_in.items()})
    told = {True: 0, False: 0}
    for _ in range(600):
        parts = [f"{'not ' * rng.randint(0, 1)}({drawn(rng)})" for _ in range(rng.randint(1, 3))]
        condition = rng.choice([" and ", " or "]).join(parts)
        for answer in (True, False):
            found = constant(condition, KNOWN, answer=answer)
            if not found:
                continue
            part = found.partition("holds ")[2].partition(", which is")[0] if found.startswith("holds") else condition
            with suppress(ConditionError):
                told[answer] += 1
                assert len(rows_under(rows, part)) == len(rows) * answer, condition
    assert min(told.values()) > 20
