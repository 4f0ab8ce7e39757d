"""Whether rows are as expected: Great Expectations' own verdicts on Arrow tables, and which rows fail."""

from collections.abc import Sequence

import pyarrow as pa

from data_checks.expectation_form import Expectation, check_names
from data_checks.expectation_library import ExpectationError
from data_checks.expectation_result import ExpectationResult
from data_checks.expectation_verdict import Action, verdicts
from data_checks.one_pass import Examination, Repeats

__all__ = [
    "Action",
    "Examination",
    "Expectation",
    "ExpectationError",
    "ExpectationResult",
    "Repeats",
    "check_names",
    "expect",
    "verdicts",
]

_BATCH = 131_072


def expect(
    rows: pa.Table, expectations: Sequence[Expectation], *, sensitive: frozenset[str] = frozenset()
) -> tuple[ExpectationResult, ...]:
    """Judge a table by Great Expectations; the library is imported only if there is an expectation.

    Args:
        rows: any table; columns that begin with `_` are not seen by the expectations. Not modified.
        expectations: as declared; identical ones are judged once and reported as often as declared.
        sensitive: columns whose values must appear in no result.

    Returns:
        One result an expectation, in order.

    Raises:
        ExpectationError: the library refuses the arguments; a column that is not there is a failed result instead.
    """
    batches = [pa.Table.from_batches([batch]) for batch in rows.to_batches(max_chunksize=_BATCH)]
    repeats = Repeats(expectations, rows.schema)
    while repeats.needed:
        for batch in batches:
            repeats.look(batch)
        repeats.finish()
    examination = Examination(expectations, rows.schema, sensitive=sensitive, repeats=repeats)
    for batch in batches:
        examination.look(batch)
    return examination.results()
