"""Rows parted into those that are kept and those that stand aside, judged and counted, batch by batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from assets.data.progress import silent
from data_checks.expectations import Expectation, ExpectationResult, check_names
from data_checks.one_pass import Batch, Examination, Repeats

Write = Callable[[pa.RecordBatch], None]
Count = Callable[[pa.RecordBatch, Mapping[str, pa.DictionaryArray]], None]
Fault = tuple[str, np.ndarray]


@dataclass(frozen=True)
class Outlets:
    """Where rows go, batch by batch, in their order.

    Attributes:
        clean: takes `_row`, the source columns in their types, the derived columns.
        quarantine: takes the source columns as they came, `_row`, `_reasons` (list of strings).
        report: takes a line of progress now and then.
        counts: takes the rows that `clean` takes, and the columns whose distinct values were looked for, by these.
    """

    clean: Write = silent
    quarantine: Write = silent
    report: Callable[[str], None] = silent
    counts: Count = silent


class Sorting:
    """Parts rows into those kept and those quarantined.

    Args:
        expectations: as declared.
        schema: of the typed rows.
        sensitive: columns whose values must appear in no result.
        quarantine: whether rows that fail a critical row-wise expectation stand aside too.
        outlets: where the rows go.
        seen: what expectations know of all rows from a pass before.

    Attributes:
        kept: how many rows were kept.
        quarantined: how many stand aside.
        reasons: how many of these each reason holds for.
    """

    def __init__(
        self,
        expectations: Sequence[Expectation],
        schema: pa.Schema,
        *,
        sensitive: frozenset[str],
        quarantine: bool,
        outlets: Outlets,
        seen: Repeats,
    ) -> None:
        self._expectations, self._quarantine, self._outlets = expectations, quarantine, outlets
        whole = [expectation for expectation in expectations if not expectation.row_level]
        self._incoming = Examination(expectations, schema, sensitive=sensitive, repeats=seen, keep_failing=False)
        self._whole = Examination(whole, schema, sensitive=sensitive, keep_failing=False)
        self.kept = self.quarantined = 0
        self.reasons: Counter[str] = Counter()

    def take(self, raw: pa.Table, typed: pa.Table, faults: Sequence[Fault]) -> None:
        """Take the next rows.

        Args:
            raw: (N) rows as they came, with `_row`.
            typed: (N) the same as the contract types them, without `_row`.
            faults: what they break in the contract's types.
        """
        good = Batch(typed)
        failing = self._incoming.look(good)
        if self._quarantine:
            faults = [*faults, *self._broken(failing)]
        bad, quarantine = _aside(raw, faults)
        rows = typed.add_column(0, "_row", raw["_row"])
        if quarantine.num_rows:
            kept = pa.array(~bad)
            rows, good = rows.filter(kept), Batch(typed.filter(kept))
        self._whole.look(good)
        self.kept += rows.num_rows
        self.quarantined += quarantine.num_rows
        self.reasons.update({reason: len(positions) for reason, positions in faults if len(positions)})
        for batch in _as_batches(rows):
            self._outlets.clean(batch)
            self._outlets.counts(batch, good.encoded if batch.num_rows == rows.num_rows else {})
        for batch in _as_batches(quarantine):
            self._outlets.quarantine(batch)

    def __str__(self) -> str:
        """What came of the rows so far."""
        return f"{self.kept:,} kept, {self.quarantined:,} quarantined"

    def results(self) -> tuple[tuple[ExpectationResult, ...], tuple[ExpectationResult, ...]]:
        """Results on the incoming rows, and those on the kept rows under the same names."""
        incoming = self._incoming.results()
        names = [result.check_name for result in incoming if not result.row_level]
        kept = [replace(r, check_name=name) for r, name in zip(self._whole.results(), names, strict=True)]
        return incoming, tuple(kept)

    def _broken(self, failing: Sequence[np.ndarray]) -> list[Fault]:
        expectations = self._expectations
        names = check_names(expectations)
        return [
            (name, positions)
            for name, expectation, positions in zip(names, expectations, failing, strict=True)
            if expectation.row_level and expectation.severity == "critical"
        ]


def _aside(rows: pa.Table, faults: Sequence[Fault]) -> tuple[np.ndarray, pa.Table]:
    """Take the rows that have a fault.

    Args:
        rows: (N) rows; not modified.
        faults: each reason with the ascending positions of the rows that it holds for.

    Returns:
        (N,) which rows these are, and they with `_reasons` (list of strings, in the order of the faults) appended.
    """
    positions = np.concatenate([np.empty(0, np.int64), *(found for _, found in faults)])
    codes = np.repeat(np.arange(len(faults)), [len(found) for _, found in faults])
    order = np.argsort(positions, kind="stable")
    bad, starts = np.unique(positions[order], return_index=True)
    words = pa.array([reason for reason, _ in faults], pa.string()).take(pa.array(codes[order]))
    reasons = pa.ListArray.from_arrays(pa.array([*starts, len(order)], pa.int32()), words)
    mask = np.zeros(rows.num_rows, dtype=bool)
    mask[bad] = True
    return mask, rows.take(pa.array(bad)).append_column(pa.field("_reasons", pa.list_(pa.string())), reasons)


def _as_batches(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    """A table's batches, at least one, which may have no rows."""
    yield from rows.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)]
