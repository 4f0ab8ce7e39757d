import dagster as dg
import pytest

from assets.cron import cron


@pytest.mark.parametrize(
    "schedule",
    [
        "0 6 2 * *",
        "*/15 0-3,7 * * 1-5",
        "0 6 2 * MON",
        "0 6 2 jan-mar sun,7",
        "0 0 1/5 * *",
        "59 23 31 12 7",
        "0 0 29 2 *",
        "10-50/20 * * * *",
    ],
)
def test_dagster_takes_what_is_taken(schedule: str) -> None:
    assert cron(schedule) == schedule
    assert dg.ScheduleDefinition(name="x", job_name="y", cron_schedule=schedule).cron_schedule == schedule


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("* * * *", "is not a cron schedule: '* * * *' must have five fields; write such as '0 6 2 * *'"),
        ("0 0 0 6 2 *", "must have five fields"),
        ("@daily", "must have five fields"),
        ("60 * * * *", "is not a cron schedule: '60' is no minute from 0 to 59; write such as '0 6 2 * *'"),
        ("0 24 * * *", "'24' is no hour from 0 to 23"),
        ("0 0 0 * *", "'0' is no day of the month from 1 to 31"),
        ("0 0 * mon *", "'mon' is no month from 1 to 12"),
        ("0 0 * * 8", "'8' is no day of the week from 0 to 7"),
        ("1,,2 * * * *", "'1,,2' is no minute"),
        ("*/0 * * * *", "'*/0' is no minute"),
        ("? * * * *", "'?' is no minute"),
        ("5-1 * * * *", "'5-1' is no minute"),
        ("0 6 ² * *", "'²' is no day of the month"),
        ("0 0 31 4,6 *", "is never due: '0 0 31 4,6 *' names a day that its months do not have; write an earlier day"),
    ],
)
def test_refuses(schedule: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the whole message is compared
        cron(schedule)
    assert message in str(refused.value)
