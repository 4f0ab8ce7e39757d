import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_checks.drift import EmptyWindowError, compare, no_drift, performance
from data_checks.profile import Profile, ProfileError, count, profile, time_chunks

COLUMNS = 10
KINDS = {f"c{n}": "category" if n % 5 == 4 else "number" for n in range(COLUMNS)}
CHUNKS = 40
CHUNK_ROWS = 500


def window(rng, rows=2_000, shift=0.0, missing=0.05):
    """Ten columns whose means wander by 0.03 standard deviations; c0 and c4 can be shifted, c1 can go missing."""
    made = {}
    for n in range(COLUMNS):
        values = rng.normal(rng.normal(0, 0.03) + (shift if n == 0 else 0), 1, rows)
        if n % 5 == 4:
            weights = np.array([8, 6, 4, 2, 1]) * np.exp(rng.normal(0, 0.02, 5))
            weights[0] += 20 * shift if n == 4 else 0
            values = np.array(list("abcde"), object)[rng.choice(5, rows, p=weights / weights.sum())]
        if n % 5 == 2:
            values = np.round(values)
        made[f"c{n}"] = pa.array(values, mask=rng.random(rows) < (missing if n == 1 else 0.02))
    return pa.table(made)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(0)
    rows = pa.concat_tables([window(rng, CHUNK_ROWS) for _ in range(CHUNKS)])
    return profile(rows, KINDS, np.repeat(np.arange(CHUNKS), CHUNK_ROWS))


def drifted(reference, rows):
    return [drift.column for drift in compare(reference, rows) if drift.drifted]


@pytest.mark.parametrize("rows", [300, 2_000, 10_000])
def test_healthy_windows_stay_quiet(reference, rng, rows):
    alarms = [bool(drifted(reference, window(rng, rows))) for _ in range(25)]
    assert sum(alarms) <= 2


def test_finds_a_small_shift_of_a_number(reference, rng):
    found = [drifted(reference, window(rng, 10_000, shift=0.25)) for _ in range(15)]
    assert sum("c0" in columns for columns in found) >= 14


def test_finds_a_moved_share_of_a_category(reference, rng):
    assert "c4" in drifted(reference, window(rng, shift=0.5))


def test_finds_values_that_went_missing(reference, rng):
    (drift,) = [d for d in compare(reference, window(rng, missing=0.2)) if d.drifted]
    assert drift.column == "c1"
    assert drift.null_gap > drift.null_limit
    assert drift.distance <= drift.limit


def test_finds_a_category_never_seen(reference, rng):
    rows = window(rng)
    rows = rows.set_column(4, "c4", pa.array(["new"] * rows.num_rows))
    (drift,) = [d for d in compare(reference, rows) if d.drifted]
    assert (drift.column, drift.distance) == ("c4", 1.0)
    assert drift.psi > 1


def test_an_effect_under_the_floor_is_let_pass_however_certain_it_is():
    still = pa.table({"x": np.tile(np.arange(100.0), 200)})
    made = profile(still, {"x": "number"}, np.repeat(np.arange(40), 500))
    (drift,) = compare(made, pa.table({"x": np.tile(np.arange(100.0), 200) + 4}))
    assert (round(drift.distance, 3), drift.limit, drift.drifted) == (0.04, 0.05, False)
    (drift,) = compare(made, pa.table({"x": np.tile(np.arange(100.0), 200) + 7}))
    assert drift.drifted


def test_drifted_means_over_a_limit(reference, rng):
    for drift in compare(reference, window(rng, shift=0.3)):
        assert drift.drifted is (drift.distance > drift.limit or drift.null_gap > drift.null_limit)


def test_says_where_limits_come_from_and_how_far_chunks_were(reference, rng):
    drift = compare(reference, window(rng, 1_000))[0]
    assert drift.method == "calibrated on 20 blocks of 40 chunks of the reference"
    assert drift.chunks == len(drift.history) == CHUNKS
    assert 0 < max(drift.history) < 0.2
    assert drift.rows == 1_000


def test_takes_fixed_limits_under_twenty_chunks_and_says_so(rng):
    rows = pa.concat_tables([window(rng, CHUNK_ROWS) for _ in range(12)])
    made = profile(rows, KINDS, np.repeat(np.arange(12), CHUNK_ROWS))
    drift = compare(made, window(rng, shift=0.5))[0]
    assert drift.method == "fixed limits: 12 chunks of the reference, under 20"
    assert (drift.limit, drift.drifted) == (0.1, True)
    few = compare(made, window(rng, 60))[0]
    assert few.limit > 0.2
    assert not few.drifted


def test_a_reference_without_chunks_has_fixed_limits_and_no_history(rng):
    drift = compare(profile(window(rng), KINDS), window(rng))[0]
    assert drift.history == ()
    assert drift.method == "fixed limits: 1 chunks of the reference, under 20"


