"""Numbers of CSV files with other marks than a decimal point, which the contract must not read by itself."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from assets.data.preprocess import Contract
from assets.data.sources.arrow import SourceError
from assets.data.sources.files import FilesSource
from assets.data.sources.marks import Marks


def refuse_unread(
    batches: Iterator[pa.RecordBatch], source: FilesSource, contract: Contract
) -> Iterator[pa.RecordBatch]:
    """Pass the batches on, unless a column of numbers with such marks was read as text.

    The contract reads text with a decimal point: `1.234` that means 1234 would become another number.

    Raises:
        SourceError: naming the first such column.
    """
    named = [
        (name, column.type, source.dialect().marks(name))
        for name, column in contract.columns.items()
        if column.type in {"integer", "number"} and name not in source.types
    ]
    marked = [(name, kind, marks) for name, kind, marks in named if not marks.usual]
    for batch in batches:
        for name, kind, marks in marked:
            place = batch.schema.get_field_index(name)
            if (
                place >= 0
                and pa.types.is_string(batch.schema.field(place).type)
                and _differ(batch.column(place), marks)
            ):
                grouped = f" and thousands {marks.thousands!r}" if marks.thousands else ""
                raise SourceError(
                    f"source.types does not name {name!r}: not all its values are numbers with decimal "
                    f"{marks.decimal!r}{grouped}, so that all are text, of which the contract reads others; write "
                    f"types: {{{name}: {kind}}} to be told the first of them, and under nulls what stands for a "
                    "missing one"
                )
        yield batch


def _differ(texts: pa.Array, marks: Marks) -> bool:
    """Whether a value is another number with a decimal point, or a number in one of the two ways alone."""
    trimmed = pc.utf8_trim_whitespace(texts.drop_null())
    read = marks.are_numbers(trimmed)
    other = pc.and_(read, pc.not_equal(marks.plain(trimmed), trimmed))
    alone = pc.and_(pc.invert(read), Marks().are_numbers(trimmed))
    return bool(pc.any(pc.or_(other, alone)).as_py())
