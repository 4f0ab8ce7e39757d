"""A row-level expectation that a function of the pipeline's own judges, batch by batch."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_checks.expectation_form import Expectation
from data_checks.expectation_report import Found, examples_of
from data_checks.named_function import FunctionError, NamedFunction
from data_checks.one_pass.batch import Batch
from data_checks.one_pass.column_rules import NOTHING
from data_checks.verdict import Json


class OwnRows:
    """Counts what the function says of each batch; a function that fails is told as an expectation not judged."""

    def __init__(self, expectation: Expectation, *, hidden: bool = False) -> None:
        self._expectation = expectation
        self._function = NamedFunction(expectation.use or "", f"{expectation.name}.use", hidden=hidden)
        self._rows = self._missing = self._unexpected = 0
        self._examples: pa.Table | None = None
        self._error = ""

    def look(self, batch: Batch, start: int) -> np.ndarray:
        """Let the function judge the batch."""
        rows = batch.rows
        if self._error:
            return NOTHING
        try:
            verdicts = self._judged(rows)
        except FunctionError as error:
            self._error = str(error)
            return NOTHING
        failing = np.flatnonzero(pc.fill_null(pc.invert(verdicts), False).to_numpy(zero_copy_only=False))
        self._rows += len(verdicts)
        self._missing += verdicts.null_count
        self._unexpected += len(failing)
        if self._examples is None:
            self._examples = examples_of(rows, self._expectation, failing)
        return failing

    def found(self) -> Found:
        """Judge the counts of all batches by `mostly`."""
        considered = self._rows - self._missing
        mostly = self._expectation.arguments.get("mostly", 1)
        passing = (considered - self._unexpected) / considered if considered else 1.0
        result: dict[str, Json] = {
            "element_count": self._rows,
            "missing_count": self._missing,
            "missing_percent": _percent(self._missing, self._rows),
            "unexpected_count": self._unexpected,
            "unexpected_percent": _percent(self._unexpected, considered),
            "unexpected_percent_total": _percent(self._unexpected, self._rows),
            "unexpected_percent_nonmissing": _percent(self._unexpected, considered),
            "partial_unexpected_list": [],
        }
        raw: dict[str, Json] = {
            "success": not self._error and isinstance(mostly, int | float) and passing >= mostly,
            "result": {} if self._error else result,
            "exception_info": {"raised_exception": bool(self._error), "exception_message": self._error or None},
            "meta": {},
        }
        return Found(raw, examples=self._examples, way="function")

    def _judged(self, rows: pa.Table) -> pa.Array:
        """(N,) booleans, null for rows that are not judged."""
        columns = self._expectation.columns or [name for name in rows.column_names if not name.startswith("_")]
        if absent := [name for name in columns if name not in rows.column_names]:
            raise FunctionError(f"{self._expectation.name}.column_list names columns that are not there: {absent}")
        given = self._function(rows.select(columns))
        try:
            verdicts = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else pa.array(given)
            verdicts = verdicts.cast(pa.bool_()) if pa.types.is_null(verdicts.type) else verdicts
        except (TypeError, ValueError) as error:
            raise self._no_verdicts(f"a {type(given).__name__}") from error
        if not pa.types.is_boolean(verdicts.type):
            raise self._no_verdicts(f"values of type {verdicts.type}")
        if len(verdicts) != rows.num_rows:
            raise self._no_verdicts(f"{len(verdicts)} values for {rows.num_rows} rows")
        return verdicts

    def _no_verdicts(self, given: str) -> FunctionError:
        return self._function.refused(
            f"returns no verdicts: {self._function.use!r} gave {given}", "return True, False or None for each row"
        )


def _percent(count: int, whole: int) -> float | None:
    return 100 * count / whole if whole else None
