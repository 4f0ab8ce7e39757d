from itertools import pairwise

import numpy as np
import pytest

from data_checks.one_pass.numbers import Numbers

DRAWN = np.random.default_rng(0).integers(-50, 50, 300)


def kept(values, in_memory, part=7):
    numbers = Numbers(in_memory)
    for start in range(0, len(values), part):
        numbers.add(values[start : start + part])
    return numbers


@pytest.mark.parametrize("in_memory", [10, 64, 1000])
@pytest.mark.parametrize("values", [DRAWN, DRAWN / 4, np.full(100, 3), np.arange(100), DRAWN.astype(np.uint64)])
def test_gives_all_back_in_order_also_from_disk(values, in_memory):
    numbers = kept(values, in_memory)
    parts = list(numbers.distinct())
    assert np.concatenate([np.repeat(*part) for part in parts]).tolist() == np.sort(values).tolist()
    assert all(one[-1] < other[0] for (one, _), (other, _) in pairwise(parts))
    assert numbers.count == len(values)
    assert [int(place) for place in numbers.at([len(values) - 1, 0])] == [int(values.max()), int(values.min())]


@pytest.mark.parametrize("in_memory", [10, 1000])
def test_finds_what_repeats(in_memory):
    values, counts = np.unique(DRAWN, return_counts=True)
    assert kept(DRAWN, in_memory).repeated().tolist() == values[counts > 1].tolist()
    distinct = list(kept(DRAWN, in_memory).distinct())
    assert np.concatenate([part for part, _ in distinct]).tolist() == values.tolist()
    assert np.concatenate([part for _, part in distinct]).tolist() == counts.tolist()


def test_holds_no_more_in_memory_than_it_may():
    numbers = kept(DRAWN, 64)
    assert max(len(values) for values, _ in numbers.distinct()) < 200


@pytest.mark.parametrize("values", [np.zeros(5000, np.int64), np.append(np.zeros(4000, np.int64), np.arange(1000))])
def test_one_number_that_comes_very_often_takes_no_more_memory(values):
    numbers = kept(values, 64, part=50)
    parts = list(numbers.distinct())
    assert max(len(held) for held, _ in parts) < 200
    assert np.concatenate([np.repeat(*part) for part in parts]).tolist() == np.sort(values).tolist()
    assert numbers.at([3999, len(values) - 1]) == [0, int(values.max())]
    assert numbers.repeated().tolist() == [0]


def test_many_numbers_come_back_in_many_parts():
    assert len(list(kept(np.random.default_rng(0).permutation(1000), 64).distinct())) > 5


def test_knows_what_ascends_without_a_repeat():
    assert kept(np.arange(50), 1000).strictly_ascending
    assert not kept(np.array([1, 2, 2]), 1000).strictly_ascending
    assert not kept(np.array([1, 2, 3, 0]), 1000, part=2).strictly_ascending


def test_of_nothing_nothing_repeats():
    assert not len(Numbers().repeated())
    assert list(Numbers().distinct()) == []
