"""Which rows train, validate and test; a row's part never changes because data grow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, ValidationInfo, field_validator, model_validator

from assets.data import shares, timeline
from assets.data.clock import Clock, window
from assets.data.custom_split import by_function
from assets.data.event_time import duration, microseconds
from assets.data.given_split import FILE, by_column
from assets.data.known import check_columns, left_out
from assets.data.outcome import OUTCOMES, PARTS, REASONS, TRAIN, UNDECIDED, Part, SplitError
from assets.data.period import Partitions, Period
from assets.data.target import Target
from assets.declare.wording import shown
from assets.settings import Section
from data_checks.named_function import Use

By = Literal["time", "group", "stratum", "key", "random", "given", "custom"]
PERIODIC = "periodic"
GIVEN = frozenset({"given", "custom"})
MOST_PERIODS = 100_000
Size = Annotated[int, Field(ge=1, le=MOST_PERIODS)] | Annotated[float, Field(gt=0, lt=1)] | str
Span = Annotated[int, Field(ge=0, le=100_000)] | str


class Split(Section):
    """How the rows are divided."""

    by: By | None = None
    """By time (in order), group (whole groups), stratum (equal shares in each), key (hash of a column), random (hash of
    the row), given (a column says it) or custom (a function says it); absent: time with partitions, else key, by which
    equal rows stay together."""
    column: str | None = None
    """Column of the time, group, stratum, key or given part; time has the partitions' own, key defaults to the row."""
    validation: Size | None = None
    """Periods (time with partitions, default 1), share (default 0.2), or first day (time without partitions)."""
    test: Size | None = None
    """As `validation`; the newest periods or days."""
    gap: Span = 0
    """Periods, or a duration such as `7 days`, left out before validation and again before test."""
    purge: Span = 0
    """The same, left out at the end of train only, where it is longer than the gap."""
    parts: dict[Part, tuple[str, ...]] | None = None
    """Which values of the column (absent: which files) make which part, for `given`."""
    use: Use | None = None
    """For `custom`, `module:function`: it takes the rows as a pyarrow table and returns train, validation, test or None
    (left out) for each."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Which columns that function is given; absent: all."""
    seed: int = 0
    """Another one gives another division by group, stratum, key or random."""

    @field_validator("validation", "test", mode="before")
    @classmethod
    def _check_size(cls, value: object, info: ValidationInfo) -> object:
        is_share = isinstance(value, float) and 0 < value < 1
        is_count = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_PERIODS
        if value is None or isinstance(value, str) or is_share or is_count:
            return value
        if _in_periods(info) and isinstance(value, int):
            raise ValueError(f"is no size: {shown(value)} must be a number of periods from 1, such as 1; write one")
        raise ValueError(
            f"is no size: {shown(value)} must be a share of the rows between 0 and 1 such as 0.2, a number of periods "
            "from 1 such as 2, or a first day such as '2015-07-01'; write one of them"
        )

    @field_validator("validation", "test")
    @classmethod
    def _check_day(cls, value: int | float | str | None, info: ValidationInfo) -> int | float | str | None:
        if isinstance(value, str) and not _in_periods(info):
            try:
                date.fromisoformat(value)
            except ValueError as error:
                number = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(%?)", value)
                share = float(number[1]) / (100 if number[2] else 1) if number else None
                remedy = "a day or a share" if share is None else f"the share without quotes: {share:g}"
                raise ValueError(f"is no day: {value!r} must read like 2015-07-01; write {remedy}") from error
        return value

    @field_validator("gap", "purge")
    @classmethod
    def _check_duration(cls, value: int | str) -> int | str:
        if isinstance(value, str):
            duration(value)
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        sizes = [size for size in (self.validation, self.test) if isinstance(size, float)]
        if sum(sizes) >= 1:
            raise ValueError(
                f"split.validation and split.test leave nothing to train on: {sizes} must sum to less than 1; lower one"
            )
        if self.by in {"group", "stratum"} and self.column is None:
            raise ValueError(f"split.column is missing: by={self.by} needs a column; name it")
        if self.by == "random" and self.column is not None:
            raise ValueError(f"split.column has no meaning with by=random: {self.column!r}; use by=key, or take it out")
        if self.by not in {None, "time"} and (self.gap or self.purge):
            raise ValueError(f"split.gap and split.purge need time: by={self.by} knows no order; take them out")
        if self.by != "given" and self.parts is not None:
            raise ValueError(f"split.parts needs by=given: by={self.by} divides by itself; take it out")
        if self.by in GIVEN and (self.validation or self.test):
            raise ValueError(
                f"split.validation and split.test have no meaning with by={self.by}: parts are given; take them out"
            )
        if (self.by == "custom") != (self.use is not None):
            raise ValueError(
                f"split.use and by=custom need each other: by={self.by} and use={self.use}; write both or neither"
            )
        if self.by == "custom" and self.column is not None:
            raise ValueError(
                f"split.column has no meaning with by=custom: {self.column!r}; name what the function reads in "
                "split.columns"
            )
        if self.by != "custom" and self.columns is not None:
            raise ValueError(
                f"split.columns needs by=custom: {list(self.columns)} are read by no function; take it out"
            )
        return self


