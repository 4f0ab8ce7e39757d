"""What a table holds, gathered in one pass over its batches: exact counts, and a bounded sample of rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.propose import ProposeError
from assets.propose.pieces import Pieces, find
from data_checks.floats import as_floats
from data_checks.verdict import Json

SAMPLE_ROWS = 100_000
SAMPLE_BYTES = 1 << 28
MOST_VALUES = 200
TOLD_EVERY = 1_000_000
_MICROSECONDS_AN_HOUR = 3_600_000_000
_LOCAL, _UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Seen:
    """What one column held.

    Attributes:
        name: its name.
        type: its Arrow type.
        rows: all rows.
        nulls: missing values, NaN among them.
        infinite: values that are not finite.
        low, high: least and greatest finite number; None where it holds no numbers.
        whole: whether every number is without a fraction.
        values: every value with its count, decimals as floats; None if there are more than 200.
        hours: rows by hour since 1970 (UTC) if every value is a date, a timestamp or such text; else None.
        midnight: whether every time is a midnight.
    """

    name: str
    type: pa.DataType
    rows: int
    nulls: int
    infinite: int
    low: float | None
    high: float | None
    whole: bool
    values: Mapping[Json, int] | None
    hours: Mapping[int, int] | None
    midnight: bool

    @property
    def null_share(self) -> float:
        """Share of the rows without a value."""
        return self.nulls / self.rows

    @property
    def constant(self) -> bool:
        """Whether all its values are the same, or there are none."""
        return self.nulls == self.rows or (self.values is not None and len(self.values) == 1)


@dataclass(frozen=True)
class Look:
    """What a table held.

    Attributes:
        rows: how many.
        columns: what each column held, by name, in order.
        sample: every n-th row, at most 100,000.
        pieces: columns that together are a date, with the rows by hour since 1970; None if there are none.
    """

    rows: int
    columns: Mapping[str, Seen]
    sample: pa.Table
    pieces: tuple[Pieces, Mapping[int, int]] | None = None

    @property
    def whole(self) -> bool:
        """Whether the sample is all there is."""
        return bool(self.sample.num_rows == self.rows)

    def distinct(self, name: str) -> int:
        """How many values a column has in the sample."""
        return len(pc.unique(self.sample[name].drop_null()))


def look(batches: Iterable[pa.RecordBatch], *, report: Callable[[str], object]) -> Look:
    """Read a table once, in memory that does not grow with it.

    Args:
        batches: of one schema; not modified.
        report: told how far it is, for people.

    Raises:
        ProposeError: there are no rows.
    """
    columns: dict[str, _Column] = {}
    dates: _Dates | None = None
    sample, rows, told = _Sample(), 0, 0
    for batch in map(_with_wide_floats, batches):
        if not columns:
            shown = [f for f in batch.schema if not f.name.startswith("_")]
            columns = {f.name: _Column(f.name, f.type) for f in shown}
            pieces = find(batch.schema)
            dates = _Dates(pieces) if pieces else None
        kept = batch.select(list(columns))
        for name, column in columns.items():
            column.update(kept.column(name))
        if dates:
            dates.update(kept)
        sample.update(kept)
        rows += len(batch)
        if rows - told >= TOLD_EVERY:
            told = rows
            report(f"{rows:,} rows looked at")
    if not rows:
        raise ProposeError("--source holds no rows: nothing can be proposed from an empty table; give one with rows")
    report(f"{rows:,} rows, {len(columns)} columns looked at")
    seen = {name: column.result(rows) for name, column in columns.items()}
    return Look(rows, seen, sample.table(), dates.result(rows) if dates else None)


def _with_wide_floats(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Half floats as floats: Arrow counts no values of them."""
    for place, kind in enumerate(batch.schema):
        if pa.types.is_float16(kind.type):
            wide = kind.with_type(pa.float32())
            batch = batch.set_column(place, wide, batch.column(place).cast(wide.type))
    return batch


@dataclass
class _Sample:
    """Every n-th row, n a power of two that grows as rows come."""

    step: int = 1
    begun: int = 0
    parts: list[pa.Table] = field(default_factory=list)
    places: list[np.ndarray] = field(default_factory=list)

    def update(self, batch: pa.RecordBatch) -> None:
        place = np.arange(self.begun, self.begun + len(batch))
        self.begun += len(batch)
        taken = place % self.step == 0
        if self.parts and not taken.any():
            return
        # a filtered copy, so that a batch is not held for a few of its rows
        self.parts.append(pa.Table.from_batches([batch]).filter(pa.array(taken)))
        self.places.append(place[taken])
        while sum(map(len, self.places)) > SAMPLE_ROWS or self._is_wide():
            self.step *= 2
            kept = [place % self.step == 0 for place in self.places]
            self.parts = [part.filter(pa.array(keep)) for part, keep in zip(self.parts, kept, strict=True)]
            self.places = [place[keep] for place, keep in zip(self.places, kept, strict=True)]

    def _is_wide(self) -> bool:
        return sum(int(part.nbytes) for part in self.parts) > SAMPLE_BYTES and sum(map(len, self.places)) > 1000

    def table(self) -> pa.Table:
        return pa.concat_tables(self.parts).combine_chunks()


