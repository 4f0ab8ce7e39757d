"""What must be true of a period's rows beside those of the periods before, and beside the clock."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from assets.data.event_time import duration, instants
from assets.settings import Section
from data_checks.verdict import Severity


class RowsAsBefore(Section):
    """How the number of kept rows compares with the periods before; the first period passes and says so."""

    at_least: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Smallest multiple of the usual number, such as 0.5; the usual one is the median of the periods before."""
    at_most: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Largest multiple of it, such as 2.0."""
    periods: Annotated[int, Field(ge=1, le=1000)] = 3
    """How many periods before are looked at, as far as they are stored and were not refused."""
    severity: Severity = "critical"
    """`critical` stops what follows, `warning` and `info` only say so."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("contract.over_time.rows has no limit: neither at_least nor at_most is there; write one")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(
                f"contract.over_time.rows can't be met: at_least {self.at_least:g} is more than at_most "
                f"{self.at_most:g}; swap them"
            )
        return self


class Fresh(Section):
    """How old the newest row may be at the end of its period; without partitions, at the time of the run."""

    within: str
    """Such as `3 days` or `6 hours`; a date counts from its midnight."""
    column: str | None = None
    """Column of the time; absent: that of the partitions."""
    severity: Severity = "critical"
    """`critical` stops what follows, `warning` and `info` only say so."""

    @field_validator("within")
    @classmethod
    def _is_a_duration(cls, text: str) -> str:
        duration(text)
        return text


class Unique(Section):
    """A key that may not occur in an earlier period; rows in which a column of it is missing are left out."""

    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """Columns that make up the key."""
    periods: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many periods before are looked at; absent: all that are stored."""
    severity: Severity = "critical"
    """`critical` stops what follows, `warning` and `info` only say so."""

    @field_validator("columns")
    @classmethod
    def _are_different(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(columns)) < len(columns):
            raise ValueError(f"contract.over_time.unique.columns names one twice: {', '.join(columns)}; name each once")
        return columns


class OverTime(Section):
    """Rules that one period's rows can't tell; each is a check of `clean`."""

    rows: RowsAsBefore | None = None
    """How many rows there are, against the periods before."""
    fresh: Fresh | None = None
    """How old the newest row may be."""
    unique: Unique | None = None
    """What may not occur in an earlier period."""


def newest(batches: Iterable[pa.RecordBatch], column: str, time_zone: str) -> datetime | None:
    """The latest time of a column, in UTC; None if no row has one.

    Args:
        batches: that hold the column.
        column: dates, timestamps or ISO 8601 text.
        time_zone: where values without a zone are read.

    Raises:
        EventTimeError: it holds something else.
    """
    found: datetime | None = None
    for batch in batches:
        latest = pc.max(instants(pa.chunked_array([batch[column]]), time_zone, name=column)).as_py()
        if latest is not None and (found is None or latest > found):
            found = latest
    return found
