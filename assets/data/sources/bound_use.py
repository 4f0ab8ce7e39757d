"""How the text of a query compares the period's bounds: as they are, or after a function widened them."""

import re

from assets.data.sources.query_text import bare

_BOUND = r"(?<![:\w\\]):(?:start|end)\b"
_GROUP = re.compile(r"(\w*)\s*\(([^()]*)\)")
# a call of nothing but the bound, or of a format and the bound, widens nothing
_ALONE = re.compile(rf"[\s,]*{_BOUND}\s*(?:\bas\b[^,]*)?", re.IGNORECASE)
_COMPARES = re.compile(r"[<>=]|\b(?:between|like|in|is|select|case)\b", re.IGNORECASE)
_WORDS = "all and any between by case else exists from having in like not on or over select some then values when where"
_NO_CALLS = frozenset(_WORDS.split())
_HAND_ON = frozenset({"cast", "coalesce", "convert", "ifnull", "isnull", "nullif", "nvl", "trim"})
# those of SQLite, which give UTC whatever zone a text names
_TO_UTC = frozenset({"date", "datetime", "strftime"})
_UTC, _WIDE = "utc\0", "wide\0"
_SIDE = rf"(?:{_BOUND}|{_WIDE})"
_SOUND = re.compile(
    rf"{_UTC}\s+(?:not\s+)?between\s+{_SIDE}\s+and\s+{_SIDE}"
    rf"|{_UTC}\s*[<>=]+\s*{_BOUND}|{_BOUND}\s*[<>=]+\s*{_UTC}",
    re.IGNORECASE,
)


def compares_as_is(query: str, *, in_utc: bool) -> bool:
    """Whether a query uses a bound that no function widened, which may lose rows of times with a zone.

    >>> compares_as_is("SELECT a FROM t WHERE :start <= a", in_utc=False)
    True
    >>> compares_as_is("SELECT a FROM t WHERE a >= date(:start, '-1 day')", in_utc=False)
    False

    Args:
        query: its text.
        in_utc: whether the bounds are in UTC, so that they may be compared with what gives times as wall clock of it.
    """
    flat = bare(query)
    while (less := _GROUP.sub(_opened, flat)) != flat:
        flat = less
    return bool(re.search(_BOUND, _SOUND.sub(" ", flat) if in_utc else flat, re.IGNORECASE))


def _opened(group: re.Match[str]) -> str:
    """What stands for the innermost brackets and the word before them."""
    word, content = group[1].lower(), group[2]
    called = word and word not in _NO_CALLS
    if not called:
        return f" {word} {content} "
    if not re.search(_BOUND, content):
        return f" {_UTC} " if word in _TO_UTC else " "
    kept = word in _HAND_ON or _ALONE.fullmatch(content) or _COMPARES.search(content)
    return f" {content} " if kept else f" {_WIDE} "