def test_too_few_values_are_not_judged(reference, rng):
    rows = window(rng)
    rows = rows.set_column(0, "c0", pa.array([9.0] * 20 + [None] * (rows.num_rows - 20)))
    drift = compare(reference, rows)[0]
    assert drift.method == "not judged: fewer than 30 values"
    assert drift.distance == 0
    assert drift.drifted, "its values went missing"


def test_compares_counts_as_well_as_rows(reference, rng):
    rows = window(rng)
    assert compare(reference, count(reference, rows)) == compare(reference, rows)
    stored = Profile.from_json(json.loads(json.dumps(reference.to_json())))
    assert compare(stored, rows) == compare(reference, rows)


def test_refuses_an_empty_window(reference, rng):
    with pytest.raises(EmptyWindowError, match="monitor has no rows to compare: 0 rows in this window"):
        compare(reference, window(rng, 10).slice(0, 0))


def test_refuses_a_window_without_a_column(reference, rng):
    with pytest.raises(ProfileError, match=r"profile\.c0 is missing"):
        compare(reference, window(rng).drop_columns(["c0"]))


def test_no_drift_warns_and_names_the_columns(reference, rng):
    verdict = no_drift(compare(reference, window(rng, missing=0.3, shift=0.6)))
    assert (verdict.check, verdict.passed, verdict.severity, verdict.blocks) == ("no_drift", False, "warning", False)
    assert "monitor.drift found 3 of 10 columns moved in 2000 rows: " in verdict.summary
    assert "c1 missing 0.2" in verdict.summary
    assert set(verdict.evidence["drifted"]) == {"c0", "c1", "c4"}
    assert list(verdict.evidence["columns"])[:3] == verdict.evidence["drifted"]
    json.dumps(verdict.evidence, allow_nan=False)


def test_no_drift_passes_a_healthy_window(reference, rng):
    verdict = no_drift(compare(reference, window(rng)))
    assert verdict.passed
    assert verdict.summary == "2000 rows look like the reference in all 10 columns"
    assert no_drift(()).passed


@pytest.mark.parametrize(
    ("metric", "was", "now", "passed"),
    [
        ("roc_auc", 0.80, 0.76, True),
        ("roc_auc", 0.80, 0.74, False),
        ("roc_auc", 0.80, 0.90, True),
        ("mae", 10.0, 10.04, True),
        ("mae", 10.0, 10.06, False),
        ("mae", 10.0, 5.0, True),
    ],
)
def test_performance_is_judged_in_the_direction_of_its_metric(metric, was, now, passed):
    verdict = performance(metric, was=was, now=now, limit=0.05, rows=500)
    assert (verdict.check, verdict.passed, verdict.severity) == ("performance", passed, "warning")
    if not passed:
        assert f"monitor.performance fell: {metric}" in verdict.summary


def test_performance_says_whose_rows_these_are():
    verdict = performance("roc_auc", was=0.8, now=0.7, limit=0.05, rows=500, of="2016-01, scored by version 1")
    assert verdict.summary.startswith(
        "monitor.performance fell: roc_auc 0.7 on 500 labelled rows of 2016-01, scored by version 1, 0.8 at evaluation"
    )


def test_performance_without_labels_is_not_judged():
    verdict = performance("roc_auc", was=0.8, now=None, limit=0.05, rows=0)
    assert (verdict.passed, verdict.summary) == (True, "not judged: no labels have arrived yet")


@pytest.mark.parametrize("now", [None, float("nan")])
def test_performance_that_is_not_defined_fails(now):
    verdict = performance("roc_auc", was=0.8, now=now, limit=0.05, rows=3)
    assert not verdict.passed
    assert "monitor.performance has no roc_auc: 3 labelled rows do not define it" in verdict.summary
    json.dumps(verdict.evidence, allow_nan=False)


@pytest.fixture(scope="module")
def bookings():
    names = ["arrival_date_year", "arrival_date_week_number", "lead_time", "adults", "total_of_special_requests"]
    rows = pq.read_table("pipelines/hotel_cancellations/bookings.parquet", columns=[*names, "hotel", "market_segment"])
    week = rows["arrival_date_year"].to_numpy() * 53 + rows["arrival_date_week_number"].to_numpy()
    return rows.append_column("week", pa.array(week))


BOOKED = {
    "lead_time": "number", "adults": "number", "total_of_special_requests": "number", "hotel": "category",
    "market_segment": "category",
}  # fmt: skip


def test_the_seasons_of_a_real_year_are_no_drift_and_a_broken_source_is(bookings):
    week = bookings["week"].to_numpy()
    for start in range(week.min() + 53, week.max() - 4, 8):
        past = bookings.filter(pa.array((week < start) & (week >= start - 53)))
        month = bookings.filter(pa.array((week >= start) & (week < start + 4)))
        made = profile(past, BOOKED, time_chunks(past["week"]))
        assert drifted(made, month) == []
    broken = month.set_column(month.column_names.index("adults"), "adults", pa.array([0] * month.num_rows))
    assert drifted(made, broken) == ["adults"]
