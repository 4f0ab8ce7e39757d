"""How far apart healthy windows of one reference are, and from where on a distance is more than that.

Significance of a test says that two samples differ, which all real windows do. Limits here come from the reference's
own time chunks: how far each is from the rest. A distance beyond all of them gets its p-value from a Student t
predictive distribution of the fourth roots of their distances: simulated on distances that are pure noise, pure shifts
or both, with 20 to 100 chunks, such a p-value is too small by a factor of 1.7 at worst, and mostly too large.
"""

from collections.abc import Callable, Sequence

import numpy as np

FEWEST_CHUNKS = 20
FALSE_DISCOVERIES = 0.05
_ROOT = 0.25
_NOISE = 1.63  # sqrt(ln(1 / 0.005) / 2): 1 % point of a Kolmogorov distance, times 1 / sqrt(rows)

Distance = Callable[[np.ndarray, np.ndarray], float]


def kolmogorov(one: np.ndarray, other: np.ndarray) -> float:
    """Greatest gap between two cumulative shares, from counts in the same ordered bins, nulls last and left out.

    >>> kolmogorov(np.array([5, 5, 0]), np.array([10, 0, 3]))
    0.5
    """
    return float(np.abs(np.cumsum(_shares(one)) - np.cumsum(_shares(other))).max(initial=0.0))


def total_variation(one: np.ndarray, other: np.ndarray) -> float:
    """Half the sum of the differences of shares, from counts in the same bins, nulls last and left out.

    >>> total_variation(np.array([5, 5, 0]), np.array([10, 0, 3]))
    0.5
    """
    return float(np.abs(_shares(one) - _shares(other)).sum() / 2)


def null_gap(one: np.ndarray, other: np.ndarray) -> float:
    """Difference of the shares of nulls, which stand last.

    >>> null_gap(np.array([3, 1]), np.array([4, 0]))
    0.25
    """
    return float(abs(one[-1] / max(one.sum(), 1) - other[-1] / max(other.sum(), 1)))


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts[:-1] / max(int(counts[:-1].sum()), 1)


def population_stability(reference: np.ndarray, window: np.ndarray) -> float:
    """Population stability index over at most about ten groups of bins; above 0.2 it is often called a shift.

    Args:
        reference: (bins + 1,) counts, nulls last, which form a group of their own.
        window: (bins + 1,) counts in the same bins.
    """
    share = np.cumsum(_shares(reference))
    groups = np.append(np.minimum((share - 1e-12) * 10, 9).astype(np.int64), 10)
    mine, theirs = (np.bincount(groups, weights=counts, minlength=11) for counts in (reference, window))
    p, q = (np.maximum(c / max(c.sum(), 1), 1e-4) for c in (mine, theirs))
    return float(((q - p) * np.log(q / p)).sum())


def joined(chunks: np.ndarray, rows: int) -> np.ndarray:
    """Join neighbouring chunks to blocks about as large as a window, but to no fewer than 20.

    Args:
        chunks: (C, bins + 1) counts of a reference in the order of time.
        rows: of the window.

    Returns:
        (B, bins + 1) counts.
    """
    typical = max(float(np.median(chunks.sum(axis=1))), 1.0)
    together = max(1, min(round(rows / typical), len(chunks) // FEWEST_CHUNKS))
    return np.asarray(np.add.reduceat(chunks, np.arange(0, len(chunks) - together + 1, together), axis=0), np.int64)


def from_the_rest(blocks: np.ndarray, distance: Distance) -> np.ndarray:
    """Measure how far each block of a reference is from all others together.

    Args:
        blocks: (B, bins + 1) counts of parts that make up the reference.
        distance: of two rows of counts.

    Returns:
        (B,) distances.
    """
    total = blocks.sum(axis=0)
    return np.asarray([distance(total - block, block) for block in blocks])


def healthy_distances(blocks: np.ndarray, rows: int, distance: Distance) -> np.ndarray:
    """Draw how far healthy windows of a size are from the reference.

    A block differs from the rest by what really changed and by the luck of its rows. The share of luck is what blocks
    drawn from the whole reference differ by; without it, each block is what a window may come from, and a window is
    drawn from each.

    Args:
        blocks: (B, bins + 1) counts of the reference in the order of time.
        rows: of the window.
        distance: of two rows of counts.

    Returns:
        (B,) distances, the same ones every time.
    """
    draw = np.random.default_rng(0)
    total = blocks.sum(axis=0)
    sizes = blocks.sum(axis=1)
    kept = sizes < total.sum()
    found = from_the_rest(blocks, distance)
    luck = np.asarray([distance(total, draw.multinomial(size, total / total.sum())) for size in sizes])
    luck = luck[kept] ** 2 * total.sum() / (total.sum() - sizes[kept])
    real = 1 - luck.mean() / (found**2).mean() if found.any() and len(luck) else 0.0
    changed = float(np.sqrt(np.clip(real, 0, 1)))
    windows = []
    for block in blocks[kept & (sizes > 0)]:
        rest = total - block
        shares = (1 - changed) * rest / rest.sum() + changed * block / block.sum()
        windows.append(distance(rest, draw.multinomial(rows, shares / shares.sum())))
    return np.asarray(windows)


def p_value(distance: float, healthy: np.ndarray) -> float:
    """Chance that a healthy window is at least this far away: counted up to the farthest block, extrapolated beyond."""
    from scipy.special import stdtr

    among = (1 + int((healthy >= distance).sum())) / (len(healthy) + 1)
    if distance <= healthy.max():
        return among
    middle, spread = _roots(healthy)
    beyond = 1.0 if spread == 0 else float(stdtr(len(healthy) - 1, -(distance**_ROOT - middle) / spread))
    return min(among, beyond) if spread else 0.0


def distance_at(chance: float, healthy: np.ndarray) -> float:
    """Return the distance whose `p_value` is `chance`."""
    from scipy.special import stdtrit

    rank = int(chance * (len(healthy) + 1))
    if rank >= 1:
        return float(np.sort(healthy)[-rank])
    middle, spread = _roots(healthy)
    root = middle + spread * float(stdtrit(len(healthy) - 1, 1 - chance))
    return float(max(healthy.max(), root ** (1 / _ROOT)))


def _roots(healthy: np.ndarray) -> tuple[float, float]:
    roots = healthy**_ROOT
    return float(roots.mean()), float(roots.std(ddof=1) * np.sqrt(1 + 1 / len(healthy)))


def discovery_chance(p_values: Sequence[float]) -> float:
    """Return the p-value up to which all are drift, at 5 % false discoveries (Benjamini and Hochberg 1995)."""
    ordered = np.sort(np.asarray(p_values, np.float64))
    steps = FALSE_DISCOVERIES * np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    kept = np.flatnonzero(ordered <= steps)
    return float(steps[kept[-1]]) if len(kept) else FALSE_DISCOVERIES / max(len(ordered), 1)


def sampling_noise(rows: int, reference_rows: int) -> float:
    """Distance that chance alone exceeds once in a hundred windows, for counts of this many values."""
    return float(_NOISE * np.sqrt(1 / max(rows, 1) + 1 / max(reference_rows, 1)))
