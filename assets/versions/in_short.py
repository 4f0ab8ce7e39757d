"""Long lists of periods, or of what else has an order, and long values, in few words."""

import json
from collections.abc import Mapping, Sequence

from data_checks.verdict import Json

LISTED = 6
LONGEST, BEFORE = 140, 20


def in_short(names: Sequence[str]) -> str:
    """Return names one by one, or the first and the last of more than a few.

    >>> in_short(["2016-01", "2016-02"])
    '2016-01, 2016-02'
    >>> in_short([f"2016-{month:02}" for month in range(1, 10)])
    '2016-01 … 2016-09 (9 in all)'
    """
    return ", ".join(names) if len(names) <= LISTED else f"{names[0]} … {names[-1]} ({len(names)} in all)"


def and_more(names: Sequence[str], most: int) -> str:
    """Return the first names one by one, and how many more there are.

    >>> and_more(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def of_value(value: Json) -> str:
    """Return a setting as one line, what is not given left out; a long one ends between two words.

    >>> of_value({"metric": "roc_auc", "at_least": 0.8, "slice": None})
    '{metric: "roc_auc", at_least: 0.8}'
    """
    return _cut(_line(value))


def of_change(old: Json, new: Json) -> str:
    """Return what a setting was and is; of long ones the part around what differs first.

    >>> of_change(1, 1.5)
    '1 -> 1.5'
    >>> of_change("SELECT " + "a, " * 50 + "b", "SELECT " + "a, " * 50 + "c")
    '… a, a, a, a, a, a, a, b" -> … a, a, a, a, a, a, a, c"'
    """
    before, after = _line(old), _line(new)
    start = in_common(before, after) - BEFORE
    if max(len(before), len(after)) > LONGEST and start > 0:
        word = before.rfind(" ", max(start - BEFORE, 0), start)
        start = word if word > 0 else start
        before, after = f"…{before[start:]}", f"…{after[start:]}"
    return f"{_cut(before)} -> {_cut(after)}"


def in_common(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common.

    >>> in_common("price", "prize")
    3
    """
    unlike = (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(unlike, min(len(one), len(other)))


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    words = text.rfind(" ", LONGEST // 2, LONGEST)
    return f"{text[: words if words > 0 else LONGEST - 1].rstrip(', ')} …"


def _line(value: Json) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_line(one)}' for name, one in value.items() if one is not None)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_line, value))}]"
    return json.dumps(value, ensure_ascii=False)
