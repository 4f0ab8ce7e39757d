"""In which encoding CSV files are written: as their first bytes say, else UTF-8, else a guess that is told as one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assets.data.sources.encodings import BLOCK_BYTES, Undecodable, marked, undecodable
from assets.data.sources.places import Place, reading
from assets.propose import ProposeError

USUAL, GUESS = "utf-8", "cp1252"
_LOOKED_AT = 4096
_ZEROS = 0.3
_BEYOND = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^ \t\r\n;,|\"]+")


@dataclass(frozen=True)
class Encoding:
    """An encoding, and what a reader should know of how it was told; nothing where it is certain."""

    name: str
    note: str = ""


def encoding_of(places: Sequence[Place]) -> Encoding:
    """The one encoding of all files; what none is told by is read whole, in blocks.

    Raises:
        ProposeError: they have several, or one that can't be told.
        SourceError: a file cannot be read.
    """
    told = {place: _marked(place) for place in places}
    open_ones = [place for place, name in told.items() if name is None]
    broken = {place: found for place in open_ones if (found := _undecodable(place, USUAL))}
    wide = [place for place in open_ones if place not in broken and _undecodable(place, "ascii")]
    names = {name: place for place, name in told.items() if name}
    if wide:
        names[USUAL] = wide[0]
    if broken:
        names[GUESS] = next(iter(broken))
    if len(names) > 1:
        said = " and ".join(f"{place.address!r} seems to be in {name}" for name, place in names.items())
        raise ProposeError(
            f"--source has files of several encodings: {said}; write them in one, such as UTF-8, or name one by "
            "--encoding"
        )
    if not broken:
        return Encoding(next(iter(names), USUAL))
    for place, found in broken.items():
        _check_guess(place, found)
    return Encoding(GUESS, _told(*next(iter(broken.items()))))


def _marked(place: Place) -> str | None:
    """What the first bytes say, by a mark, or by the zeros that every second byte of Latin text in UTF-16 is."""
    with reading(place), place.stream() as content:
        head = content.read(_LOOKED_AT)
    if name := marked(head):
        return name
    zeros = [head[first::2].count(0) / max(1, len(head) // 2) for first in (0, 1)]
    if max(zeros) > _ZEROS and min(zeros) < _ZEROS / 10:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return None


def _undecodable(place: Place, encoding: str) -> Undecodable | None:
    with reading(place):
        return undecodable(place, encoding)


def _check_guess(place: Place, found: Undecodable) -> None:
    other = _undecodable(place, GUESS)
    if other:
        raise ProposeError(
            f"--source is in an encoding that can't be told: {place.address!r} has byte {other.byte}, in line "
            f"{other.line}, which is 0x{other.found[0]:02X} and neither {USUAL} nor {GUESS}; write it as UTF-8, or "
            "name its encoding by --encoding"
        )
    if _is_mixed(place):
        raise ProposeError(
            f"--source is in two encodings: {place.address!r} is {USUAL} in most places, and byte {found.byte}, in "
            f"line {found.line}, is 0x{found.found[0]:02X}, which is not; mend that line, or name one by --encoding"
        )


def _is_mixed(place: Place) -> bool:
    """Whether more characters of several bytes are there than bytes that are none of UTF-8."""
    wide = broken = 0
    with reading(place), place.stream() as content:
        while block := content.read(BLOCK_BYTES):
            beyond = _BEYOND.findall(block.decode(USUAL, "surrogateescape"))
            escaped = sum("\udc80" <= char <= "\udcff" for char in beyond)
            wide, broken = wide + len(beyond) - escaped, broken + escaped
    return wide > broken


def _told(place: Place, found: Undecodable) -> str:
    before, after = found.before.decode(GUESS, "replace"), found.found.decode(GUESS, "replace")
    word = next((w[0] for w in _WORD.finditer(before + after) if w.start() <= len(before) < w.end()), after[:1])
    return (
        f"That it is written in {GUESS} is a guess: byte {found.byte}, in line {found.line} of {place.name}, is "
        f"0x{found.found[0]:02X}, which is no {USUAL}; as {GUESS} it reads {after[0]!r}, in {word!r}. If that is "
        "wrong, write another, such as cp1250, cp1251, latin-1 or mac-roman"
    )