class _Column:
    def __init__(self, name: str, kind: pa.DataType) -> None:
        self.name, self.type = name, kind
        self.nulls = self.infinite = 0
        self.low: float | None = None
        self.high: float | None = None
        self.whole = self.midnight = True
        nested = pa.types.is_nested(kind) or pa.types.is_null(kind) or pa.types.is_binary(kind)
        self.values: Counter[Json] | None = None if nested else Counter()
        self.hours: Counter[int] | None = Counter() if _may_be_time(kind) else None
        self.zones: set[str | bool | None] = set()

    def update(self, values: pa.Array) -> None:
        missing = pc.is_null(values, nan_is_null=True)
        present = values.filter(pc.invert(missing))
        self.nulls += len(values) - len(present)
        if not len(present):
            return
        if pa.types.is_decimal(self.type):
            present = as_floats(present)
        if _is_number(self.type):
            self._widen(as_floats(present).to_numpy(zero_copy_only=False))
        if self.hours is not None:
            self._count_hours(present)
        if self.values is not None:
            counts = pc.value_counts(present)
            pairs = zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True)
            self.values.update({_json(value): count for value, count in pairs} if len(counts) <= MOST_VALUES else {})
            if max(len(counts), len(self.values)) > MOST_VALUES:
                self.values = None

    def _widen(self, numbers: np.ndarray) -> None:
        finite = numbers[np.isfinite(numbers)]
        self.infinite += len(numbers) - len(finite)
        if len(finite):
            least, most = float(finite.min()), float(finite.max())
            self.low = least if self.low is None else min(self.low, least)
            self.high = most if self.high is None else max(self.high, most)
            self.whole = self.whole and bool((finite == np.floor(finite)).all())

    def _count_hours(self, present: pa.Array) -> None:
        instants = instants_of(present)
        # text of which only some has a zone is no one kind of time
        self.zones |= {instants is not None and instants.type.tz}
        if instants is None or self.hours is None or len(self.zones) > 1:
            self.hours = None
            return
        hours, midnight = hours_of(instants)
        self.hours.update(hours)
        self.midnight = self.midnight and midnight

    def result(self, rows: int) -> Seen:
        hours = self.hours or None
        return Seen(
            self.name, self.type, rows, self.nulls, self.infinite, self.low, self.high, self.whole, self.values, hours,
            self.midnight,
        )  # fmt: skip


class _Dates:
    """Rows by hour of a date that stands in pieces; given up if more than one in a hundred is no day."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces: Pieces | None = pieces
        self.hours: Counter[int] = Counter()

    def update(self, batch: pa.RecordBatch) -> None:
        dates = self.pieces.dates(pa.Table.from_batches([batch])) if self.pieces else None
        instants = instants_of(dates.drop_null()) if dates is not None else None
        if instants is None:
            self.pieces = None
        else:
            self.hours.update(hours_of(instants)[0])

    def result(self, rows: int) -> tuple[Pieces, Mapping[int, int]] | None:
        if self.pieces is None or self.hours.total() < 0.99 * rows:
            return None
        return self.pieces, self.hours


def instants_of(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray | None:
    """Dates, timestamps or such text as `timestamp[us]`, in UTC where they have a zone; None if a value is none."""
    text, zone = pa.types.is_string(values.type), getattr(values.type, "tz", None)
    for kind in (_LOCAL, _UTC) if text else (_UTC,) if zone else (_LOCAL,):
        try:
            return values.cast(kind, safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
    return None


def hours_of(instants: pa.Array | pa.ChunkedArray) -> tuple[Mapping[int, int], bool]:
    """Rows by hour since 1970 (UTC), and whether all are midnights."""
    numbers = np.asarray(instants.cast(pa.int64()).to_numpy(zero_copy_only=False))
    hours, counts = np.unique(numbers // _MICROSECONDS_AN_HOUR, return_counts=True)
    midnight = bool((numbers % (24 * _MICROSECONDS_AN_HOUR) == 0).all())
    return dict(zip(hours.tolist(), counts.tolist(), strict=True)), midnight


def _may_be_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_string(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _json(value: object) -> Json:
    return value if isinstance(value, bool | int | float | str) else str(value)
