"""Quotes of a CSV file that do not pair: Arrow takes the rest of the file for one value and says nothing."""

import csv
import io
from typing import TYPE_CHECKING

from assets.data.sources.places import Place

if TYPE_CHECKING:
    from assets.data.sources.csv_rows import Dialect

_BLOCK_BYTES = 2**20
# a quote that never ends makes a value of the rest of the file
_MOST_CHARACTERS = 2**28


def fault(place: Place, dialect: "Dialect") -> str | None:
    """Say in which line a quoted value begins that has no end, or goes on after its end; None if none does.

    A file without any quote is not parsed. What is wrong otherwise, such as the encoding, is for its reader to tell.
    """
    if not dialect.quote or not _holds(place, dialect.quote.encode(dialect.encoding)[-1:]):
        return None
    longest = csv.field_size_limit(_MOST_CHARACTERS)
    try:
        with place.stream() as content:
            return _fault(io.TextIOWrapper(content, dialect.encoding, newline=""), dialect)
    except UnicodeError:
        return None
    finally:
        csv.field_size_limit(longest)


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
    return None


def _holds(place: Place, byte: bytes) -> bool:
    with place.stream() as content:
        while block := content.read(_BLOCK_BYTES):
            if byte in block:
                return True
    return False
