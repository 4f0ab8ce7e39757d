"""Expectations over rows that come in batches."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data_checks.expectations import Expectation, ExpectationResult, expect


class Repeats:
    """What must be known of all rows before the first can be judged."""

    def __init__(self, expectations: Sequence[Expectation], schema: pa.Schema) -> None:
        self.needed = any(expectation.row_level for expectation in expectations)
        self.seen = [schema.empty_table()]

    def look(self, rows: pa.Table) -> None:
        """Take the next rows."""
        self.seen.append(rows)


class Examination:
    """The library's results on rows that come in batches."""

    def __init__(
        self,
        expectations: Sequence[Expectation],
        schema: pa.Schema,
        *,
        sensitive: frozenset[str],
        repeats: Repeats | None = None,
    ) -> None:
        self._expectations = expectations
        self._sensitive = sensitive
        self._seen = [schema.empty_table()]
        self._position = 0
        self._results = self._judged(repeats.seen) if repeats and repeats.needed else None

    def look(self, rows: pa.Table) -> tuple[np.ndarray, ...]:
        """Take the next rows, and give the positions among them that fail each expectation."""
        start, self._position = self._position, self._position + rows.num_rows
        if self._results is None:
            self._seen.append(rows)
            return tuple(np.empty(0, np.int64) for _ in self._expectations)
        found = []
        for result in self._results:
            low, high = np.searchsorted(result.failing_rows, [start, self._position])
            found.append(result.failing_rows[low:high] - start)
        return tuple(found)

    def results(self) -> tuple[ExpectationResult, ...]:
        """One result an expectation, in order."""
        return self._judged(self._seen) if self._results is None else self._results

    def _judged(self, seen: Sequence[pa.Table]) -> tuple[ExpectationResult, ...]:
        return expect(pa.concat_tables(seen), self._expectations, sensitive=self._sensitive)
