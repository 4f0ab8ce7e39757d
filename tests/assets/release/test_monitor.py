from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from assets.data.period import Partitions
from assets.data.period_slices import PeriodSlices
from assets.release.monitor import Labelled, Monitor, feature_counts, labelled_period, monitor, reference_profile
from data_checks.drift import EmptyWindowError
from data_checks.grid import gridded
from data_checks.profile import Profile, count, profile

COLUMNS = {"adr": "number", "hotel": "category"}


def rows(count: int, *, seed: int, shift: float = 0.0) -> pa.Table:
    draw = np.random.default_rng(seed)
    return pa.table(
        {
            "adr": draw.normal(100 + shift, 20, count),
            "hotel": draw.choice(["City", "Resort"], count),
            "_row": range(count),
        }
    )


def predictions(count: int, *, seed: int, shift: float = 0.0) -> pa.Table:
    probability = np.clip(np.random.default_rng(seed).beta(2, 3, count) + shift, 0, 1)
    return pa.table({"_row": range(count), "prediction": probability > 0.5, "probability": probability})


@pytest.fixture(scope="module")
def reference() -> Profile:
    times = pa.chunked_array([np.arange(8000)])
    return reference_profile(rows(8000, seed=0), predictions(8000, seed=1), columns=COLUMNS, times=times, chunks=40)


def test_the_profile_survives_storage_and_has_its_chunks(reference: Profile) -> None:
    assert list(reference.columns) == ["adr", "hotel", "_prediction", "_probability"]
    assert reference.chunks == 40
    assert Profile.from_json(reference.to_json()).to_json() == reference.to_json()


def test_a_healthy_window_is_quiet(reference: Profile) -> None:
    seen = monitor(reference, rows(2000, seed=2), predictions(1900, seed=3), settings=Monitor())
    assert [verdict.check for verdict in seen.verdicts] == ["no_drift", "performance"]
    assert all(verdict.passed for verdict in seen.verdicts)
    assert [drift.rows for drift in seen.drifts] == [2000, 2000, 1900, 1900]


def test_a_moved_feature_is_found(reference: Profile) -> None:
    seen = monitor(reference, rows(2000, seed=2, shift=15), predictions(2000, seed=3), settings=Monitor())
    assert [drift.column for drift in seen.drifts if drift.drifted] == ["adr"]
    assert not seen.verdicts[0].passed
    assert seen.verdicts[0].severity == "warning"


def test_moved_predictions_are_found(reference: Profile) -> None:
    seen = monitor(reference, rows(2000, seed=2), predictions(2000, seed=3, shift=0.15), settings=Monitor())
    assert {drift.column for drift in seen.drifts if drift.drifted} == {"_prediction", "_probability"}


@pytest.mark.parametrize(
    ("settings", "columns"),
    [
        (Monitor(features=False), ["_prediction", "_probability"]),
        (Monitor(predictions=False), ["adr", "hotel"]),
        (Monitor(features=False, predictions=False), []),
    ],
)
def test_only_what_is_declared_is_compared(reference: Profile, settings: Monitor, columns: list[str]) -> None:
    seen = monitor(reference, rows(2000, seed=2), predictions(2000, seed=3), settings=settings)
    assert [drift.column for drift in seen.drifts] == columns


def test_no_rows_say_so(reference: Profile) -> None:
    with pytest.raises(EmptyWindowError, match="0 rows in this window"):
        monitor(reference, rows(0, seed=2), predictions(0, seed=3), settings=Monitor())


def test_without_times_limits_are_fixed() -> None:
    one = reference_profile(rows(500, seed=0), predictions(500, seed=1), columns=COLUMNS, times=None, chunks=40)
    seen = monitor(one, rows(500, seed=2), predictions(500, seed=3), settings=Monitor())
    assert one.chunks == 1
    assert all("fixed limits" in drift.method for drift in seen.drifts)


def in_periods(table: pa.Table, size: int) -> list[pa.Table]:
    """Return the counts of rows that lie in periods of so many rows, ten slices each."""
    at = np.arange(size) * PeriodSlices.most // size
    return [gridded(table.slice(start, size), at) for start in range(0, table.num_rows, size)]


