import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from pydantic import ValidationError

from assets.data.period import Partitions, Period, PeriodError

CRONS = {"hour": "0 * * * *", "day": "0 0 * * *", "week": "0 0 * * 0", "month": "0 0 1 * *"}


def partitions(every: str = "month", start: str = "2015-07", **more: str) -> Partitions:
    return Partitions.model_validate_json(json.dumps({"every": every, "column": "at", "start": start, **more}))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Lisbon", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo"])
@pytest.mark.parametrize(
    ("every", "start", "days"),
    [
        ("hour", "2015-10-16-00:00", 20),
        ("day", "2015-03-01", 300),
        ("week", "2015-03-01", 400),
        ("month", "2015-01", 900),
    ],
)
def test_agrees_with_dagster_on_keys_and_bounds(zone, every, start, days):
    ours = partitions(every, start, time_zone=zone)
    theirs = dg.TimeWindowPartitionsDefinition(
        start=start, fmt=ours.key_format, cron_schedule=CRONS[every], timezone=zone
    )
    now = ours.period(start).start + timedelta(days=days)
    with dg.partition_loading_context(effective_dt=now):
        keys = list(theirs.get_partition_keys())
    periods = ours.between(start, ours.newest_complete(now).key)
    assert [period.key for period in periods] == keys
    windows = [theirs.time_window_for_partition_key(key) for key in keys]
    assert [(p.start, p.end) for p in periods] == [(w.start.astimezone(UTC), w.end.astimezone(UTC)) for w in windows]
    assert [ours.period(key) for key in keys] == list(periods)


def test_the_last_period_ends_where_dagster_ends():
    ours = partitions(end="2017-08")
    theirs = dg.TimeWindowPartitionsDefinition(
        start=ours.start, end=ours.end_exclusive(), fmt=ours.key_format, cron_schedule=CRONS["month"]
    )
    assert theirs.get_last_partition_key() == "2017-08"
    assert ours.newest_complete(datetime(2030, 1, 1, tzinfo=UTC)).key == "2017-08"
    assert partitions().end_exclusive() is None


def test_a_month_is_half_open_in_its_zone():
    period = partitions(time_zone="Europe/Lisbon").period("2015-07")
    assert period.start == datetime(2015, 6, 30, 23, tzinfo=UTC)
    assert period.end == datetime(2015, 7, 31, 23, tzinfo=UTC)
    assert period.time_zone == "Europe/Lisbon"


def test_newest_complete_is_the_last_that_ended():
    months = partitions()
    end = datetime(2015, 9, 1, tzinfo=UTC)
    assert months.newest_complete(end).key == "2015-08"
    assert months.newest_complete(end - timedelta(microseconds=1)).key == "2015-07"
    assert months.newest_complete(datetime(2015, 7, 31, tzinfo=UTC)) is None
    assert months.newest_complete(datetime(1999, 7, 31, tzinfo=UTC)) is None


def test_trailing_ascends_to_the_key_and_is_cut_off_at_the_start():
    months = partitions()
    assert [p.key for p in months.trailing("2016-01", 3)] == ["2015-11", "2015-12", "2016-01"]
    assert [p.key for p in months.trailing("2015-08", 12)] == ["2015-07", "2015-08"]


def test_between_is_empty_the_wrong_way_round():
    assert partitions().between("2015-09", "2015-08") == ()


def test_periods_are_ordered_by_start():
    early, late = partitions().between("2015-12", "2016-01")
    assert early < late
    assert Period("other name", early.start, early.end) == early


@pytest.mark.parametrize("key", ["2015-7", "2015-07-01", "July", "2015-13", ""])
def test_refuses_a_malformed_key(key):
    with pytest.raises(
        PeriodError, match=r"partitions\.key is not the key of a month: .* does not read like '2015-07'; write"
    ):
        partitions().period(key)


def test_refuses_a_key_outside():
    months = partitions(end="2015-09")
    with pytest.raises(PeriodError, match=r"partitions\.start lies after the period asked for: '2015-06'"):
        months.period("2015-06")
    with pytest.raises(PeriodError, match=r"partitions\.end lies before the period asked for: '2015-10'"):
        months.period("2015-10")


def test_refuses_a_week_that_does_not_begin_on_sunday():
    with pytest.raises(ValidationError, match="'2015-07-01' is a Wednesday, weeks begin on Sunday; write '2015-06-28'"):
        partitions("week", "2015-07-01")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"start": "2015"}, r"partitions\.start is not the key of a month: '2015'"),
        ({"end": "2015-06"}, r"partitions\.end lies before partitions\.start: '2015-06' < '2015-07'"),
        ({"time_zone": "Lisbon"}, r"partitions\.time_zone is unknown: 'Lisbon' must be an IANA name"),
        ({"time_zone": "../etc"}, r"partitions\.time_zone is unknown"),
    ],
)
def test_refuses_senseless_settings(more, message):
    with pytest.raises(ValidationError, match=message):
        partitions(**more)


def test_the_second_of_two_equal_hours_holds_its_own_instants():
    hours = Partitions(every="hour", column="at", start="2024-10-27-00:00", time_zone="Europe/Lisbon")
    instant = datetime(2024, 10, 27, 1, 30, tzinfo=UTC)
    period = hours.holding(instant)
    assert period.start <= instant < period.end
    assert hours.newest_complete(instant).end == period.start


def test_known_keys_run_from_the_start_to_the_last_that_ended():
    months = Partitions(every="month", column="day", start="2015-07")
    assert months.keys_known(datetime(2015, 10, 1, tzinfo=UTC)) == ("2015-07", "2015-09")
    assert months.keys_known(datetime(2015, 7, 31, tzinfo=UTC)) == ("2015-07", "2015-07")
