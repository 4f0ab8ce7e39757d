"""Whether a raw table is the one the contract describes, and whether not too much of it was quarantined."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Literal

import pyarrow as pa
import pyarrow.types as at

from data_checks.json_values import json_value
from data_checks.verdict import Json, Verdict

Columns = Mapping[str, Mapping[str, Json]]
Held = Literal["boolean", "number", "text", "time"]
_TOLD = 3  # reasons of a quarantine in a sentence
_HELD: Mapping[Held, Callable[[pa.DataType], bool]] = {
    "boolean": at.is_boolean,
    "number": lambda kind: at.is_integer(kind) or at.is_floating(kind) or at.is_decimal(kind),
    "text": lambda kind: at.is_string(kind) or at.is_large_string(kind) or at.is_string_view(kind),
    "time": lambda kind: at.is_date(kind) or at.is_timestamp(kind),
}
_READABLE: Mapping[str, set[Held]] = {
    "integer": {"number", "text", "boolean"},
    "number": {"number", "text", "boolean"},
    "boolean": {"boolean", "number", "text"},
    "date": {"time", "text"},
    "timestamp": {"time", "text"},
    "category": {"text", "number", "boolean", "time"},
    "text": {"text", "number", "boolean", "time"},
}


def contract(
    schema: pa.Schema, rows: int, columns: Columns, *, nulls: Mapping[str, int], derived: Iterable[str] = ()
) -> Verdict:
    """Judge the shape of a raw table; the values themselves are judged row by row later.

    Args:
        schema: of the raw table; columns that begin with `_` are ours and not part of the contract.
        rows: how many it has.
        columns: the declared columns, `{name: {"type": …, "nullable": …}}`; other columns pass as they are.
        nulls: missing values by column.
        derived: declared columns that are not in the source because a derivation appends them later.

    Returns:
        The verdict `contract`: it has rows, every declared column is there, holds values that its declared type can be
        read from, and is not missing throughout unless it may be.
    """
    later = set(derived)
    there = [name for name in schema.names if not name.startswith("_")]
    faults = [] if rows else ["the table is empty: 0 rows were read; check the source and the period"]
    for name, declared in columns.items():
        if name in there:
            faults.append(_column_fault(schema.field(name), declared, rows=rows, nulls=nulls.get(name, 0)))
        elif name not in later:
            faults.append(_missing(name, there))
    faults = [fault for fault in faults if fault]
    empty = [name for name in there if rows and nulls.get(name, 0) == rows]
    evidence: dict[str, Json] = {
        "rows": rows,
        "columns": {name: str(schema.field(name).type) for name in there},
        "declared": {name: str(declared.get("type")) for name, declared in columns.items()},
        "undeclared": [name for name in there if name not in columns],
        "derived": json_value(sorted(later & set(columns))),
        "without_a_value": json_value(empty),
        "faults": json_value(faults),
    }
    if faults:
        return Verdict("contract", False, "; ".join(faults), evidence=evidence)
    aside = f", {', '.join(empty)} without a value" if empty else ""
    return Verdict("contract", True, f"{rows} rows hold the {len(columns)} declared columns{aside}", evidence=evidence)


def quarantine_share(
    *,
    read: int,
    quarantined: int,
    duplicates: int,
    at_most: float,
    reasons: Sequence[Mapping[str, Json]] = (),
) -> Verdict:
    """Judge how much of what was read had to be quarantined.

    Args:
        read: rows read from the source.
        quarantined: rows that broke the contract or a critical expectation.
        duplicates: rows left out as exact repeats.
        at_most: the share of the rows read that may be quarantined, 0 to 1.
        reasons: each `reason` with its `rows` and a value `for example`, if any may be shown, the commonest first.

    Returns:
        The verdict `quarantine_share`.
    """
    share = quarantined / read if read else 0.0
    evidence: dict[str, Json] = {
        "read": read,
        "kept": read - quarantined - duplicates,
        "quarantined": quarantined,
        "duplicates": duplicates,
        "share": share,
        "at_most": at_most,
        "reasons": json_value(list(reasons)),
    }
    if share <= at_most:
        summary = f"{quarantined} of {read} rows quarantined ({share:.3g}), at most {at_most:g} may be"
        return Verdict("quarantine_share", True, summary, evidence=evidence)
    summary = (
        f"contract.rows_that_fail.at_most is exceeded: {quarantined} of {read} rows ({share:.3g}) were quarantined"
        f"{_commonest(reasons)}, and at most {at_most:g} may be; mend the source or the contract, or raise the share"
    )
    return Verdict("quarantine_share", False, summary, evidence=evidence)


def _commonest(reasons: Sequence[Mapping[str, Json]]) -> str:
    """Say the first few, each with its rows."""
    said = [
        f"{each['rows']} for '{each['reason']}'" + (f" (such as {each['for example']})" if each["for example"] else "")
        for each in reasons[:_TOLD]
    ]
    more = len(reasons) - _TOLD
    rest = [f"others for {more} more reason{'s' * (more > 1)}"] if more > 0 else []
    return "".join(f", {each}" for each in [*said, *rest])


def _missing(name: str, there: Sequence[str]) -> str:
    close = get_close_matches(name, there, n=1)
    seen = f"did the source rename it to {close[0]!r}" if close else f"the source has {', '.join(there)}"
    return f"contract.columns.{name} is missing: {seen}; mend the source or the contract"


def _column_fault(field: pa.Field, declared: Mapping[str, Json], *, rows: int, nulls: int) -> str:
    wanted = str(declared.get("type"))
    where = f"contract.columns.{field.name}"
    if rows and nulls == rows:
        no_value = (
            f"{where} has no value: all {rows} rows are null and it is not nullable; mend the source or declare it so"
        )
        return "" if declared.get("nullable") else no_value
    if _readable(field.type, wanted):
        return ""
    return f"{where} can't be read as {wanted}: it holds {field.type}; mend the source or the type"


def _readable(kind: pa.DataType, wanted: str) -> bool:
    if at.is_dictionary(kind):
        kind = kind.value_type
    held: set[Held] = {name for name, is_held in _HELD.items() if is_held(kind)}
    return bool(held & _READABLE[wanted]) if wanted in _READABLE else True
