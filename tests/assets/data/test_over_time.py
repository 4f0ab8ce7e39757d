import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.event_time import EventTimeError
from assets.data.over_time import OverTime, newest
from data_checks.verdict import Json


def batches(*columns: pa.Array) -> list[pa.RecordBatch]:
    return [pa.record_batch({"at": column}) for column in columns]


def test_the_newest_time_of_all_batches_in_utc() -> None:
    given = batches(pa.array([date(2024, 1, 3), None]), pa.array([], pa.date32()), pa.array([date(2024, 1, 2)]))
    assert newest(given, "at", "UTC") == datetime(2024, 1, 3, tzinfo=UTC)
    text = batches(pa.array(["2024-06-01T10:00:00", "2024-06-01T09:00:00"]))
    assert newest(text, "at", "Europe/Lisbon") == datetime(2024, 6, 1, 9, tzinfo=UTC)


def test_rows_without_a_time_have_no_newest() -> None:
    assert newest(batches(pa.array([None, None], pa.date32())), "at", "UTC") is None
    assert newest([], "at", "UTC") is None


def test_a_column_that_holds_no_times_is_refused() -> None:
    with pytest.raises(EventTimeError, match="column 'at' does not hold event times"):
        newest(batches(pa.array([1, 2])), "at", "UTC")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"rows": {}}, "contract.over_time.rows has no limit: neither at_least nor at_most is there; write one"),
        (
            {"rows": {"at_least": 3, "at_most": 2}},
            "contract.over_time.rows can't be met: at_least 3 is more than at_most 2; swap them",
        ),
        ({"rows": {"at_least": -1}}, "greater than or equal to 0"),
        ({"fresh": {"within": "soon"}}, "is no duration: 'soon' is no number of hours, days or weeks"),
        ({"unique": {"columns": []}}, "at least 1 item"),
        (
            {"unique": {"columns": ["a", "a"]}},
            "contract.over_time.unique.columns names one twice: a, a; name each once",
        ),
    ],
)
def test_refuses(section: Json, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        OverTime.model_validate_json(json.dumps(section))