def _in_periods(info: ValidationInfo) -> bool:
    """Whether sizes are numbers of periods, by the declaration around; what else is written is then told with it."""
    return bool((info.context or {}).get(PERIODIC)) and info.data.get("by") in {None, "time"}


@dataclass(frozen=True)
class Assignment:
    """Who is in which part.

    Attributes:
        table: `_period` (string, empty without partitions), `_row` (int64), `_part` (string); in the order of the rows,
            without those left out.
        counts: rows of each part, and rows left out for each reason; they add up to all rows.
    """

    table: pa.Table
    counts: Mapping[str, int]


def split(
    rows: pa.Table,
    settings: Split,
    *,
    target: Target,
    partitions: Partitions | None = None,
    periods: Sequence[Period] = (),
    as_of: datetime | None = None,
    hidden: bool = False,
) -> Assignment:
    """Divide rows into train, validation and test.

    Left out, and counted by reason, in this order: rows without a target, rows whose label was not known at `as_of`,
    rows younger than `target.matures_after` at `as_of`, and rows in a gap or set aside by a function.

    Args:
        rows: clean rows with `_row`, and `_period` where partitioned; not modified.
        settings: how.
        target: its column, and when labels become known.
        partitions: the pipeline's, if it has any.
        periods: the window, ascending; by default the periods that the rows are of.
        as_of: the moment the division is made for, with a zone; by default the end of the last period.
        hidden: whether a row may hold what nobody may see; no error of what divides then repeats one.

    Raises:
        SplitError: a column is missing, a setting does not fit, a part is empty, or train has one value of the target.
        FunctionError: a function that divides breaks its law.
    """
    check_columns(rows, "_row", settings.column, *(["_period"] if partitions else []), setting="split")
    if partitions:
        periods = window(pc.unique(rows["_period"]).to_pylist(), partitions, periods)
    settings = settings.model_copy(update={"by": settings.by or ("time" if partitions else "key")})
    clock = Clock.of(partitions, periods, column=settings.column, by_time=settings.by == "time")
    outcome = left_out(
        rows,
        target,
        event_time=clock.column,
        time_zone=clock.time_zone,
        as_of=as_of or (periods[-1].end if periods else None),
    )
    usable = outcome == UNDECIDED
    if not usable.any():
        raise SplitError(_empty("train", rows, settings, outcome=outcome, clock=clock))
    parts = _parts(rows, usable, settings, clock, hidden=hidden)
    outcome[usable] = parts[usable]
    for code, part in enumerate(PARTS):
        if not (outcome == code).any():
            raise SplitError(_empty(part, rows, settings, outcome=outcome, clock=clock))
    _check_target(rows[target.column].filter(pa.array(outcome == TRAIN)), target, len(rows))
    return _assignment(rows, outcome)


