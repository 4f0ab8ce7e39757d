"""An expectation's arguments in the types of the columns that they are compared with."""

import math
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from data_checks.one_pass.batch import Kind, kind_of, zone_of

_INT64 = 2**63


def comparable(value: object, held: pa.DataType) -> bool:
    """Whether a value compares with a column of a type as the library would compare them, without an error."""
    match kind_of(held):
        case "number":
            finite = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
            return finite and not isinstance(value, bool) and -_INT64 <= float(str(value)) < _INT64
        case "boolean":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str)
        case "time":
            return isinstance(value, datetime) and (value.tzinfo is not None) is (zone_of(held) is not None)
        case "other":
            return False


def form_of(held: pa.DataType) -> pa.DataType:
    """The type in which a batch shows the values of a column."""
    kind: Kind = kind_of(held)
    if kind == "number":
        return pa.int64() if pa.types.is_integer(held) else pa.float64()
    if kind == "time":
        unit = "ns" if pa.types.is_timestamp(held) and held.unit == "ns" else "us"
        return pa.timestamp(unit, zone_of(held))
    if kind == "text":
        return held.value_type if pa.types.is_dictionary(held) else held
    return held


def as_set(values: Sequence[object], held: pa.DataType) -> pa.Array | None:
    """A set in the type of a column's values; none if one of them does not compare with the column.

    Args:
        values: numbers, text, booleans or times.
        held: the column's type.
    """
    if not all(comparable(value, held) for value in values):
        return None
    form = form_of(held)
    if pa.types.is_int64(form):
        whole = [int(value) for value in values if isinstance(value, int | float) and value == int(value)]
        return pa.array(whole, form)
    return pa.array([float(str(value)) for value in values] if pa.types.is_float64(form) else list(values), form)


def as_bound(value: object, held: pa.DataType) -> pa.Scalar:
    """A bound as a scalar that compares with a column's values."""
    if pa.types.is_int64(form_of(held)):
        return pa.scalar(value, pa.int64() if isinstance(value, int) else pa.float64())
    return pa.scalar(float(str(value)) if kind_of(held) == "number" else value, form_of(held))


def alike(values: Sequence[pa.Array | pa.Scalar]) -> list[pa.Array | pa.Scalar]:
    """Whole numbers beside floats as floats, beyond 2**53 rounded as numpy rounds them; others as they are."""
    if not any(pa.types.is_floating(each.type) for each in values):
        return list(values)
    return [pc.cast(each, pa.float64(), safe=False) if pa.types.is_integer(each.type) else each for each in values]
