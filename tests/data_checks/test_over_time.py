from datetime import UTC, datetime, timedelta

import pytest

from data_checks.over_time import Repeat, fresh, rows_as_before, unique_across_periods
from data_checks.verdict import Verdict

END = datetime(2024, 3, 1, tzinfo=UTC)
BEFORE = {"2023-11": 90, "2023-12": 110, "2024-01": 1000}


def rows(count: int, before: dict[str, int] = BEFORE, **limits: float | None) -> Verdict:
    return rows_as_before(count, before, **{"at_least": 0.5, "at_most": 2.0, **limits}, severity="warning")


def age(newest: datetime | None) -> Verdict:
    return fresh(newest, as_of=END, within=timedelta(days=3), column="day")


def test_as_many_rows_as_usual_pass_and_an_odd_period_among_those_before_does_not_count() -> None:
    verdict = rows(120)
    assert (verdict.check, verdict.passed, verdict.severity) == ("rows_as_before", True, "warning")
    assert verdict.summary == "120 rows, 1.09 times the 110 of 2023-11, 2023-12, 2024-01"
    assert verdict.evidence["usual"] == 110
    assert verdict.evidence["compared_with"] == BEFORE


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (54, "54 rows, 0.491 times the 110 of 2023-11, 2023-12, 2024-01, at least 0.5 times must be"),
        (221, "221 rows, 2.01 times the 110 of 2023-11, 2023-12, 2024-01, at most 2 times must be"),
    ],
)
def test_too_few_or_too_many_rows_fail(count: int, told: str) -> None:
    verdict = rows(count)
    assert not verdict.passed
    assert verdict.summary == (
        f"contract.over_time.rows is missed: {told}; look whether the source is whole, or widen the limit"
    )


def test_limits_themselves_are_met_and_one_may_be_absent() -> None:
    assert rows(55).passed
    assert rows(220).passed
    assert rows(10_000, at_most=None).passed
    assert rows(0, at_least=None).passed


def test_the_first_period_has_nothing_to_be_compared_with() -> None:
    verdict = rows(7, {})
    assert verdict.passed
    assert verdict.summary == "7 rows, and no earlier period is stored to compare with"


def test_rows_after_periods_without_any_are_too_many() -> None:
    assert "5 rows, against the 0 of 2024-01, at most 2" in rows(5, {"2024-01": 0}).summary
    assert rows(0, {"2024-01": 0}).passed


def test_rows_of_the_last_days_are_fresh() -> None:
    verdict = age(datetime(2024, 2, 27, tzinfo=UTC))
    assert (verdict.check, verdict.passed, verdict.severity) == ("fresh", True, "critical")
    assert verdict.summary == "the newest 'day' is 2024-02-27 00:00, 3 days old as of 2024-03-01 00:00"
    assert verdict.evidence["hours_old"] == 72


@pytest.mark.parametrize(
    ("newest", "seen"),
    [
        (datetime(2024, 2, 26, 23, tzinfo=UTC), "the newest is 2024-02-26 23:00, 3.04 days old"),
        (None, "no row has a time"),
    ],
)
def test_older_rows_are_not_fresh(newest: datetime | None, seen: str) -> None:
    verdict = age(newest)
    assert not verdict.passed
    assert verdict.summary == (
        f"contract.over_time.fresh is missed: of 'day' {seen} as of 2024-03-01 00:00, at most 3 days old may be; look "
        "whether the source is fed, or allow more"
    )


def test_keys_that_occur_once_pass() -> None:
    verdict = unique_across_periods(
        ["id"], rows=9, without_key=1, repeated=0, by_period={}, looked_at=["2024-01", "2024-02"]
    )
    assert (verdict.check, verdict.passed) == ("unique_across_periods", True)
    assert verdict.summary == "id: no key of 9 rows occurs in 2024-01, 2024-02"
    alone = unique_across_periods(["id"], rows=9, without_key=0, repeated=0, by_period={}, looked_at=[])
    assert alone.summary == "id: no earlier period is stored"


def test_a_key_of_an_earlier_period_fails_and_is_shown() -> None:
    examples = [Repeat(4, "2024-01", 17, {"id": "a"})]
    verdict = unique_across_periods(
        ["id", "shop"],
        rows=9,
        without_key=0,
        repeated=2,
        by_period={"2024-01": 1, "2023-11": 1},
        looked_at=["2023-11", "2023-12", "2024-01", "2024-02"],
        examples=examples,
        severity="warning",
    )
    assert not verdict.passed
    assert verdict.severity == "warning"
    assert verdict.summary == (
        "contract.over_time.unique is broken: 2 of 9 rows have a id, shop of an earlier period, in 2024-01, 2023-11, "
        "row 4 as row 17 of 2024-01, none may; take them out at their origin, or name a key that is unique"
    )
    assert verdict.evidence["examples"] == [{"id": "a", "in row": 4, "earlier period": "2024-01", "earlier row": 17}]
