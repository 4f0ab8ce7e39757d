import numpy as np
import pyarrow as pa
import pytest

from data_checks.cells import BITS, CELLS, cells_of, coarser, hours_of_week, tops_of

EXTREME = [
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-310,
    -1e-310,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    np.inf,
    -np.inf,
]


def numbers(seed: int, size: int = 5_000) -> np.ndarray:
    draw = np.random.default_rng(seed)
    bits = draw.integers(0, 2**64, size, dtype=np.uint64, endpoint=False).view(np.float64)
    near = draw.normal(0, 3, size) * 10.0 ** draw.integers(-4, 5, size)
    whole = draw.integers(2**53, 2**62, size).astype(float)
    found = np.concatenate([bits, near, whole, np.round(near), EXTREME])
    return np.asarray(found[~np.isnan(found)])


@pytest.mark.parametrize("seed", range(5))
def test_cells_ascend_with_the_numbers(seed: int) -> None:
    ordered = np.sort(numbers(seed))
    cells = cells_of(ordered)
    assert (np.diff(cells) >= 0).all()
    assert -CELLS // 2 <= cells.min() <= cells.max() < CELLS // 2


@pytest.mark.parametrize("seed", range(5))
def test_a_number_is_at_most_the_top_of_its_cell_and_above_that_of_the_cell_before(seed: int) -> None:
    drawn = numbers(seed)
    cells = cells_of(drawn)
    assert (cells_of(tops_of(cells)) == cells).all()
    assert (drawn <= tops_of(cells)).all()
    lowest = cells_of(np.array([-np.inf]))[0]
    above = cells > lowest
    assert (drawn[above] > tops_of(cells[above] - 1)).all()


def test_whole_numbers_up_to_8192_have_cells_of_their_own() -> None:
    assert len(np.unique(cells_of(np.arange(-8192.0, 8193.0)))) == 16_385
    assert len(np.unique(cells_of(np.arange(8192.0, 16_384.0)))) == 4096


@pytest.mark.parametrize("bits", range(BITS + 1))
def test_coarser_cells_end_with_the_greatest_number_that_shares_their_bits(bits: int) -> None:
    draw = np.random.default_rng(0)
    drawn = np.sort(draw.normal(0, 1, 2000) * 10.0 ** draw.integers(-9, 9, 2000))
    wide = coarser(cells_of(drawn), bits)
    assert (np.diff(wide) >= 0).all()
    tops = tops_of(wide)
    assert (drawn <= tops).all()
    assert (coarser(cells_of(tops), bits) == wide).all()
    assert (coarser(cells_of(np.nextafter(tops, np.inf)), bits) > wide).all()


def test_zero_has_one_cell_and_each_infinity_too() -> None:
    assert cells_of(np.array([0.0, -0.0])).tolist() == [0, 0]
    assert len(np.unique(cells_of(np.array(EXTREME[-4:])))) == 4


def test_hours_begin_on_monday() -> None:
    days = pa.array([4, 5, None, 10], pa.date32())  # 1970-01-05 was a Monday
    assert hours_of_week(days)[[0, 1, 3]].tolist() == [0, 24, 144]
    local = pa.array([4 * 86_400_000_000], pa.timestamp("us", "Europe/Berlin"))
    assert hours_of_week(local).tolist() == [1]
