"""Numbers as people write them: what parts off the fraction, and what groups the digits before it."""

import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

Decimal = Literal[".", ","]
Thousands = Literal[".", ",", " ", "'"]
# what stands for a blank or an apostrophe where a program wrote it
_GROUPING = {" ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}


@dataclass(frozen=True)
class Marks:
    """The marks of a column's numbers; without `thousands` nothing groups digits."""

    decimal: str = "."
    thousands: str = ""

    @property
    def usual(self) -> bool:
        """Whether Arrow reads such numbers itself."""
        return self == Marks()

    def plain(self, texts: pa.Array) -> pa.Array:
        """The texts as Arrow reads them; one that is no number in these marks becomes empty, which is none either.

        Groups have three digits, and the first begins with no zero: `1.23` has no thousands, nor has `0.123`.

        >>> Marks(",", ".").plain(pa.array(["1.234,5", "12", "1.5", None])).to_pylist()
        ['1234.5', '12', '', None]
        """
        if self.usual:
            return texts
        trimmed = pc.utf8_trim_whitespace(texts)
        ungrouped = pc.replace_substring_regex(trimmed, self._grouping, "") if self.thousands else trimmed
        pointed = pc.replace_substring(ungrouped, self.decimal, ".")
        return pc.if_else(pc.match_substring_regex(trimmed, self._number), pointed, "")

    def fits(self, texts: pa.Array) -> bool:
        """Whether every text, but for blanks around it, is a number in these marks."""
        return pc.all(self.are_numbers(texts)).as_py() is not False

    def are_numbers(self, texts: pa.Array) -> pa.Array:
        """Whether each text, but for blanks around it, is a number in these marks; null for a missing one."""
        return pc.match_substring_regex(pc.utf8_trim_whitespace(texts), self._number)

    @property
    def _grouping(self) -> str:
        return _GROUPING.get(self.thousands, re.escape(self.thousands))

    @property
    def _number(self) -> str:
        mark = re.escape(self.decimal)
        whole = rf"[1-9][0-9]{{0,2}}(?:{self._grouping}[0-9]{{3}})+|[0-9]+" if self.thousands else "[0-9]+"
        return rf"^[+-]?(?:(?:{whole})(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?$"
