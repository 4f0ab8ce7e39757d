import numpy as np
import pytest

from assets.release import intervals
from assets.release.intervals import draws, interval


def _all(rows, rounds, seed):
    return np.concatenate(list(draws(rows, rounds=rounds, seed=seed)))


def test_every_draw_takes_as_many_rows_as_there_are():
    weights = _all(50, 20, 0)
    assert weights.shape == (20, 50)
    assert (weights.sum(axis=1) == 50).all()


def test_equal_seeds_give_equal_draws_and_others_do_not():
    assert (_all(50, 20, 7) == _all(50, 20, 7)).all()
    assert (_all(50, 20, 7) != _all(50, 20, 8)).any()


def test_chunks_do_not_change_the_draws(monkeypatch):
    whole = _all(50, 20, 7)
    monkeypatch.setattr(intervals, "CHUNK", 150)
    assert len(next(draws(50, rounds=20, seed=7))) == 3
    assert (_all(50, 20, 7) == whole).all()


def test_holds_the_level_of_the_draws():
    assert interval(np.arange(1001.0), 0.95) == pytest.approx((25, 975))


def test_covers_the_true_mean_as_often_as_it_says():
    random = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        sample = random.normal(size=60)
        low, high = interval(_all(60, 200, int(random.integers(1_000_000))) @ sample / 60, 0.9)
        hits += low <= 0 <= high
    assert 0.82 <= hits / 200 <= 0.96


def test_leaves_out_a_few_undefined_draws_but_not_many():
    drawn = np.arange(100.0)
    drawn[:5] = np.nan
    assert interval(drawn, 0.9) is not None
    drawn[:20] = np.nan
    assert interval(drawn, 0.9) is None
