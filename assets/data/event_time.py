"""What an event-time column says: instants and spans of time."""

import re
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_UTC = pa.timestamp("us", "UTC")
_ZONE = r"T?\d\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
_DURATION = re.compile(r"(\d+) (hour|day|week)s?")


class EventTimeError(ValueError):
    """A span or a column that is not one of time."""


def duration(text: str) -> timedelta:
    """A span such as `14 days`, `1 week` or `6 hours`.

    Raises:
        EventTimeError: the text is none.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise EventTimeError(f"is no duration: {text!r} is no number of hours, days or weeks; write such as '14 days'")
    return timedelta(**{f"{match[2]}s": int(match[1])})


def instants(column: pa.ChunkedArray, time_zone: str, *, name: str) -> pa.ChunkedArray:
    """Event times as `timestamp[us, UTC]`; a date is its midnight, nulls stay null.

    Text is read as ISO 8601, of which all values have a zone or none has.

    Args:
        column: dates, timestamps or text; not modified.
        time_zone: where values without a zone of their own are read.
        name: the column's name, for the message.

    Raises:
        EventTimeError: the column holds something else.
    """
    kind = column.type
    text = _is_text(kind)
    try:
        if not (text or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_null(kind)):
            raise pa.ArrowInvalid(f"values are of type {kind}")
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            return column.cast(_UTC, safe=False)
        if True in has_zones(column):
            return column.cast(_UTC)
        local = column.cast(pa.timestamp("us"), safe=not pa.types.is_timestamp(kind))
    except pa.ArrowInvalid as error:
        raise EventTimeError(
            f"column {name!r} does not hold event times: {error}; "
            "give dates, timestamps or ISO 8601 text, or derive such a column"
        ) from error
    return pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="earliest").cast(_UTC)


def has_zones(column: pa.ChunkedArray) -> set[bool]:
    """Whether times as text name their zone: True or False where all do or none does, both, or nothing of no text."""
    if not _is_text(column.type):
        return set()
    return set(pc.unique(pc.match_substring_regex(column.drop_null(), _ZONE)).to_pylist())


def microseconds(column: pa.ChunkedArray, time_zone: str, *, name: str) -> np.ndarray:
    """Event times as (N,) int64 microseconds since 1970 in UTC; null is the beginning of time. See `instants`."""
    numbers: np.ndarray = pc.fill_null(instants(column, time_zone, name=name).cast(pa.int64()), -(2**62)).to_numpy()
    return numbers


def epoch(moment: datetime) -> int:
    """A moment with a zone as microseconds since 1970 in UTC."""
    return round(moment.timestamp() * 1_000_000)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
