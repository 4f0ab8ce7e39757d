"""Rows that a function of the pipeline's own yields, batch by batch."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from assets.data.period import Period
from assets.data.sources.arrow import SourceError, plain
from assets.data.sources.spool import spooled
from assets.data.sources.tabular import is_frame, table_of
from assets.settings import Section
from data_checks.named_function import FunctionError, NamedFunction, Use


class PythonSource(Section):
    """A generator function of yours, for whatever no other kind reads."""

    kind: Literal["python"]
    use: Use
    """`module:function`, called as `function(start=…, end=…)` with the period's bounds as datetimes in the partitions'
    zone, both None without partitions; it yields pyarrow tables, record batches or pandas frames."""

    def fingerprint(self) -> str | None:
        """None: what the function yields is known once it was read."""
        return None

    def batches(self, period: Period | None = None, *, hidden: bool = False) -> Iterator[pa.RecordBatch]:
        """What the function yields, in its order.

        Arrow batches pass as they come and have one schema. Pandas frames wait until all were seen, since the type of a
        frame's column depends on which of its values are missing.

        Args:
            period: whose bounds the function is given.
            hidden: whether a row may hold what nobody may see; what the function raises is then not repeated.

        Raises:
            SourceError: the function is not there, fails, is no generator, or yields other than tables of one form.
        """
        return plain(self._batches(NamedFunction(self.use, "source.use", _of(period), hidden), period))

    def _batches(self, function: NamedFunction, period: Period | None) -> Iterator[pa.RecordBatch]:
        yielded = self._yielded(function, period)
        first = next(yielded, None)
        if first is None:
            raise SourceError(
                f"source.use yields nothing: {self.use!r} gave 0 batches{_of(period)}, and one is needed to know the "
                "columns; yield one, which may have no rows"
            )
        tables = (
            self._table(place, value, hidden=function.hidden)
            for place, value in enumerate(chain([first], yielded), start=1)
        )
        rows = (batch for table in tables for batch in _cut(table))
        yield from spooled(rows) if is_frame(first) else self._alike(rows)

    def _yielded(self, function: NamedFunction, period: Period | None) -> Iterator[object]:
        try:
            found = function(**_bounds(period))
            if not isinstance(found, Iterator):
                raise function.refused(
                    f"is no generator: {self.use!r} returned a {type(found).__name__}",
                    "let it yield its tables or batches one by one",
                )
            yield from function.drawn(found)
        except FunctionError as error:
            raise SourceError(str(error)) from (None if function.hidden else error)

    def _table(self, place: int, value: object, *, hidden: bool) -> pa.Table:
        try:
            table = table_of(value)
        except pa.ArrowException as error:
            said = "" if hidden else f": {' '.join(str(error).split())}"
            raise SourceError(
                f"source.use yields a frame of mixed values: batch {place} of {self.use!r} is no table{said}; give "
                "each column values of one type"
            ) from None
        if table is None:
            raise SourceError(
                f"source.use yields no table: batch {place} of {self.use!r} is a {type(value).__name__}; "
                "yield pyarrow tables, record batches or pandas frames"
            )
        return table

    def _alike(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema: pa.Schema | None = None
        for batch in batches:
            schema = schema or batch.schema
            if not batch.schema.equals(schema):
                told = [str(field) for field in schema if field not in batch.schema]
                now = [str(field) for field in batch.schema if field not in schema]
                raise SourceError(
                    f"source.use yields batches of two schemas: {self.use!r} gave {now or batch.schema.names} after "
                    f"{told or schema.names}; give every batch the same columns and types"
                )
            yield batch


def _cut(table: pa.Table) -> list[pa.RecordBatch]:
    return table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]


def _bounds(period: Period | None) -> dict[str, datetime | None]:
    if period is None:
        return {"start": None, "end": None}
    zone = ZoneInfo(period.time_zone)
    return {"start": period.start.astimezone(zone), "end": period.end.astimezone(zone)}


def _of(period: Period | None) -> str:
    return f" for {period.key}" if period else ""
