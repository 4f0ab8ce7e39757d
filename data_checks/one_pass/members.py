"""One expectation while rows stream by: what it keeps of each batch, and what it found in the end."""

from typing import Protocol, cast

import numpy as np
import pyarrow as pa

from data_checks.expectation_form import Expectation
from data_checks.expectation_library import found_by_library, refused
from data_checks.expectation_report import Found
from data_checks.one_pass.batch import Batch
from data_checks.one_pass.column_rules import NOTHING, RowRule
from data_checks.one_pass.conditions import NOT_JUDGED
from data_checks.one_pass.judge import Tally, judge_rows, judge_whole
from data_checks.one_pass.rules import columns_for, condition_of
from data_checks.one_pass.sample import Sample
from data_checks.one_pass.whole_rules import Metrics
from data_checks.row_condition import ConditionError


class Member(Protocol):
    """One expectation while rows stream by."""

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """Take note of a batch that begins at row `start`; return the ascending positions in it that fail."""

    def found(self) -> Found:
        """Judge, after the last batch."""


class Counted:
    """A row-level expectation that is counted here."""

    def __init__(self, expectation: Expectation, schema: pa.Schema, rule: RowRule, *, hidden: bool) -> None:
        self._expectation, self._schema, self._rule, self._hidden = expectation, schema, rule, hidden
        self._tally = Tally()
        self._sample = Sample(expectation)
        self._error: Exception | None = None

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """Count the batch."""
        if self._error:
            return NOTHING
        try:
            outcome = self._rule(batch)
        except NOT_JUDGED as error:
            self._error = error
            return NOTHING
        self._tally += outcome.tally
        self._sample.add(batch, outcome.failing)
        return outcome.failing

    def found(self) -> Found:
        """Let the library judge the counts."""
        if self._error:
            return Found(refused(self._expectation, self._schema, self._error), way="one pass")
        values = [] if self._hidden else self._sample.values()
        raw = judge_rows(self._expectation, self._schema, self._tally, values=values, hidden=self._hidden)
        return Found(raw, examples=self._sample.rows, way="one pass")


class Gathered:
    """An expectation on a whole column or table, whose metrics are gathered here."""

    def __init__(self, expectation: Expectation, schema: pa.Schema, metrics: Metrics) -> None:
        self._expectation, self._schema, self._metrics = expectation, schema, metrics
        self._condition = condition_of(expectation)
        self._error: Exception | None = None

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """See whether the batch can be judged; the totals are shared, and added to by the examination."""
        try:
            batch.under(self._condition)
        except ConditionError as error:
            self._error = self._error or error
        return NOTHING

    def found(self) -> Found:
        """Let the library judge the metrics."""
        if self._error:
            return Found(refused(self._expectation, self._schema, self._error), way="one pass")
        try:
            metrics = self._metrics()
        except NOT_JUDGED as error:
            return Found(refused(self._expectation, self._schema, error), way="one pass")
        return Found(judge_whole(self._expectation, self._schema, metrics), way="one pass")


class Batchwise:
    """A row-level expectation that the library judges batch by batch."""

    def __init__(self, expectation: Expectation, schema: pa.Schema, *, hidden: bool) -> None:
        self._expectation, self._schema, self._hidden = expectation, schema, hidden
        self._columns = columns_for(expectation, schema)
        self._tally = Tally()
        self._sample = Sample(expectation)
        self._error: Found | None = None

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """Let the library judge the batch."""
        if self._error:
            return NOTHING
        (found,) = found_by_library(batch.rows.select(self._columns), [self._expectation])
        if found.raised:
            self._error = found
            return NOTHING
        details = cast("dict[str, int | None]", found.raw["result"])
        count, missing, unexpected = (
            details.get(key) or 0 for key in ("element_count", "missing_count", "unexpected_count")
        )
        self._tally += Tally(count, count - missing, unexpected)
        self._sample.add(batch, found.failing)
        return found.failing

    def found(self) -> Found:
        """Let it judge the counts of all batches."""
        if self._error:
            return self._error
        values = [] if self._hidden else self._sample.values()
        raw = judge_rows(self._expectation, self._schema, self._tally, values=values, hidden=self._hidden)
        return Found(raw, examples=self._sample.rows)


class Known:
    """A row-level expectation that was judged at the first look."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """Look up which rows of the batch fail."""
        low, high = np.searchsorted(self._found.failing, (start, start + batch.rows.num_rows))
        return np.asarray(self._found.failing[low:high] - start, np.int64)

    def found(self) -> Found:
        """Repeat what was found."""
        return self._found


class Collected:
    """An expectation that only the library can judge, on all rows: the columns that it needs are kept."""

    def __init__(self, expectation: Expectation, schema: pa.Schema) -> None:
        self._expectation = expectation
        self._kept: list[pa.Table] = [schema.empty_table().select(columns_for(expectation, schema))]

    @property
    def columns(self) -> list[str]:
        """The columns that it needs."""
        return list(self._kept[0].column_names)

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """Keep the columns of the batch."""
        self._kept.append(batch.rows.select(self.columns))
        return NOTHING

    def found(self) -> Found:
        """Let the library judge."""
        (found,) = found_by_library(pa.concat_tables(self._kept), [self._expectation])
        return found
