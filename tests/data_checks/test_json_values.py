import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from data_checks.json_values import json_value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        (np.array([1, 2]), [1, 2]),
        (float("nan"), None),
        (float("-inf"), "-inf"),
        ([b"\x00\xff"], ["00ff"]),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        ({1: (date(2026, 1, 2), Decimal("1.50"))}, {"1": ["2026-01-02", "1.50"]}),
    ],
)
def test_makes_values_plain(value, plain):
    assert json_value(value) == plain
    assert type(json_value(value)) is type(plain)
    json.dumps(json_value(value), allow_nan=False)
