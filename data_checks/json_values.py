"""Values of any library as plain JSON, for evidence that is stored and shown."""

import math
from collections.abc import Mapping
from datetime import date, datetime, time

import numpy as np

from data_checks.verdict import Json


def json_value(value: object) -> Json:
    """Turn a value into plain JSON; NaN becomes null, infinities and unknown types become text, bytes theirs as hex.

    Args:
        value: a scalar of Python, numpy or pandas, or a nesting of mappings and sequences; not modified.

    >>> json_value({"at": date(2026, 1, 31), "seen": np.int64(3), "top": float("inf")})
    {'at': '2026-01-31', 'seen': 3, 'top': 'inf'}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(item) for item in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
