"""Text in the letters that Dagster takes in a name."""

import re
import unicodedata


def plain_letters(text: str) -> str:
    """Text in ASCII letters, digits and `_`, which still reads like it.

    A letter loses its marks; one of another alphabet becomes its name in Unicode. Different texts may become the same.

    >>> plain_letters("größe (m²)"), plain_letters("Straße"), plain_letters("цена"), plain_letters("Łódź")
    ('grosse_m2_', 'Strasse', 'tseieena', 'Lodz')
    """
    letters = "".join(map(_plain, unicodedata.normalize("NFKD", text)))
    return re.sub(r"[^A-Za-z0-9]+", "_", letters)


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    if unicodedata.combining(letter):
        return ""
    if letter.casefold().isascii():
        return letter.casefold()
    if not letter.isalnum():
        return "_"
    # such as LATIN CAPITAL LETTER L WITH STROKE, CYRILLIC SMALL LETTER TSE and CJK UNIFIED IDEOGRAPH-4EF7
    named = unicodedata.name(letter, "")
    found = re.search(r"LETTER (?:DOTLESS )?(\w+)", named)
    shown = found[1] if found else named.rpartition("-")[2]
    return shown if letter.isupper() else shown.lower()
