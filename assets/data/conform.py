"""Rows in the types that their contract names; packaged with every model, so this file imports nothing of ours."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_TRUE, _FALSE = ("true", "yes", "1", "t", "y"), ("false", "no", "0", "f", "n")
_EXACT = 2.0**53


class ConformError(ValueError):
    """Rows that lack a column of the contract."""


class Broken(NamedTuple):
    """What rows break: the reason, the (K,) ascending positions of the rows, and the column."""

    reason: str
    positions: np.ndarray
    column: str


def conform(rows: pa.Table, columns: Mapping[str, Mapping[str, Any]]) -> tuple[pa.Table, list[list[str]]]:
    """Cast the contract's columns, and say of each row what it breaks; other columns pass as they are.

    A value that is not of its column's type becomes null. NaN and, in text, blanks around numbers are no difference:
    NaN is a missing value. Whole numbers become categories without a fraction (`9.0` is `9`), so that a column means
    the same whether or not its neighbours were null.

    Args:
        rows: (N rows) raw rows with derived columns; not modified.
        columns: per column its `type` (integer, number, boolean, category, text, date, timestamp) and `nullable`.

    Returns:
        The rows, same order and columns, and N lists of reasons such as `adr is missing`; empty where nothing is wrong.

    Raises:
        ConformError: a column of the contract is not there.
    """
    rows, faults = conformed(rows, columns)
    reasons: list[list[str]] = [[] for _ in range(rows.num_rows)]
    for fault in faults:
        for position in fault.positions:
            reasons[position].append(fault.reason)
    return rows, reasons


def conformed(rows: pa.Table, columns: Mapping[str, Mapping[str, Any]]) -> tuple[pa.Table, list[Broken]]:
    """As `conform`, with each reason once and the rows that it holds for."""
    absent = [name for name in columns if name not in rows.column_names]
    if absent:
        raise ConformError(
            f"contract.columns names columns that the rows do not have: {absent} not in {rows.column_names}; "
            "give them, or take them out of the contract"
        )
    found: list[Broken] = []
    for name, rule in columns.items():
        values, faults = _column(rows[name], str(rule["type"]))
        if values.null_count and not rule.get("nullable", False):
            wrong = np.zeros(len(values), dtype=bool)
            for mask in faults.values():
                wrong |= mask
            faults["is missing"] = _flags(pc.is_null(values)) & ~wrong
        found += [Broken(f"{name} {fault}", np.flatnonzero(mask), name) for fault, mask in faults.items() if mask.any()]
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return rows, found


def _column(column: pa.ChunkedArray, kind: str) -> tuple[pa.Array, dict[str, np.ndarray]]:
    """The values in the type, null where they are not of it, and the rows with each fault."""
    if kind not in _CONVERT:
        raise ConformError(f"contract.columns has an unknown type: {kind!r} is none of {sorted(_CONVERT)}; write one")
    convert, fault = _CONVERT[kind]
    given = _flat(column)
    values = convert(given)
    if values.null_count == given.null_count:
        return values, {}
    floats = _floats(given) if pa.types.is_floating(given.type) or kind in {"integer", "number"} else None
    lost = _flags(pc.is_valid(given)) & _flags(pc.is_null(values))
    faults = {}
    if floats is not None:
        infinite = _flags(pc.is_inf(floats))
        lost &= ~(_flags(pc.is_nan(floats)) | infinite)
        faults["is infinite"] = infinite
    faults[fault] = lost
    return values, {name: mask for name, mask in faults.items() if mask.any()}


def _flat(column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        kind = pa.string()
    cast = column.cast(kind)
    flat = cast.chunk(0) if cast.num_chunks == 1 else cast.combine_chunks()
    return flat.combine_chunks() if isinstance(flat, pa.ChunkedArray) else flat


def _flags(mask: pa.Array) -> np.ndarray:
    """A mask as numpy; null counts as false."""
    flags: np.ndarray = pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)
    return flags


def _floats(given: pa.Array) -> pa.Array:
    """Numbers, booleans and text as float64, null where they are none."""
    if pa.types.is_boolean(given.type):
        given = given.cast(pa.uint8())
    if pa.types.is_decimal(given.type):  # through text, as Arrow's cast gives another float than 1.39 for 1.39
        return given.cast(pa.string()).cast(pa.float64())
    if pa.types.is_integer(given.type) or pa.types.is_floating(given.type):
        return given.cast(pa.float64(), safe=False)
    return _parsed(given, pa.float64())


def _number(given: pa.Array) -> pa.Array:
    floats = _floats(given)
    return pc.if_else(pc.is_finite(floats), floats, pa.scalar(None, pa.float64()))


def _integer(given: pa.Array) -> pa.Array:
    if pa.types.is_signed_integer(given.type):
        return given.cast(pa.int64())
    exact = _parsed(given, pa.int64())
    floats = _number(given)
    whole = pc.and_(pc.equal(floats, pc.floor(floats)), pc.less_equal(pc.abs(floats), _EXACT))
    return pc.coalesce(exact, pc.if_else(whole, floats, pa.scalar(None, pa.float64())).cast(pa.int64()))


def _boolean(given: pa.Array) -> pa.Array:
    if pa.types.is_boolean(given.type):
        return given
    if pa.types.is_string(given.type):
        word = pc.utf8_lower(pc.utf8_trim_whitespace(given))
        true, false = (pc.is_in(word, value_set=pa.array(words)) for words in (_TRUE, _FALSE))
    else:
        floats = _floats(given)
        true, false = pc.equal(floats, 1.0), pc.equal(floats, 0.0)
    return pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))


def _text(given: pa.Array) -> pa.Array:
    if pa.types.is_string(given.type):
        return given
    if pa.types.is_floating(given.type) or pa.types.is_decimal(given.type):
        codes = _number(given).dictionary_encode()
        names = [str(int(v)) if v.is_integer() else repr(v) for v in codes.dictionary.to_pylist()]
        return pa.array(names, pa.string()).take(codes.indices)
    if pa.types.is_nested(given.type) or pa.types.is_binary(given.type):
        return pa.nulls(len(given), pa.string())
    return given.cast(pa.string())


def _date(given: pa.Array) -> pa.Array:
    return _timestamp(given).cast(pa.date32(), safe=False)


def _timestamp(given: pa.Array) -> pa.Array:
    """A column keeps whether it has a zone, then in UTC; text has none, and what it writes with one becomes UTC."""
    if pa.types.is_timestamp(given.type):
        return given.cast(pa.timestamp("us", given.type.tz and "UTC"), safe=False)
    if pa.types.is_date(given.type):
        return given.cast(pa.timestamp("us"))
    local = _parsed(given, pa.timestamp("us"))
    if local.null_count == given.null_count:
        return local
    return pc.coalesce(local, _parsed(given, pa.timestamp("us", "UTC")).cast(pa.timestamp("us")))


def _parsed(given: pa.Array, kind: pa.DataType) -> pa.Array:
    """Text read as a type, null where it does not read so; nulls for everything that is not text."""
    if not pa.types.is_string(given.type):
        return pa.nulls(len(given), kind)
    codes = pc.utf8_trim_whitespace(given).dictionary_encode()
    try:
        return codes.dictionary.cast(kind).take(codes.indices)
    except pa.ArrowInvalid:
        return pa.array([_scalar(word, kind) for word in codes.dictionary], kind).take(codes.indices)


def _scalar(word: pa.Scalar, kind: pa.DataType) -> pa.Scalar | None:
    try:
        return word.cast(kind)
    except pa.ArrowInvalid:
        return None


_CONVERT: dict[str, tuple[Callable[[pa.Array], pa.Array], str]] = {
    "integer": (_integer, "is not an integer"),
    "number": (_number, "is not a number"),
    "boolean": (_boolean, "is not a boolean"),
    "category": (_text, "is not a category"),
    "text": (_text, "is not text"),
    "date": (_date, "is not a date"),
    "timestamp": (_timestamp, "is not a timestamp"),
}
