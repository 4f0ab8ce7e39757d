from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from assets.data.period import Partitions
from assets.retraining import Retrain, due_periods

MONTHLY = Partitions(every="month", column="day", start="2024-01")
JULY = datetime(2024, 7, 2, 6, tzinfo=UTC)


def due(attempted: Collection[str], *, now: datetime = JULY, catch_up: int = 12) -> list[str]:
    return [period.key for period in due_periods(MONTHLY, now=now, attempted=attempted, catch_up=catch_up)]


def test_a_pipeline_that_never_ran_begins_with_the_newest_complete_period() -> None:
    assert due([]) == ["2024-06"]


def test_nothing_is_due_before_the_first_period_is_complete() -> None:
    assert due([], now=datetime(2024, 1, 31, 23, tzinfo=UTC)) == []


def test_takes_the_periods_missed_since_the_last_one_oldest_first() -> None:
    assert due(["2024-02", "2024-03"]) == ["2024-04", "2024-05", "2024-06"]


def test_asks_for_no_period_twice() -> None:
    assert due(["2024-06"]) == []
    assert due(["2024-07"]) == []


def test_a_failed_period_may_be_asked_for_again_in_its_place() -> None:
    found = due_periods(MONTHLY, now=JULY, attempted=["2024-04", "2024-05"], again=["2024-04"], catch_up=12)
    assert [period.key for period in found] == ["2024-04", "2024-06"]
    assert due_periods(MONTHLY, now=JULY, attempted=["2024-01", "2024-06"], again=["2024-01"], catch_up=2) == ()


def test_an_older_gap_was_somebodys_choice() -> None:
    assert due(["2024-01", "2024-05"]) == ["2024-06"]


def test_catches_up_with_the_newest_only() -> None:
    assert due(["2024-01"], catch_up=2) == ["2024-05", "2024-06"]


def test_periods_that_the_declaration_no_longer_has_do_not_count() -> None:
    assert due(["2023-11"]) == ["2024-06"]
    assert due(["2023-11", "2024-05"]) == ["2024-06"]
    assert due(["2024-06-02"]) == ["2024-06"]


def test_a_table_that_ended_is_due_no_more() -> None:
    ended = Partitions(every="month", column="day", start="2024-01", end="2024-03")
    assert [p.key for p in due_periods(ended, now=JULY, attempted=["2024-01"], catch_up=12)] == ["2024-02", "2024-03"]
    assert due_periods(ended, now=JULY, attempted=["2024-03"], catch_up=12) == ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "often"}, "is not a cron schedule: 'often' must have five fields; write such as '0 6 2 [*] [*]'"),
        ({"schedule": "0 6 2 * *", "time_zone": "Mars"}, "is not a time zone: 'Mars' is not in the time zone database"),
        ({"schedule": "0 6 2 * *", "catch_up": 0}, "greater than or equal to 1"),
    ],
)
def test_refuses(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Retrain.model_validate(settings)
