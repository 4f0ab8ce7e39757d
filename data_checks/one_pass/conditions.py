"""Row conditions: which rows an expectation is asked of."""

import re

import numpy as np
import pyarrow as pa

from data_checks.pandas_rows import to_pandas
from data_checks.row_condition import ConditionError, rows_through

_TOKENS = re.compile(
    r"""\s+ | `(?P<quoted>[^`]+)` | (?P<text>'[^'\\]*'|"[^"\\]*") | \d+(\.\d+)?([eE][+-]?\d+)?
      | (?P<name>[^\W\d]\w*)(?P<call>\s*[.(])? | [<>=!]=? | [&|~,\[\]()+*/%-]""",
    re.VERBOSE,
)

NOT_JUDGED = (ConditionError, pa.ArrowInvalid, OverflowError)
"""What makes an expectation one that can't be judged: its condition, or times that no type in common holds."""

_WORDS = frozenset({"and", "or", "not", "in", "True", "False", "None"})


def columns_of(condition: str, schema: pa.Schema) -> tuple[str, ...] | None:
    """Name the columns of a condition that can be told from each row alone.

    Args:
        condition: as pandas' `query` reads it.
        schema: of the rows.

    Returns:
        The columns; none if the condition calls something (`adr > adr.mean()`) or is not understood here.
    """
    names: list[str] = []
    at = 0
    while at < len(condition):
        token = _TOKENS.match(condition, at)
        if token is None:
            return None
        name = token["quoted"] or token["name"]
        if name and (token["quoted"] or name not in _WORDS):
            if name not in schema.names or name.startswith("_") or token["call"]:
                return None
            names.append(name)
        at = token.end()
    return tuple(dict.fromkeys(names)) or None


def is_simple(condition: str, schema: pa.Schema) -> bool:
    """Whether each row alone tells if a condition lets it through, as far as rows without a value can show."""
    if columns_of(condition, schema) is None:
        return False
    try:
        rows_under(schema.empty_table(), condition)
    except ConditionError:
        return False
    return True


def rows_under(rows: pa.Table, condition: str) -> np.ndarray:
    """Find rows by the library's own means, pandas' `query`.

    Args:
        rows: of a batch; not modified.
        condition: that can be told from each row alone.

    Returns:
        (R,) int64, the ascending positions that it lets through.

    Raises:
        ConditionError: pandas refuses it for these rows, or it says something else than True or False of one.
    """
    frame = to_pandas(rows.select(list(columns_of(condition, rows.schema) or ())))
    return rows_through(frame, condition)