def test_a_reference_of_periods_counts_is_quiet_and_finds_what_moved_as_one_of_rows_does() -> None:
    table = rows(8000, seed=0)
    times = pa.chunked_array([np.arange(8000)])
    said = predictions(8000, seed=1)
    counts = in_periods(table, 2000)
    by_count = reference_profile(table, said, columns=COLUMNS, times=times, chunks=40, counts=counts)
    by_row = reference_profile(table, said, columns=COLUMNS, times=times, chunks=40)
    assert [len(column.counts) for column in by_count.columns.values()] == [40] * 4
    for shift in (0.0, 15.0):
        window = rows(2000, seed=2, shift=shift)
        counted = feature_counts(by_count, in_periods(window, 2000)[0], unread)
        mine, theirs = (
            monitor(reference, seen, predictions(2000, seed=3), settings=Monitor()).drifts
            for reference, seen in ((by_count, counted), (by_row, window))
        )
        assert [drift.drifted for drift in mine] == [drift.drifted for drift in theirs] == [shift > 0, *[False] * 3]
        assert max(abs(a.distance - b.distance) for a, b in zip(mine, theirs, strict=True)) < 0.01


def unread(columns: object) -> pa.Table:
    raise AssertionError(f"{columns} were read")


def test_what_counts_do_not_tell_is_read_from_the_rows() -> None:
    reference = profile(rows(8000, seed=0), COLUMNS)
    window = rows(500, seed=2)
    (counts,) = in_periods(window, 500)
    asked: list[list[str]] = []

    def read(columns: Sequence[str]) -> pa.Table:
        asked.append(list(columns))
        return window.select(list(columns))

    expected = count(Profile({name: reference.columns[name] for name in COLUMNS}), window).columns
    for given in (counts, None):
        counted = feature_counts(reference, given, read)
        assert list(counted.columns) == list(COLUMNS)
        for name, column in counted.columns.items():
            assert column.counts.tolist() == expected[name].counts.tolist()
    assert asked == [["adr"], ["adr", "hotel"]]  # bins of earlier references, chosen by rows, end within cells


def test_a_reference_of_rows_has_bins_into_which_counts_of_a_window_fit(reference: Profile) -> None:
    window = rows(500, seed=2)
    counted = feature_counts(reference, in_periods(window, 500)[0], unread)
    expected = count(Profile({name: reference.columns[name] for name in COLUMNS}), window)
    for name, column in counted.columns.items():
        assert column.counts.tolist() == expected.columns[name].counts.tolist()


def test_a_reference_of_rows_is_counted_as_rows_where_the_grid_can_not(reference: Profile) -> None:
    table = rows(300, seed=0).set_column(1, "hotel", pa.array(np.arange(300) / 7))
    made = reference_profile(table, predictions(300, seed=1), columns=COLUMNS, times=None, chunks=40)
    assert made.columns["hotel"].values == profile(table, COLUMNS).columns["hotel"].values
    assert [len(column.counts) for column in made.columns.values()] == [1] * 4


def labelled(share_right: float) -> Labelled:
    truth = np.arange(1000) % 2
    right = np.random.default_rng(0).random(1000) < share_right
    return Labelled("accuracy", 0.9, truth, np.where(right, truth, 1 - truth).astype(float))


@pytest.mark.parametrize(("share_right", "passed"), [(0.9, True), (0.7, False)])
def test_performance_is_judged_when_labels_arrive(reference: Profile, share_right: float, passed: bool) -> None:
    window = (rows(2000, seed=2), predictions(2000, seed=3))
    seen = monitor(reference, *window, settings=Monitor(may_lose=0.05), labelled=labelled(share_right))
    assert seen.verdicts[1].passed is passed
    assert seen.verdicts[1].evidence["rows"] == 1000


def test_without_labels_performance_is_not_judged(reference: Profile) -> None:
    nothing = Labelled("accuracy", 0.9, np.empty(0), np.empty(0))
    window = (rows(2000, seed=2), predictions(2000, seed=3))
    for given in (None, nothing):
        verdict = monitor(reference, *window, settings=Monitor(), labelled=given).verdicts[1]
        assert verdict.passed
        assert "no labels have arrived yet" in verdict.summary


@pytest.mark.parametrize(
    ("wait", "key", "due"),
    [
        ("60 days", "2016-05", "2016-03"),
        ("14 days", "2016-05", "2016-04"),
        ("60 days", "2016-02", None),
        (None, "2016-05", None),
    ],
)
def test_labels_are_due_a_while_after_a_period(wait: str | None, key: str, due: str | None) -> None:
    partitions = Partitions(every="month", column="arrival", start="2016-01")
    found = labelled_period(partitions, partitions.period(key), Monitor(labels_after=wait))
    assert (found.key if found else None) == due


def test_a_wait_is_a_duration() -> None:
    with pytest.raises(ValueError, match="is no duration: 'soon' is no number of hours, days or weeks"):
        Monitor(labels_after="soon")
