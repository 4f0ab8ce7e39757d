"""Whether the values of a column go up or down, across the borders of batches."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from data_checks.one_pass.batch import Batch, kind_of
from data_checks.one_pass.column_rules import Outcome, RowRule
from data_checks.one_pass.judge import Tally


def order_rule(name: str, arguments: Mapping[str, object], held: pa.DataType) -> RowRule | None:
    """The rule of an expectation on the order of a column, none if it must be left to the library.

    The rule remembers the last value: every batch must be shown to it once, in order.

    Args:
        name: of the expectation.
        arguments: its own.
        held: the type of its column.
    """
    known = {"expect_column_values_to_be_increasing": 1, "expect_column_values_to_be_decreasing": -1}
    if name not in known or kind_of(held) not in {"number", "time"}:
        return None
    column, direction, strictly = str(arguments["column"]), known[name], bool(arguments.get("strictly"))
    last: list[np.ndarray] = [np.empty(0)]

    def rule(batch: Batch) -> Outcome:
        view, rows = batch[column], batch.rows.num_rows
        exact = view.kind == "time" or np.issubdtype(view.present.dtype, np.signedinteger)
        values = view.present if exact else view.present.astype(np.float64)
        with np.errstate(invalid="ignore"):
            steps = np.diff(np.concatenate([last[0].astype(values.dtype), values])) * direction
        wrong = steps <= 0 if strictly else steps < 0  # not a number passes, as infinity after infinity
        if len(values):
            places = np.flatnonzero(wrong) + (0 if len(last[0]) else 1)
            last[0] = values[-1:]
        else:
            places = np.empty(0, np.int64)
        failing = np.flatnonzero(view.valid)[places] if view.missing else places
        return Outcome(Tally(rows, len(values), len(failing)), failing)

    return rule
