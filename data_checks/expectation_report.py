"""The library's result on one expectation as ours: no values of sensitive columns, no folders of this machine."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_result import ExpectationResult, Way
from data_checks.json_values import json_value
from data_checks.pandas_rows import to_pandas
from data_checks.verdict import Json

_EXAMPLES = 5
_COUNTS = ("element_count", "unexpected_count", "missing_count")
_OBSERVED_IS_NO_VALUE = (
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_column_unique_value_count_to_be_between",
)


@dataclass(frozen=True, eq=False)
class Found:
    """What was found of one expectation, before it is told.

    Attributes:
        raw: the library's result as plain JSON, without lists as long as the rows that fail.
        failing: (U,) int64, ascending positions of the rows that fail.
        examples: rows that fail, of the expectation's columns; at most a few are shown.
        way: who computed it.
    """

    raw: Mapping[str, Json]
    failing: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    examples: pa.Table | None = None
    way: Way = "library"

    @property
    def raised(self) -> bool:
        """Whether the library could not judge."""
        return bool(_message(self.raw["exception_info"]))


def touches(expectation: Expectation, sensitive: frozenset[str]) -> bool:
    """Whether an expectation judges a sensitive column; a function that names none sees them all."""
    if expectation.use and not expectation.columns:
        return bool(sensitive)
    return not sensitive.isdisjoint(expectation.columns)


def report(expectation: Expectation, found: Found, *, check_name: str, rows: int, hidden: bool) -> ExpectationResult:
    """Tell what was found.

    Args:
        expectation: as declared.
        found: by the library or in one pass.
        check_name: of the expectation.
        rows: of the whole table.
        hidden: whether no value may be shown.
    """
    details = cast("dict[str, Json]", found.raw["result"])
    error = _message(found.raw["exception_info"])
    if error and hidden:
        error = "the library raised an error, not shown because the column is sensitive"
    observed = details.get("observed_value")
    if hidden and expectation.name not in _OBSERVED_IS_NO_VALUE:
        observed = None
        details = {key: value for key, value in details.items() if key in _COUNTS or "percent" in key}
    config: dict[str, Json] = {
        "type": expectation.name,
        "kwargs": expectation.arguments,
        "severity": expectation.severity,
        "meta": {},
    }
    # without the library's traceback, which names the folders of this machine
    failure: dict[str, Json] = {
        "raised_exception": bool(error),
        "exception_message": error or None,
        "exception_traceback": "",
    }
    told: dict[str, Json] = {"result": details, "expectation_config": config, "exception_info": failure}
    counts = {key: int(cast("int", details.get(key) or 0)) for key in _COUNTS}
    return ExpectationResult(
        expectation.name,
        check_name,
        expectation.arguments,
        expectation.severity,
        row_level=expectation.row_level,
        success=bool(found.raw["success"]),
        rows=rows,
        element_count=counts["element_count"],
        unexpected_count=counts["unexpected_count"] if expectation.row_level else 0,
        observed=observed,
        examples=() if hidden or found.examples is None else _examples(found.examples),
        failing_rows=found.failing,
        error=error,
        raw={**found.raw, **told},
        way=found.way,
    )


def examples_of(rows: pa.Table, expectation: Expectation, failing: np.ndarray) -> pa.Table | None:
    """Take the first rows that fail, of the columns that the expectation judges; none if no row fails."""
    names = [name for name in expectation.columns if name in rows.column_names]
    if not names or not len(failing):
        return None
    return rows.select(list(dict.fromkeys(names))).take(pa.array(failing[: 4 * _EXAMPLES]))


def _examples(rows: pa.Table) -> tuple[Json, ...]:
    try:
        records = rows.to_pylist()
    except OverflowError:  # Python has no time beyond year 9999
        records = [{name: str(value) for name, value in row.items()} for row in to_pandas(rows).to_dict("records")]
    values = [json_value(row if len(row) > 1 else next(iter(row.values()))) for row in records]
    return tuple({json.dumps(value): value for value in values}.values())[:_EXAMPLES]


def _message(info: Json) -> str:
    """Read the library's account of what went wrong, which it nests by metric when a metric failed."""
    entries: Iterable[Json] = [info, *(info.values() if isinstance(info, dict) else ())]
    messages = [str(e["exception_message"]) for e in entries if isinstance(e, dict) and e.get("exception_message")]
    return " ".join(messages[0].split()).rstrip(".") if messages else ""
