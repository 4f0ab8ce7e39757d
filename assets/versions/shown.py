"""Values as plain JSON, also those that Arrow holds and Python does not."""

import math

import pyarrow as pa

from data_checks.verdict import Json


def as_json(value: object) -> Json:
    """A value as JSON: numbers and text as they are (no infinity), everything else as its text."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.hex() if isinstance(value, bytes) else str(value)


def shown(values: pa.Array) -> list[Json]:
    """Show each value of a column as `as_json` does, a time outside the years 1 to 9999 in Arrow's own words."""
    try:
        return [as_json(value) for value in values.to_pylist()]
    except (OverflowError, ValueError):  # Python has no such time
        return [_shown(value) for value in values]


def _shown(value: pa.Scalar) -> Json:
    try:
        return as_json(value.as_py())
    except (OverflowError, ValueError):
        if pa.types.is_nested(value.type):
            return f"a {value.type} that can't be shown"
        return as_json(value.cast(pa.string()).as_py())
