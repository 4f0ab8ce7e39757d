"""Quotes of a CSV file that do not pair: Arrow takes the rest of the file for one value and says nothing."""

import csv
import io
from typing import TYPE_CHECKING

from assets.data.sources.places import Place

if TYPE_CHECKING:
    from assets.data.sources.csv_rows import Dialect

# what a row may take; a quote that never ends makes a value of the rest of the file
ROW_BYTES = 8 * 2**20
_BLOCK_BYTES = 2**20


def fault(place: Place, dialect: "Dialect") -> str | None:
    """Say in which line a quoted value begins that has no end, goes on after it, or is too long; None if none does.

    A file without any quote is not parsed. What is wrong otherwise, such as the encoding, is for its reader to tell.
    """
    if not dialect.quote or not _holds(place, dialect.quote.encode(dialect.encoding)[-1:]):
        return None
    # the limit is the process's own: it is only ever raised, so that no thread undoes another's
    csv.field_size_limit(max(ROW_BYTES, csv.field_size_limit()))
    try:
        with place.stream() as content:
            return _fault(io.TextIOWrapper(content, dialect.encoding, newline=""), dialect)
    except UnicodeError:
        return None


def _fault(text: io.TextIOWrapper, dialect: "Dialect") -> str | None:
    for _ in range(dialect.skip_lines):
        text.readline()
    rows = csv.reader(text, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    begun = 1
    try:
        for _ in rows:
            begun = rows.line_num + 1
    except csv.Error as error:
        row = f"the row that begins in line {dialect.skip_lines + begun}"
        if "unexpected end of data" in str(error):
            return f"{row} has a quote that no other ends"
        if "expected after" in str(error):
            return f"{row} has a value that goes on after the quote that ends it"
        if "field larger than field limit" in str(error):
            return f"{row} has a value of more than {ROW_BYTES // 2**20} MiB, as one is whose quote no other ends"
    return None


def _holds(place: Place, byte: bytes) -> bool:
    with place.stream() as content:
        while block := content.read(_BLOCK_BYTES):
            if byte in block:
                return True
    return False
