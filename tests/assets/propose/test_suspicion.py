from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.assets.propose.tables import ROWS, orders, proposed

TABLE = orders()
BACK = TABLE["was_returned"].to_numpy()
PRICE = TABLE["price"].to_numpy()
DAYS = TABLE["day"].to_pylist()
NOISE = np.random.default_rng(5).random(ROWS)


@pytest.mark.parametrize(
    ("name", "values", "target", "why"),
    [
        (
            "reason",
            np.where(BACK == 1, "broken", "none"),
            "was_returned",
            "alone predicts was_returned almost perfectly",
        ),
        ("cents", PRICE * 100, "price", r"alone predicts price almost perfectly \(R² 1.0000\)"),
        ("constant", ["x"] * ROWS, "was_returned", "is always 'x'"),
        ("nothing", pa.nulls(ROWS, pa.string()), "was_returned", "holds no value at all"),
        ("token", [f"t{n}" for n in range(ROWS)], "was_returned", "is an identifier and names one row each"),
        ("tags", [[n] for n in range(ROWS)], "was_returned", "holds list<.*>, of which no feature is made"),
        (
            "stayed",
            [timedelta(n) for n in range(ROWS)],
            "was_returned",
            "holds duration.*, of which no feature is made",
        ),
        (
            "uuid",
            pa.array([b"%08d" % n for n in range(ROWS)], pa.binary(8)),
            "was_returned",
            "holds fixed_size_binary.*, of which no",
        ),
        ("sent", [d + timedelta(days=3) for d in DAYS], "was_returned", "is later than day in 100 % of the rows"),
        ("city", [f"c{n // 1.15:.0f}" for n in range(ROWS)], "was_returned", r"has 1,1\d\d different values, too many"),
        (
            "note",
            [f"This is what the customer number {n} said about it" for n in range(ROWS)],
            "was_returned",
            r"is free text of \d\d characters on average, and most rows say something else",
        ),
        (
            "desk",
            np.where((BACK == 1) & (NOISE < 0.5), "returns", "sales"),
            "was_returned",
            r"says 'returns' in \d+ rows looked at: 100 % of these have was_returned 1, of all ",
        ),
    ],
)
def test_keeps_from_the_model_what_would_leak_or_teach_nothing(
    name: str, values: object, target: str, why: str
) -> None:
    found = proposed(orders(**{name: values}), target)  # type: ignore[arg-type]
    assert name in found.never
    assert pa.compute.match_substring_regex(pa.scalar(found.never[name]), "^" + why).as_py(), found.never[name]
    assert all(name not in names for names in found.features().values())


def test_numbers_that_add_up_to_the_target_are_kept_from_the_model() -> None:
    table = orders(part=PRICE * NOISE, rest=PRICE * (1 - NOISE))
    never = proposed(table, "price").never
    assert never["part"] == "gives price almost exactly together with rest (R² above 0.9999)"
    assert never["rest"] == "gives price almost exactly together with part (R² above 0.9999)"
    assert "pieces" not in never


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("hint", BACK + 1.1 * NOISE, "alone predicts was_returned very well"),
        ("seldom", [n / 7 if n % 50 == 0 else None for n in range(ROWS)], "is missing in 98 % of the rows"),
        ("order_status", NOISE, "is called 'status': is it written after the event?"),
        ("returning", NOISE, "is called like the target ('returned'): was it known before?"),
    ],
)
def test_leaves_in_what_is_only_worth_a_look(name: str, values: object, why: str) -> None:
    found = proposed(orders(**{name: values}), "was_returned")  # type: ignore[arg-type]
    told = {one.column: one for one in found.suspicions}
    assert told[name].why.startswith(why)
    assert not told[name].never


def test_a_sound_column_is_not_suspected() -> None:
    suspected = {one.column for one in proposed(TABLE, "was_returned").suspicions}
    assert suspected == {"order_id"}


def test_without_an_event_time_a_name_places_a_time_after_it() -> None:
    table = orders(closed_at=DAYS).drop_columns(["day"])
    assert proposed(table, "was_returned").never["closed_at"] == "is a time that its name places after the event"
