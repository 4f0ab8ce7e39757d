from datetime import date

import pyarrow as pa
import pytest

from assets.data.preprocess import Counts, Preprocessed
from assets.data.quarantine_reasons import example_of, in_table, quarantine_reasons

DONE = Preprocessed(Counts(9, 5, 4, 0, 0), (), (), {"b": 1, "a": 1, "c": 3}, {"c": "'x'"})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (pa.array(["far"]), "'far'"),
        (pa.array(["far"]).dictionary_encode(), "'far'"),
        (pa.array([1.5]), "1.5"),
        (pa.array([float("inf")]), "inf"),
        (pa.array([date(2024, 1, 2)]), "2024-01-02"),
        (pa.array([253402300800 * 10**6], pa.timestamp("us")), "10000-01-01 00:00:00.000000"),
        (pa.array([None], pa.string()), ""),
        (pa.array([[1]]), ""),
        (pa.array(["x" * 99]), "'" + "x" * 39 + "…"),
    ],
)
def test_a_value_is_shown_as_it_came_and_short(value, shown):
    assert example_of(pa.chunked_array([value]), 0) == shown


def test_the_commonest_comes_first_with_its_example():
    assert quarantine_reasons(DONE) == [
        {"reason": "c", "rows": 3, "for example": "'x'"},
        {"reason": "a", "rows": 1, "for example": ""},
        {"reason": "b", "rows": 1, "for example": ""},
    ]


def test_rows_of_several_reasons_are_said_together():
    assert in_table(quarantine_reasons(DONE), quarantined=4)[-1]["rows"] == 4
    assert len(in_table(quarantine_reasons(DONE), quarantined=5)) == 3
