import random
import re

import pandas as pd
import pytest

from assets.declare.condition_truth import Domain, constant

AMOUNT = Domain("number", nullable=False, least=0, most=10)
KNOWN = {
    "amount": AMOUNT,
    "paid": Domain("number"),
    "count": Domain("integer", nullable=False),
    "shop": Domain("text", nullable=False, values=("north", "south")),
    "town": Domain("text"),
    "day": Domain("time", nullable=False, least="2024-01-01"),
    "open": Domain("boolean", nullable=False),
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
    ],
)
def test_what_the_rows_must_tell_is_left_to_them(condition: str) -> None:
    assert constant(condition, KNOWN, answer=True) is None
    assert constant(condition, KNOWN, answer=False) is None


def drawn(rng: random.Random) -> str:
    name = rng.choice(["amount", "paid", "count", "shop", "town"])
    values = ["'north'", "'south'", "'east'"] if name in {"shop", "town"} else ["-1", "0", "2.5", "3", "10", "11"]
    if rng.random() < 0.2:
        return f"{name} {rng.choice(['in', 'not in'])} [{rng.choice(values)}, {rng.choice(values)}]"
    tests = ["==", "!="] if name in {"shop", "town"} else ["==", "!=", "<", "<=", ">", ">="]
    return f"{name} {rng.choice(tests)} {rng.choice(values)}"


def test_rows_that_keep_the_contract_never_answer_otherwise() -> None:
    rng = random.Random(7)
    rows = pd.DataFrame(
        {
            "amount": [rng.choice([0, 1, 2.5, 3, 7.5, 10]) for _ in range(400)],
            "paid": [rng.choice([None, -7, -1, 0, 2, 2.5, 3, 4, 10, 12]) for _ in range(400)],
            "count": [rng.choice([-3, -1, 0, 1, 2, 3, 10, 11]) for _ in range(400)],
            "shop": [rng.choice(["north", "south"]) for _ in range(400)],
            "town": [rng.choice(["north", "south", "east", "x", None]) for _ in range(400)],
        }
    )
    told = {True: 0, False: 0}
    for _ in range(300):
        parts = [f"{'not ' * rng.randint(0, 1)}({drawn(rng)})" for _ in range(rng.randint(1, 3))]
        condition = rng.choice([" and ", " or "]).join(parts)
        for answer in (True, False):
            found = constant(condition, KNOWN, answer=answer)
            part = (
                found and found.partition("holds ")[2].partition(", which is")[0]
                if found and found.startswith("holds")
                else condition
            )
            if found:
                told[answer] += 1
                assert set(rows.eval(part)) == {answer}, condition
    assert min(told.values()) > 20
