import numpy as np
import pytest

from data_checks import drift_limits as limits


def test_distances_leave_nulls_out():
    one, other = np.array([10, 0, 0, 5]), np.array([0, 0, 10, 0])
    assert limits.kolmogorov(one, other) == 1.0
    assert limits.total_variation(one, other) == 1.0
    assert limits.null_gap(one, other) == pytest.approx(1 / 3)


@pytest.mark.parametrize("distance", [limits.kolmogorov, limits.total_variation, limits.null_gap])
def test_counts_of_the_same_shares_are_no_distance_apart(distance):
    counts = np.array([3, 2, 1, 4])
    assert distance(counts, 7 * counts) == pytest.approx(0)
    assert np.isfinite(distance(counts, np.zeros(4, np.int64)))


def test_population_stability_index_equals_its_definition():
    reference, window = np.array([50, 50, 0]), np.array([30, 70, 0])
    expected = (0.3 - 0.5) * np.log(0.3 / 0.5) + (0.7 - 0.5) * np.log(0.7 / 0.5)
    assert limits.population_stability(reference, window) == pytest.approx(expected, rel=1e-3)


def test_joins_small_chunks_to_blocks_as_large_as_the_window_but_to_no_fewer_than_twenty():
    chunks = np.full((80, 3), 10)
    assert len(limits.joined(chunks, 30)) == 80
    assert limits.joined(chunks, 60).sum(axis=1).tolist() == [60] * 40
    assert len(limits.joined(chunks, 10_000)) == 20
    assert limits.joined(chunks, 10_000).sum() == chunks.sum()


def test_a_block_is_compared_with_the_reference_without_it():
    blocks = np.array([[10, 0, 0], [0, 10, 0], [0, 10, 0]])
    assert limits.from_the_rest(blocks, limits.kolmogorov).tolist() == [1.0, 0.5, 0.5]


@pytest.fixture
def alike():
    """Forty blocks of 200 values from one distribution, without nulls."""
    return np.random.default_rng(0).multinomial(200, [0.2, 0.2, 0.2, 0.2, 0.2, 0.0], size=40)


@pytest.mark.parametrize("rows", [50, 200, 20_000])
def test_healthy_windows_of_blocks_that_differ_by_luck_alone_differ_by_the_luck_of_their_size(alike, rows):
    healthy = limits.healthy_distances(alike, rows, limits.kolmogorov)
    assert len(healthy) == 40
    assert healthy.mean() * np.sqrt(rows) == pytest.approx(0.75, rel=0.35)


def test_healthy_windows_keep_what_really_changed_however_many_rows_they_have():
    blocks = np.array([[900, 100, 0], [1_100, 900, 0]] * 20)
    healthy = limits.healthy_distances(blocks, 10**6, limits.kolmogorov)
    found = limits.from_the_rest(blocks, limits.kolmogorov)
    assert healthy == pytest.approx(found, rel=0.1)


def test_healthy_windows_are_the_same_every_time(alike):
    once, again = (limits.healthy_distances(alike, 300, limits.total_variation) for _ in range(2))
    assert np.array_equal(once, again)


def test_empty_blocks_say_nothing(alike):
    blocks = np.concatenate([alike, np.zeros((3, 6), np.int64)])
    assert len(limits.healthy_distances(blocks, 100, limits.kolmogorov)) == 40


def test_distances_among_healthy_ones_are_counted_and_those_beyond_extrapolated():
    healthy = np.linspace(0.01, 0.05, 40)
    assert limits.p_value(0.0, healthy) == 1.0
    assert limits.p_value(0.05, healthy) == pytest.approx(2 / 41)
    assert limits.p_value(0.2, healthy) < 1e-4 < limits.p_value(0.08, healthy) < 1 / 41


def test_any_distance_is_beyond_blocks_that_never_differ():
    assert limits.p_value(0.1, np.zeros(20)) == 0.0
    assert limits.distance_at(0.01, np.zeros(20)) == 0.0


@pytest.mark.parametrize("chance", [0.5, 0.05, 0.02, 0.001, 1e-5])
def test_a_limit_is_the_distance_of_its_p_value(chance):
    healthy = np.random.default_rng(0).random(40) * 0.05
    limit = limits.distance_at(chance, healthy)
    assert limits.p_value(limit + 1e-9, healthy) <= chance + 1e-9
    assert limits.p_value(limit * 0.98, healthy) >= min(chance, 1 / 41)


def test_p_values_of_healthy_distances_are_not_too_small():
    rng = np.random.default_rng(0)
    noise = np.abs(rng.normal(size=(400, 41, 6))).max(axis=2)
    p_values = np.array([limits.p_value(row[0], row[1:]) for row in noise])
    assert (p_values < 0.01).mean() <= 0.02


def test_false_discoveries_are_held_over_all_columns():
    assert limits.discovery_chance([0.2, 0.5]) == pytest.approx(0.025)
    assert limits.discovery_chance([0.001, 0.9, 0.02, 0.8]) == pytest.approx(0.025)
    assert limits.discovery_chance([0.001, 0.02, 0.03, 0.8]) == pytest.approx(0.0375)
    assert limits.discovery_chance([]) == pytest.approx(0.05)
