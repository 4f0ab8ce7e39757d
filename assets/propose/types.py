"""Which type of the contract a column has, and what it may be to a model."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.preprocess import Type
from assets.propose.look import Look, Seen
from assets.propose.names import CODES, IDENTIFIERS, TIMES, words

Kind = Literal["number", "category", "time"]
TEXT_CHARACTERS = 40
_KINDS: Mapping[Type, Kind | None] = {
    "integer": "number", "number": "number", "boolean": "number", "category": "category", "text": None,
    "date": "time", "timestamp": "time",
}  # fmt: skip


def types_of(look: Look) -> dict[str, Type]:
    """The type of each column, in order; columns that hold nothing, or what no type can hold, are left out."""
    found = {name: _type(seen, look) for name, seen in look.columns.items() if seen.nulls < seen.rows}
    return {name: kind for name, kind in found.items() if kind is not None}


def kind_of(column: Type) -> Kind | None:
    """What a column of this type is to a model by itself; None for text."""
    return _KINDS[column]


def may_be_learned(kind: pa.DataType) -> bool:
    """Whether values of this type can become a feature."""
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return not (binary or pa.types.is_nested(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind))


def is_vast(seen: Seen) -> bool:
    """Whether a column holds whole numbers that a float can't tell from their neighbours."""
    return bool(pa.types.is_integer(seen.type)) and max(abs(seen.low or 0), abs(seen.high or 0)) >= 2**53


def epoch_unit(seen: Seen) -> str | None:
    """What a column counts since 1970, by its name and values that lie from 2000 to 2040; None if it does not."""
    if not pa.types.is_integer(seen.type) or not TIMES & set(words(seen.name)) or seen.low is None or seen.high is None:
        return None
    first, last = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2000, 2040))
    units = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
    return next((unit for unit, n in units.items() if first * n <= seen.low and seen.high <= last * n), None)


def is_identifier(name: str, look: Look) -> bool:
    """Whether each row has a value of its own that only names it: text, or numbers that count or are called so.

    Amounts may all differ too, and stay: fractions, and whole numbers with wide gaps between them.
    """
    seen = look.columns[name]
    kind = seen.type
    rows = look.sample.num_rows - look.sample[name].null_count
    if rows < 20 or look.distinct(name) < rows:
        return False
    if pa.types.is_string(kind):
        return seen.hours is None
    dense = seen.low is not None and seen.high is not None and seen.high - seen.low < 2 * seen.rows
    return bool(pa.types.is_integer(kind)) and (dense or bool(IDENTIFIERS & set(words(name))))


def is_group(name: str, look: Look) -> bool:
    """Whether a column is called an identifier and repeats: several rows of one customer, device or house."""
    if not IDENTIFIERS & set(words(name)) or look.columns[name].null_share > 0.01:
        return False
    distinct = look.distinct(name)
    return bool(20 <= distinct <= look.sample.num_rows / 2)


def is_key(name: str, look: Look) -> bool:
    """Whether a column is called an identifier, and each row has one of its own."""
    return bool(IDENTIFIERS & set(words(name))) and not look.columns[name].nulls and is_identifier(name, look)


def mean_length(name: str, look: Look) -> float:
    """Characters of a text column's values, on average over the sample."""
    return float(pc.mean(pc.utf8_length(look.sample[name].drop_null())).as_py() or 0.0)


def _type(seen: Seen, look: Look) -> Type | None:
    kind = seen.type
    if pa.types.is_boolean(kind):
        return "boolean"
    if seen.low is not None and seen.whole and CODES & set(words(seen.name)):
        return "category"
    if seen.low is not None and seen.high is not None:
        return "integer" if pa.types.is_integer(kind) and seen.high < 2**63 else "number"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind) or seen.hours is not None:
        is_day = pa.types.is_date(kind) or (seen.midnight and getattr(kind, "tz", None) is None)
        return "date" if is_day else "timestamp"
    if pa.types.is_string(kind):
        return "text" if is_text(seen, look) else "category"
    return None


def is_text(seen: Seen, look: Look) -> bool:
    """Whether a column of text says something in its own words each time, rather than one name of several."""
    if seen.values is not None:
        return False
    rows = look.sample.num_rows - look.sample[seen.name].null_count
    return look.distinct(seen.name) > rows / 2 and mean_length(seen.name, look) > TEXT_CHARACTERS