def _parts(rows: pa.Table, usable: np.ndarray, settings: Split, clock: Clock, *, hidden: bool) -> np.ndarray:
    """(N,) int8 outcomes; hashes are taken over all rows, so that a label that becomes known moves no other row."""
    if settings.by == "time":
        return _by_time(rows, usable, settings, clock)
    if settings.by == "given":
        check_columns(rows, settings.column or FILE, setting="split.column")
        return by_column(rows, settings.column or FILE, settings.parts, hidden=hidden)
    if settings.by == "custom" and settings.use:
        return by_function(rows, settings.use, settings.columns, hidden=hidden)
    validation, test = (_share(size) for size in (settings.validation, settings.test))
    if settings.by == "random":
        return shares.by_row(rows, validation=validation, test=test, seed=settings.seed)
    if settings.by == "stratum" and settings.column:
        return shares.by_stratum(rows, settings.column, validation=validation, test=test, seed=settings.seed)
    return shares.by_key(rows, settings.column, validation=validation, test=test, seed=settings.seed)


def _by_time(rows: pa.Table, usable: np.ndarray, settings: Split, clock: Clock) -> np.ndarray:
    column = clock.column or ""
    check_columns(rows, column, setting="split.column")
    if rows[column].null_count:
        raise SplitError(
            f"split.column has missing values: {column!r} is null in {rows[column].null_count} of {rows.num_rows} "
            "rows, which have no place in time; mark it not nullable in the contract"
        )
    times = microseconds(rows[column], clock.time_zone, name=column)
    sizes = settings.model_dump(include={"validation", "test", "gap", "purge"})
    if clock.periods:
        return timeline.of_periods(clock.periods, **sizes).outcome(times)
    return timeline.of_times(times[usable], clock.time_zone, **sizes).outcome(times)


def _share(size: int | float | str | None) -> float:
    if size is None:
        return 0.2
    if not isinstance(size, float):
        raise SplitError(
            f"split.validation and split.test must be shares: {size!r} only divides by time; write for example 0.2"
        )
    return size


def _check_target(train: pa.ChunkedArray, target: Target, rows: int) -> None:
    values = pc.unique(train)
    if len(values) == 1:
        raise SplitError(
            f"split.train has a single value of the target: {target.column!r} is {values[0].as_py()!r} in all "
            f"{len(train)} of {rows} rows; widen the window or divide otherwise"
        )


def _empty(part: str, rows: pa.Table, settings: Split, *, outcome: np.ndarray, clock: Clock) -> str:
    left = ", ".join(f"{count} {reason}" for reason, count in _counts(outcome).items() if reason in REASONS and count)
    column = settings.column or (clock.column if settings.by == "time" else None)
    distinct = len(pc.unique(rows[column])) if column else rows.num_rows
    values = f" with {distinct} distinct value{'s' * (distinct > 1)} of {column!r}" if column else ""
    default = 1 if clock.periods and settings.by == "time" else 0.2
    sizes = f"validation={settings.validation or default}, test={settings.test or default}"
    return (
        f"split.{part} is empty: {rows.num_rows} rows{f' ({left})' if left else ''}{values} cannot give "
        f"{'parts as given' if settings.by in GIVEN else sizes}; give more rows, other sizes or a finer column"
    )


def _assignment(rows: pa.Table, outcome: np.ndarray) -> Assignment:
    placed = pa.array((outcome >= TRAIN) & (outcome < len(PARTS)))
    period = rows["_period"] if "_period" in rows.column_names else pa.repeat("", rows.num_rows)
    names = pa.DictionaryArray.from_arrays(pa.array(np.maximum(outcome, 0)), pa.array(OUTCOMES)).dictionary_decode()
    table = pa.table({"_period": period, "_row": rows["_row"], "_part": names}).filter(placed).combine_chunks()
    return Assignment(table, _counts(outcome))


def _counts(outcome: np.ndarray) -> dict[str, int]:
    return {name: int((outcome == code).sum()) for code, name in enumerate(OUTCOMES)}
