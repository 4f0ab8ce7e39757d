"""How far a metric could have come out otherwise: bootstrap draws of rows, the same for every candidate."""

from collections.abc import Iterator

import numpy as np

CHUNK = 2**20
"""Weights held at once: a chunk of draws and what a metric makes of it stay within tens of megabytes."""
_UNDEFINED = 0.1
"""Share of draws in which a metric may be undefined, such as a slice of which a draw took one class only."""


def draws(rows: int, *, rounds: int, seed: int) -> Iterator[np.ndarray]:
    """Draw rows with replacement, round by round, as counts of how often each row was taken.

    Every round has a random stream of its own, so that chunks of any size give the same draws.

    Args:
        rows: N, at least 1.
        rounds: draws in all.
        seed: of the draws.

    Yields:
        Weights (B, N) int32 that sum to N in each of B rounds; the Bs sum to `rounds`.
    """
    size = max(1, CHUNK // rows)
    for first in range(0, rounds, size):
        taken = range(first, min(first + size, rounds))
        yield np.stack([_draw(rows, np.random.default_rng((seed, number))) for number in taken])


def _draw(rows: int, random: np.random.Generator) -> np.ndarray:
    return np.bincount(random.integers(0, rows, rows), minlength=rows).astype(np.int32)


def interval(drawn: np.ndarray, level: float) -> tuple[float, float] | None:
    """Return the percentile interval of a metric's draws, or none where too many draws left it undefined.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Args:
        drawn: (rounds,) the metric in each draw, NaN where undefined.
        level: share of draws inside, for example 0.95.

    >>> interval(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    defined = drawn[np.isfinite(drawn)]
    if len(defined) <= (1 - _UNDEFINED) * len(drawn):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
