from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from data_checks.pandas_rows import in_column_types, to_pandas


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (pa.array([1, 2]), "int64"),
        (pa.array([1, None]), "float64"),
        (pa.array([2**60, None]), "Int64"),
        (pa.array([True, False]), "bool"),
        (pa.array([True, None]), "object"),
        (pa.array(["a", None]), "object"),
        (pa.array(["a", "b"], pa.large_string()), "object"),
        (pa.array(["a", None]).dictionary_encode(), "object"),
        (pa.array([Decimal("1.5"), None]), "float64"),
        (pa.array([date(2026, 1, 1), None]), "datetime64[ms]"),
        (pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")), "datetime64[us, UTC]"),
        (pa.nulls(2), "object"),
    ],
)
def test_takes_the_classic_types(column, dtype):
    frame = to_pandas(pa.table({"x": column}))
    assert str(frame["x"].dtype) == dtype
    assert frame["x"].isna().sum() == column.null_count


def test_numbers_rows_anew_and_hides_our_own_columns():
    frame = to_pandas(pa.table({"_row": [7, 8, 9], "x": [1, 2, 3]}).slice(1))
    assert list(frame.columns) == ["x"]
    assert list(frame.index) == [0, 1]


def test_keeps_great_integers_exactly():
    assert to_pandas(pa.table({"x": [2**60 + 1, None]}))["x"][0] == 2**60 + 1


SCHEMA = pa.schema([("day", pa.date32()), ("at", pa.timestamp("us", "Europe/Lisbon")), ("adr", pa.float64())])


def test_reads_times_in_the_zone_of_their_column():
    bounds = in_column_types({"column": "at", "min_value": "2026-07-01", "max_value": "2026-07-01T00:00:00Z"}, SCHEMA)
    assert bounds["min_value"] == pd.Timestamp("2026-07-01", tz="Europe/Lisbon")
    assert bounds["max_value"] == pd.Timestamp("2026-07-01", tz="UTC")
    assert in_column_types({"column": "day", "value_set": ["2026-07-01"]}, SCHEMA)["value_set"] == [
        pd.Timestamp("2026-07-01")
    ]


@pytest.mark.parametrize("column", ["adr", "unknown", None])
def test_leaves_other_arguments_alone(column):
    arguments = {"column": column, "min_value": "2026-07-01", "strict_min": True}
    assert in_column_types(arguments, SCHEMA) == arguments
