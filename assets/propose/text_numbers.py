"""Text that is numbers to people: with a decimal comma, a sign of money, a unit, or some words among them."""

import pyarrow as pa
import pyarrow.compute as pc

from assets.propose.look import Look

_COMMA = r"^\s*[+-]?\d[\d.]*(,\d+)?\s*$"
_PLAIN = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_DIGITS = r"^\W*\d[\d.,' \x{a0}\x{202f}]*\s*\D*$"
_SIGN = r"[%‰€$£¥()]|\b(EUR|USD|CHF|GBP)\b"
_UNIT = r"^[^\d]*\d[\d.,' \x{a0}\x{202f}]*(\D*)$"
_MOSTLY, _ENOUGH = 0.95, 20


def unread_number(name: str, look: Look) -> str | None:
    """How a column of text writes its numbers, as a phrase that fits after its name; None if it is no such text.

    That is text in which every value is a number once a decimal comma, a sign of money, a percent sign or the one unit
    of all values is taken away; or in which 95 of 100 values are numbers, and 20 of these differ.
    """
    column = look.sample[name].drop_null()
    if not pa.types.is_string(column.type) or not len(column):
        return None
    if _all(column, _COMMA):
        example = _first(column, pc.match_substring(column, ","))
        return f"writes its numbers with a decimal comma, as {example!r}" if example else None
    if _all(column, _DIGITS):
        signs = pc.match_substring_regex(column, _SIGN)
        ends = pc.unique(pc.utf8_trim_whitespace(pc.replace_substring_regex(column, _UNIT, r"\1")))
        if pc.any(signs).as_py():
            return f"writes its numbers with signs, as {_first(column, signs)!r}"
        if len(ends) == 1 and ends[0].as_py() and look.distinct(name) >= _ENOUGH:
            return f"writes its numbers with a unit, as {column[0].as_py()!r}"
    plain = pc.match_substring_regex(column, _PLAIN)
    coded = pc.any(pc.match_substring_regex(column, r"^\s*[+-]?0\d")).as_py()
    share = float(pc.mean(plain.cast(pa.float64())).as_py())
    if not coded and _MOSTLY <= share < 1 and len(pc.unique(column.filter(plain))) >= _ENOUGH:
        other = _first(column, pc.invert(plain))
        return f"is a number in {100 * share:.3g} % of the values, and not in {other!r}"
    return None


def _all(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())


def _first(column: pa.ChunkedArray, found: pa.ChunkedArray) -> str:
    place = pc.index(found, value=True).as_py()
    return str(column[place]) if place >= 0 else ""
