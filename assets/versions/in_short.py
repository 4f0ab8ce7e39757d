"""Long lists of periods, or of what else has an order, in few words."""

from collections.abc import Sequence

LISTED = 6


def in_short(names: Sequence[str]) -> str:
    """Return names one by one, or the first and the last of more than a few.

    >>> in_short(["2016-01", "2016-02"])
    '2016-01, 2016-02'
    >>> in_short([f"2016-{month:02}" for month in range(1, 10)])
    '2016-01 … 2016-09 (9 in all)'
    """
    return ", ".join(names) if len(names) <= LISTED else f"{names[0]} … {names[-1]} ({len(names)} in all)"
