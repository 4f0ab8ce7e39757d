import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from assets.versions.shown import shown

YEAR_10000 = 253402300800


@pytest.mark.parametrize(
    ("values", "json"),
    [
        (pa.array([True, None]), [True, None]),
        (pa.array([2**60]), [2**60]),
        (pa.array([0.5, float("inf"), float("nan")]), [0.5, "inf", None]),
        (pa.array([b"\x00\xff"]), ["00ff"]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array([dt.date(2015, 7, 1)]), ["2015-07-01"]),
    ],
)
def test_a_value_is_json_or_its_text(values, json):
    assert shown(values) == json


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([YEAR_10000 * 10**6, 5, None], pa.timestamp("us")),
         ["10000-01-01 00:00:00.000000", "1970-01-01 00:00:00.000005", None]),
        (pa.array([-62135596801], pa.timestamp("s")), ["0000-12-31 23:59:59"]),
        (pa.array([YEAR_10000], pa.timestamp("s", "Asia/Tokyo")), ["10000-01-01 09:00:00+0900"]),
        (pa.array([2_932_897], pa.int32()).view(pa.date32()), ["10000-01-01"]),
        (pa.array([2**52]).view(pa.timestamp("s")), [f"<value out of range: {2**52}>"]),
        (pa.array([2**62]).view(pa.duration("s")), [str(2**62)]),
        (pa.array([[2**60], [5]], pa.list_(pa.timestamp("us"))),
         ["a list<item: timestamp[us]> that can't be shown", ["1970-01-01T00:00:00.000005"]]),
    ],
)  # fmt: skip
def test_a_time_that_python_does_not_have_is_shown_all_the_same(values, texts):
    assert shown(values) == texts
