"""Why rows stand aside: each reason with its rows, the commonest first, and a value that shows what is meant."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from data_checks.verdict import Json

if TYPE_CHECKING:
    from assets.data.preprocess import Preprocessed

_LONGEST = 40


def quarantine_reasons(done: "Preprocessed") -> list[dict[str, Json]]:
    """Return each reason with the rows that it holds for, and an example where one may be shown."""
    shown = dict(done.examples)
    shown |= {r.check_name: _cut(repr(r.examples[0])) for r in done.expectations if r.row_level and r.examples}
    found = sorted(done.reasons.items(), key=lambda item: (-item[1], item[0]))
    return [{"reason": reason, "rows": rows, "for example": shown.get(reason, "")} for reason, rows in found]


def in_table(reasons: Sequence[Mapping[str, Json]], *, quarantined: int) -> list[Mapping[str, Json]]:
    """Return them with a line that says how many rows they are together, where some rows have several."""
    several = sum(int(str(reason["rows"])) for reason in reasons) > quarantined
    together: Mapping[str, Json] = {"reason": "together, each row counted once", "rows": quarantined, "for example": ""}
    return [*reasons, together] if several else [*reasons]


def example_of(column: pa.ChunkedArray, position: int) -> str:
    """Return a value as it came, short; empty if it is missing or no text can be made of it."""
    value = column.slice(position, 1)
    if pa.types.is_dictionary(value.type):
        value = value.cast(value.type.value_type)
    quoted = pa.types.is_string(value.type) or pa.types.is_large_string(value.type)
    try:
        (text,) = value.cast(pa.string()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return ""
    return "" if text is None else _cut(repr(text) if quoted else text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
