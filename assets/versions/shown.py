"""The values of a column as plain JSON, also those that Arrow holds and Python does not."""

from datetime import date, time

import pyarrow as pa

from data_checks.json_values import json_value
from data_checks.verdict import Json


def shown(values: pa.Array) -> list[Json]:
    """Show each value of a column as `json_value` does, but a time as Arrow does, which has more than Python."""
    try:
        return [_plain(value) for value in values.to_pylist()]
    except (OverflowError, ValueError):  # Python has no such time
        return [_shown(value) for value in values]


def _shown(value: pa.Scalar) -> Json:
    try:
        return _plain(value.as_py())
    except (OverflowError, ValueError):
        if pa.types.is_nested(value.type):
            return f"a {value.type} that can't be shown"
        return json_value(value.cast(pa.string()).as_py())


def _plain(value: object) -> Json:
    return str(value) if isinstance(value, date | time) else json_value(value)
