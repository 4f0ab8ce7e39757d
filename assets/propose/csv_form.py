"""The form of CSV files, by their first lines: what parts the values, where the header stands, whether it is one."""

import csv
import io
import re
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass

from assets.data.sources.places import Place, reading
from assets.propose import ProposeError

USUAL = ","
_DELIMITERS = (",", ";", "\t", "|")
_FIRST_BYTES = 1_000_000
_ROWS = 200
_MOST_SKIPPED = 30
_NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]+)*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_TIME = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}\b.*")


@dataclass(frozen=True)
class Form:
    """What stands between values, and how many lines stand before the header."""

    delimiter: str
    skip_lines: int = 0

    def __str__(self) -> str:
        """Tell it as people say it."""
        return f"{self.delimiter!r} between its values and the header in line {self.skip_lines + 1}"


def form_of(place: Place, encoding: str, *, usual: str) -> Form:
    """The form in which the first 200 records all have as many values as the header, and most of them.

    Args:
        place: the file.
        encoding: it is written in.
        usual: delimiter where nothing tells.

    Raises:
        ProposeError: the first line is no header but a row.
        SourceError: the file cannot be read.
    """
    with reading(place), place.stream() as content:
        read = content.read(_FIRST_BYTES)
    text = getincrementaldecoder(encoding)("replace").decode(read).removeprefix("\ufeff")
    said = re.match(r"sep=(.)\r?\n", text)
    if said:
        return Form(said[1], 1)
    cut = len(read) == _FIRST_BYTES
    fits = [_fit(text, mark, cut=cut) for mark in dict.fromkeys((usual, *_DELIMITERS))]
    found = max(fits, key=lambda fit: fit.points)
    if found.points == (0, 0):
        line = text.partition("\n")[0]
        seen = max(_DELIMITERS, key=line.count)
        return Form(usual if usual in line or seen not in line else seen)
    _check_header(place, found.rows)
    return Form(found.delimiter, found.skip_lines)


@dataclass(frozen=True)
class _Fit:
    delimiter: str
    skip_lines: int
    rows: Sequence[Sequence[str]]

    @property
    def points(self) -> tuple[int, int]:
        """A header in the first line is better than lines before it, and more values a row than fewer; 0 of no fit."""
        return (2 - bool(self.skip_lines), len(self.rows[0])) if self.rows else (0, 0)


def _fit(text: str, delimiter: str, *, cut: bool) -> _Fit:
    """The rows from the line on from which all are as wide; those before it must be half as wide at most."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    ended = 0
    try:
        for row in lines:
            if row:
                rows.append((ended, row))
            ended = lines.line_num
            if len(rows) == _ROWS:
                break
        else:
            rows = rows[:-1] if cut else rows
    except csv.Error:
        return _Fit(delimiter, 0, ())
    widths = [len(row) for _, row in rows]
    for place in range(min(len(rows) - 1, _MOST_SKIPPED)):
        wide = widths[place] > 1 and set(widths[place:]) == {widths[place]}
        if wide and 2 * max(widths[:place], default=0) <= widths[place]:
            return _Fit(delimiter, rows[place][0] if place else 0, [row for _, row in rows[place:]])
    return _Fit(delimiter, 0, ())


def _check_header(place: Place, rows: Sequence[Sequence[str]]) -> None:
    """Refuse a first line that is a row: each column of numbers or times is called like one, and something else tells.

    Years and counted columns (`2019`, `0`) are called by numbers too: it takes a fraction, a sign or a time as a name,
    or a text that is a value of its own column.
    """
    header, values = rows[0], list(zip(*rows[1:], strict=True))
    if header in rows[1:]:
        return
    numbers = [(name, pattern) for name, column in zip(header, values, strict=True) if (pattern := _pattern(column))]
    if not all(pattern.fullmatch(name.strip()) for name, pattern in numbers):
        return
    odd = [name for name, _ in numbers if not name.strip().isdigit()]
    texts = [(name, column) for name, column in zip(header, values, strict=True) if not _pattern(column)]
    again = [name for name, column in texts if name in column]
    if odd or 2 * len(again) > len(texts):
        raise ProposeError(
            f"--source has no header: the first line of {place.address!r} reads like a row, with {(odd or again)[0]!r} "
            "in place of a name; write a line before it that names the columns"
        )


def _pattern(column: Sequence[str]) -> re.Pattern[str] | None:
    """What all values of a column look like, if that is a number or a time."""
    filled = [value.strip() for value in column if value.strip()]
    return next((p for p in (_NUMBER, _TIME) if filled and all(p.fullmatch(value) for value in filled)), None)
