from pathlib import Path

import pytest

from assets.data.sources import encodings
from assets.data.sources.encodings import Undecodable, undecodable
from assets.data.sources.places import places


@pytest.mark.parametrize("block", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("content", "encoding", "found"),
    [
        ("a,b\nSüd,1\n".encode(), "utf-8", None),
        (b"a,b\nS\xfcd,1\n", "utf-8", (6, 2, b"S")),
        ("ä\nüS".encode() + b"\xfcd", "utf-8", (7, 2, "üS".encode())),
        ("a\nSü".encode()[:-1], "utf-8", (4, 2, b"S")),
        (b"a\n\x81", "cp1252", (3, 2, b"")),
        ("Süd".encode("utf-16"), "utf-16", None),
    ],
)
def test_names_the_first_byte_whatever_the_block_it_stands_in(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    encoding: str,
    found: tuple[int, int, bytes],
    block: int,
) -> None:
    monkeypatch.setattr(encodings, "BLOCK_BYTES", block)
    (tmp_path / "rows.csv").write_bytes(content)
    told = undecodable(places([str(tmp_path / "rows.csv")])[0], encoding)
    assert (told and (told.byte, told.line, told.before)) == found
    if told:
        assert told.found[:1] == content[told.byte - 1 :][:1]


def test_is_told_in_words() -> None:
    assert str(Undecodable(6, 2, b"S", b"\xfcd", "utf-8")) == "byte 6, in line 2, is not written in utf-8"
