import gzip
from pathlib import Path

import pytest

from assets.data.sources.places import Place, places
from assets.propose import ProposeError
from assets.propose.encoding import encoding_of

TEXT = "name;n\nSüd;1\nNord;2\n"


def written(folder: Path, **files: bytes) -> tuple[Place, ...]:
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content)
    return places([str(folder / "*.csv")])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a;b\n1;2\n", "utf-8"),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_what_is_certain_is_not_remarked_on(tmp_path: Path, content: bytes, name: str) -> None:
    found = encoding_of(written(tmp_path, rows=content))
    assert (found.name, found.note) == (name, "")


def test_else_a_guess_is_told_with_the_byte_and_what_it_reads(tmp_path: Path) -> None:
    found = encoding_of(written(tmp_path, rows=TEXT.encode("cp1252"), other=b"a;b\n"))
    assert found.name == "cp1252"
    assert found.note == (
        "That it is written in cp1252 is a guess: byte 9, in line 2 of rows.csv, is 0xFC, which is no utf-8; as cp1252 "
        "it reads 'ü', in 'Süd'. If that is wrong, write another, such as cp1250, cp1251, latin-1 or mac-roman"
    )


def test_reads_what_is_compressed(tmp_path: Path) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(TEXT.encode("cp1252")))
    assert encoding_of(places([str(tmp_path / "rows.csv.gz")])).name == "cp1252"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"a": TEXT.encode("cp1252"), "b": TEXT.encode()},
            r"^--source has files of several encodings: .*b.csv' seems to be in utf-8 and .*a.csv' seems to be in cp1",
        ),
        (
            {"a": TEXT.encode("utf-16"), "b": TEXT.encode()},
            r"several encodings: .*a.csv' seems to be in utf-16 and .*b.csv' seems to be in utf-8; write them in one",
        ),
        (
            {"a": b"name\nS\x81d\n"},
            r"^--source is in an encoding that can't be told: .* has byte 7, in line 2, which is 0x81 and neither utf",
        ),
        (
            {"a": "Süd;Köln\n".encode() + b"S\xfcd\n"},
            r"^--source is in two encodings: .* is utf-8 in most places, and byte 13, in line 2, is 0xFC, which is not",
        ),
    ],
)
def test_refuses_what_it_would_have_to_make_up(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ProposeError, match=message):
        encoding_of(written(tmp_path, **files))
