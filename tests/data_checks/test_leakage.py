import json

import numpy as np
import pyarrow as pa
import pytest

from data_checks.leakage import fitted_on_train_only, no_leakage

PARTS = ["train"] * 60 + ["validation"] * 60 + ["test"] * 60


def assignment(parts=PARTS, rows=None, periods=None):
    rows = list(range(len(parts))) if rows is None else rows
    return pa.table({"_period": periods or ["2026-01"] * len(parts), "_row": rows, "_part": parts})


def column(values):
    return pa.chunked_array([pa.array(values)])


def failed(verdict, message):
    assert verdict.check == "no_leakage"
    assert verdict.blocks
    assert message in verdict.summary
    json.dumps(verdict.evidence, allow_nan=False)


def test_passes_a_clean_split_and_counts_what_it_looked_at():
    verdict = no_leakage(
        assignment(), by="time", times=column(list(range(180))), groups=column([n // 3 for n in range(180)]),
        features=pa.table({"x": list(range(180))}),
    )  # fmt: skip
    assert verdict.passed
    assert verdict.summary == "60 train, 60 validation, 60 test rows share no row, key or later time"
    assert verdict.evidence["rows"] == {"train": 60, "validation": 60, "test": 60}
    assert verdict.evidence["times"]["test"] == {"min": 120, "max": 179}
    assert verdict.evidence["groups_in_several_parts"] == 0
    json.dumps(verdict.evidence, allow_nan=False)


def test_a_row_in_two_parts_is_a_leak():
    rows = list(range(180))
    rows[150] = 3
    failed(no_leakage(assignment(rows=rows), by="random"), "split assigned 1 rows more than once")


def test_the_same_row_number_in_two_periods_is_not_the_same_row():
    twice = assignment(rows=[n % 90 for n in range(180)], periods=["2026-01"] * 90 + ["2026-02"] * 90)
    assert no_leakage(twice, by="random").passed


def test_an_unknown_part_is_refused():
    failed(
        no_leakage(assignment(parts=[*PARTS[:-1], "holdout"]), by="random"), "split gave parts that are none: holdout"
    )


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, 130, "train reaches 130 and test begins at 120"),
        (0, 70, "train reaches 70 and validation begins at 60"),
        (61, 125, "validation reaches 125 and test begins at 120"),
    ],
)
def test_a_later_time_in_an_earlier_part_is_a_leak(place, value, message):
    times = list(range(180))
    times[place] = value
    failed(no_leakage(assignment(), by="time", times=column(times)), f"split.by time is broken: {message}")
    assert no_leakage(assignment(), by="random", times=column(times)).passed


def test_equal_times_on_both_sides_of_a_border_are_allowed():
    assert no_leakage(assignment(), by="time", times=column([0] * 180)).passed


def test_a_row_without_a_time_has_no_place_in_time():
    times = column([None, *range(1, 180)])
    failed(no_leakage(assignment(), by="time", times=times), "split.column has 1 rows without a time")


@pytest.mark.parametrize("other", [61, 121])
def test_a_group_in_two_parts_is_a_leak(other):
    groups = [f"guest {n}" for n in range(180)]
    groups[other] = "guest 0"
    verdict = no_leakage(assignment(), by="group", groups=column(groups))
    failed(verdict, "split.column has 1 of 179 groups in several parts")
    assert "guest" not in verdict.summary


def test_rows_without_a_group_are_groups_of_their_own():
    assert no_leakage(assignment(), by="group", groups=column(pa.nulls(180, pa.string()))).passed


def test_repeated_features_are_counted():
    features = pa.table({"x": [n % 90 for n in range(180)], "y": ["a"] * 180})
    verdict = no_leakage(assignment(), by="random", features=features)
    assert verdict.passed
    assert verdict.evidence["features_repeated_from_train"] == {
        "validation": {"rows": 30, "share": 0.5}, "test": {"rows": 30, "share": 0.5},
    }  # fmt: skip


@pytest.fixture
def leak():
    target = np.random.default_rng(0).integers(0, 2, 180)
    return {"features": pa.table({"status": target, "noise": list(range(180))}), "target": target, "task": "binary"}


def test_a_column_that_gives_the_target_away_is_a_leak(leak):
    verdict = no_leakage(assignment(), by="random", **leak)
    failed(verdict, "features.status gives the target away: alone it reaches 1.0000 on train and 1.0000 on validation")
    assert next(iter(verdict.evidence["strongest_columns"])) == "status"


def test_an_accepted_column_may_give_the_target_away(leak):
    assert no_leakage(assignment(), by="random", accepted=("status",), **leak).passed


def test_names_all_leaks_at_once(leak):
    rows = list(range(180))
    rows[150] = 3
    summary = no_leakage(assignment(rows=rows), by="random", **leak).summary
    assert "more than once" in summary
    assert "features.status" in summary


def test_passes_a_state_fitted_on_the_training_rows():
    verdict = fitted_on_train_only(rows_fitted=3, train_rows=3, fingerprint_fitted="ab", train_fingerprint="ab")
    assert verdict.passed
    assert verdict.summary == "fitted on the 3 training rows and no other"


@pytest.mark.parametrize(("rows", "fingerprint"), [(4, "ab"), (3, "cd")])
def test_refuses_a_state_fitted_on_other_rows(rows, fingerprint):
    verdict = fitted_on_train_only(
        rows_fitted=rows, train_rows=3, fingerprint_fitted=fingerprint, train_fingerprint="ab"
    )
    assert verdict.blocks
    assert (
        f"features were fitted on other rows: {rows} rows ({fingerprint}) instead of the 3 of train (ab)"
        in verdict.summary
    )
