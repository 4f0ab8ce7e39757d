"""Expectations judged batch by batch."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from data_checks.expectation_form import Expectation, check_names
from data_checks.expectation_library import check_forms, identity_of
from data_checks.expectation_report import report, touches
from data_checks.expectation_result import ExpectationResult
from data_checks.one_pass.batch import Batch
from data_checks.one_pass.column_rules import NOTHING
from data_checks.one_pass.key import Key
from data_checks.one_pass.members import Batchwise, Collected, Counted, Gathered, Known, Member
from data_checks.one_pass.own_rows import OwnRows
from data_checks.one_pass.repeats import Repeats
from data_checks.one_pass.rules import metrics_rule, row_rule
from data_checks.one_pass.whole_rules import Shared


class Examination:
    """Judges a stream of rows by expectations.

    What it keeps is counters, the rows that fail as numbers, and a few examples; of what the library must judge on all
    rows, the columns it needs.
    """

    def __init__(
        self,
        expectations: Sequence[Expectation],
        schema: pa.Schema,
        *,
        sensitive: frozenset[str] = frozenset(),
        repeats: Repeats | None = None,
        keep_failing: bool = True,
    ) -> None:
        """Begin.

        Args:
            expectations: as declared; identical ones are judged once and reported as often as declared.
            schema: of every batch; columns that begin with `_` are not seen by the expectations.
            sensitive: columns whose values must appear in no result.
            repeats: what the first look at the same rows found; needed where `Repeats(expectations, schema).needed`.
            keep_failing: whether the results name the failing rows of the whole stream.

        Raises:
            ExpectationError: the library refuses the arguments of an expectation.
            ValueError: an expectation needs a first look that was not taken.
        """
        check_forms(expectations, schema)
        self._expectations, self._sensitive, self._keep = tuple(expectations), sensitive, keep_failing
        self._schema, self._shared = schema, Shared()
        first_look = Repeats(expectations, schema) if repeats is None else repeats
        self._members = {identity_of(e): self._member(e, first_look) for e in expectations}
        self._failing: dict[str, list[np.ndarray]] = {key: [] for key in self._members}
        self._rows = 0
        self._looked = False

    def look(self, rows: pa.Table | Batch) -> tuple[np.ndarray, ...]:
        """Judge one batch.

        Args:
            rows: of the schema; not modified. As a `Batch` where others look at the same rows.

        Returns:
            One (U,) int64 array an expectation, in order: the ascending positions in this batch that fail a row-level
            expectation; empty for one on a whole column or table.
        """
        batch = rows if isinstance(rows, Batch) else Batch(rows)
        self._shared.look(batch)
        positions = {key: member.look(batch, self._rows) for key, member in self._members.items()}
        if self._keep:
            for key, failing in positions.items():
                self._failing[key].append(failing + self._rows)
        self._rows += batch.rows.num_rows
        self._looked = True
        return tuple(positions[identity_of(expectation)] for expectation in self._expectations)

    def results(self) -> tuple[ExpectationResult, ...]:
        """Judge the whole stream, after its last batch.

        Returns:
            One result an expectation, in order.
        """
        if not self._looked:
            self.look(self._schema.empty_table())
        found = {
            key: replace(member.found(), failing=np.concatenate([NOTHING, *self._failing[key]]))
            for key, member in self._members.items()
        }
        return tuple(
            report(e, found[identity_of(e)], check_name=name, rows=self._rows, hidden=touches(e, self._sensitive))
            for name, e in zip(check_names(self._expectations), self._expectations, strict=True)
        )

    def _member(self, expectation: Expectation, first_look: Repeats) -> Member:
        schema, hidden = self._schema, touches(expectation, self._sensitive)
        if expectation.use:
            return OwnRows(expectation, hidden=hidden)
        known = first_look.found(expectation)
        if isinstance(known, Key):
            return Counted(expectation, schema, known.outcome, hidden=hidden)
        if known is not None:
            return Known(known)
        rule = row_rule(expectation, schema) if expectation.row_level else None
        if rule is not None:
            return Counted(expectation, schema, rule, hidden=hidden)
        return Batchwise(expectation, schema, hidden=hidden) if expectation.row_level else self._of_whole(expectation)

    def _of_whole(self, expectation: Expectation) -> Member:
        metrics = metrics_rule(expectation, self._schema, self._shared)
        if metrics is None:
            return Collected(expectation, self._schema)
        return Gathered(expectation, self._schema, metrics)
