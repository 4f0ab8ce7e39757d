"""One expectation while rows stream by: what it keeps of each batch, and what it found in the end."""

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_library import found_by_library
from data_checks.expectation_report import Found
from data_checks.one_pass.judge import Tally, judge_rows
from data_checks.one_pass.sample import Sample

NOTHING = np.empty(0, np.int64)
_WHOLE_COLUMN = frozenset(
    {
        "expect_column_values_to_be_unique",
        "expect_compound_columns_to_be_unique",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_decreasing",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_not_be_outliers",
    }
)


def needs_first_look(expectation: Expectation) -> bool:
    """Whether which rows fail can't be told from one batch."""
    return expectation.name in _WHOLE_COLUMN


def columns_for(expectation: Expectation, schema: pa.Schema) -> list[str]:
    """Name the columns that the library must see to judge an expectation alone."""
    condition = str(expectation.arguments.get("row_condition") or "")
    whole_table = not expectation.columns and not condition
    named = [name for name in schema.names if whole_table or name in expectation.columns or name in condition]
    return [name for name in named if not name.startswith("_")]


class Member(Protocol):
    """One expectation while rows stream by."""

    def look(self, rows: pa.Table, start: int) -> np.ndarray:
        """Take note of a batch that begins at row `start`; return the ascending positions in it that fail."""

    def found(self) -> Found:
        """Judge, after the last batch."""


class Batchwise:
    """A row-level expectation that the library judges batch by batch."""

    def __init__(self, expectation: Expectation, schema: pa.Schema, *, hidden: bool) -> None:
        self._expectation, self._schema, self._hidden = expectation, schema, hidden
        self._columns = columns_for(expectation, schema)
        self._tally = Tally()
        self._sample = Sample(expectation)
        self._error: Found | None = None

    def look(self, rows: pa.Table, start: int) -> np.ndarray:
        """Let the library judge the batch."""
        if self._error:
            return NOTHING
        (found,) = found_by_library(rows.select(self._columns), [self._expectation])
        if found.raised:
            self._error = found
            return NOTHING
        details = cast("dict[str, int | None]", found.raw["result"])
        count, missing, unexpected = (
            details.get(key) or 0 for key in ("element_count", "missing_count", "unexpected_count")
        )
        self._tally += Tally(count, count - missing, unexpected)
        self._sample.add(rows, found.failing)
        return found.failing

    def found(self) -> Found:
        """Judge the counts of all batches."""
        if self._error:
            return self._error
        values = [] if self._hidden else self._sample.values()
        raw = judge_rows(self._expectation, self._schema, self._tally, values=values, hidden=self._hidden)
        return Found(raw, examples=self._sample.rows)


class Known:
    """A row-level expectation that was judged at the first look."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def look(self, rows: pa.Table, start: int) -> np.ndarray:
        """Look up which rows of the batch fail."""
        low, high = np.searchsorted(self._found.failing, (start, start + rows.num_rows))
        return np.asarray(self._found.failing[low:high] - start, np.int64)

    def found(self) -> Found:
        """Repeat what was found."""
        return self._found


class Collected:
    """An expectation that only the library can judge, on all rows: the columns that it needs are kept."""

    def __init__(self, expectation: Expectation, schema: pa.Schema) -> None:
        self._expectation = expectation
        self._kept: list[pa.Table] = [schema.empty_table().select(columns_for(expectation, schema))]

    def look(self, rows: pa.Table, start: int) -> np.ndarray:
        """Keep the columns of the batch."""
        self._kept.append(rows.select(self._kept[0].column_names))
        return NOTHING

    def found(self) -> Found:
        """Let the library judge."""
        (found,) = found_by_library(pa.concat_tables(self._kept), [self._expectation])
        return found


def concatenated(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join positions, also of no part."""
    return np.concatenate([NOTHING, *parts])
