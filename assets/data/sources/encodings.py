"""Where a file is not written in an encoding."""

import codecs
from dataclasses import dataclass

from assets.data.sources.places import Place

BLOCK_BYTES = 8 * 2**20
# what a file begins with that names its encoding; the longest first: that of UTF-16 is the beginning of that of UTF-32
MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8"),
)
_AROUND = 40


@dataclass(frozen=True)
class Undecodable:
    """The first byte of a file that an encoding does not have there; bytes and lines are counted from 1.

    Attributes:
        byte: its place in the decompressed file.
        line: the line it stands in.
        before: up to 40 bytes before it, of the same line.
        found: it and up to 40 bytes after it.
        encoding: the encoding.
    """

    byte: int
    line: int
    before: bytes
    found: bytes
    encoding: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"byte {self.byte}, in line {self.line}, is not written in {self.encoding}"


def marked(head: bytes) -> str | None:
    """The encoding that the first bytes of a file name; None if they name none."""
    return next((name for mark, name in MARKS if head.startswith(mark)), None)


def mismarked(place: Place, encoding: str) -> str | None:
    """The other encoding that the first bytes of a file name; None if they name none, or this one."""
    with place.stream() as content:
        named = marked(content.read(4))
    return None if named is None or codecs.lookup(encoding).name.startswith(named) else named


def undecodable(place: Place, encoding: str) -> Undecodable | None:
    """The first byte that is not of the encoding; None if the whole file is, which is read in blocks."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position, line, last = 0, 1, b""
    with place.stream() as content:
        while True:
            block = content.read(BLOCK_BYTES)
            pending = decoder.getstate()[0]
            whole, before = pending + block, last[: len(last) - len(pending)]
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                start = error.start
                return Undecodable(
                    position - len(pending) + start + 1,
                    line + whole[len(pending) : start].count(b"\n"),
                    (before + whole[:start])[-_AROUND:].rpartition(b"\n")[2],
                    whole[start : start + _AROUND],
                    encoding,
                )
            if not block:
                return None
            position, line, last = position + len(block), line + block.count(b"\n"), (last + block)[-_AROUND:]
