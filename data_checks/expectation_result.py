"""What an expectation found, and what that means for the rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from data_checks.verdict import Json, Severity

Way = Literal["one pass", "library", "function"]


@dataclass(frozen=True, eq=False)
class ExpectationResult:
    """The library's verdict on one expectation over one table.

    Attributes:
        name: the library's name of the expectation.
        check_name: unique among the expectations of a contract, letters, digits and `_` only.
        arguments: as declared.
        severity: as declared.
        row_level: whether `failing_rows` is known, because single rows are judged.
        success: the library's own verdict, `mostly` included.
        rows: of the table, whatever condition the expectation sets.
        element_count: the rows it looked at; 0 for an expectation on the whole table.
        unexpected_count: the rows that fail; 0 for an expectation on the whole table.
        observed: the figure that was compared, for expectations on a whole column or table.
        examples: at most five values (rows of values for several columns) that fail; none of a sensitive column.
        failing_rows: (unexpected_count,) int64, ascending positions in the table.
        error: why it could not be judged at all, or empty.
        raw: the library's result, without lists of failing rows and without values of sensitive columns.
        way: whether its figures were counted in one pass over the batches, by the library itself, or by a function of
            the pipeline's own.
    """

    name: str
    check_name: str
    arguments: Mapping[str, Json]
    severity: Severity
    row_level: bool
    success: bool
    rows: int
    element_count: int = 0
    unexpected_count: int = 0
    observed: Json = None
    examples: tuple[Json, ...] = ()
    failing_rows: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    error: str = ""
    raw: Mapping[str, Json] = field(default_factory=dict)
    way: Way = "library"

    @property
    def unexpected_share(self) -> float:
        """The share of all rows that fail."""
        return self.unexpected_count / self.rows if self.rows else 0.0

    @property
    def quarantines(self) -> bool:
        """Whether its failing rows are to be quarantined where the contract says so."""
        return self.row_level and self.severity == "critical" and not self.error
