import pyarrow as pa
import pytest

from assets.data.sources import csv_rows
from assets.data.sources.csv_rows import Dialect, schema_of, texts
from assets.data.sources.failures import UnreadableError
from assets.data.sources.places import Place, places
from assets.data.sources.schemas import READS_AS

PLAIN = Dialect(",", '"', "utf-8", ("",))


def place(folder, content: bytes) -> Place:
    (folder / "rows.csv").write_bytes(content)
    return places([str(folder / "rows.csv")])[0]


def test_tells_every_type_that_the_values_are_written_as(tmp_path):
    found = schema_of(place(tmp_path, b"a,b,c\n1,2015-07-01,\n0,2015-07-02,\n"), PLAIN, {})
    assert found.types == [pa.int64(), pa.date32(), pa.null()]
    assert found.field("a").metadata[READS_AS] == b"int64,double,bool,string"
    assert found.field("b").metadata[READS_AS] == b"date32[day],timestamp[us],string"


@pytest.mark.parametrize(
    ("content", "encoding", "told"),
    [
        (b'a,b\n"x\ny",1\n1\n', "utf-8", "line 4 ends a row of 1 values, and the header has 2"),
        (
            b"a,b\n" + b"1,2\n" * 3_000_000 + b"1,\xe9\n",
            "utf-8",
            "byte 12000007, in line 3000002, is not written in utf-8",
        ),
        ("a,b\n1,2\n".encode("utf-16"), "utf-8", "byte 1, in line 1, is not written in utf-8"),
        (b"a,b\n1,2\n1," + b"x" * 20_000_000 + b"\n", "utf-8", "line 3 is longer than the 8 MiB that a row may take"),
    ],
)
def test_says_where_a_file_is_wrong(tmp_path, content, encoding, told):
    with pytest.raises(UnreadableError, match=told) as raised:
        list(texts(place(tmp_path, content), Dialect(",", '"', encoding, ())))
    assert "xxx" not in str(raised.value)


def test_a_row_of_a_megabyte_is_read(tmp_path):
    long = "x" * 3_000_000
    rows = pa.Table.from_batches(texts(place(tmp_path, f"a,b\n1,{long}\n2,y\n".encode()), PLAIN))
    assert rows["b"].to_pylist() == [long, "y"]


def test_finds_the_value_that_breaks_a_declared_type_in_a_later_block(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", 100)
    content = b"a\n" + b"1\n" * 500 + b"x\n" + b"1\n" * 500
    with pytest.raises(UnreadableError, match=r"row 501 after the header has in 'a' no number, see source\.types"):
        schema_of(place(tmp_path, content), PLAIN, {"a": "number"})
