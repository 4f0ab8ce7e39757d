import csv
from datetime import date

import pyarrow as pa
import pytest

from assets.data.sources import FilesSource, SourceError, csv_rows
from assets.data.sources.csv_rows import Dialect, schema_of, texts
from assets.data.sources.failures import UnreadableError
from assets.data.sources.places import Place, places
from assets.data.sources.schemas import READS_AS

PLAIN = Dialect(",", '"', "utf-8", ("",))


def place(folder, content: bytes) -> Place:
    (folder / "rows.csv").write_bytes(content)
    return places([str(folder / "rows.csv")])[0]


def table(folder, content: str, *, written_in: str = "utf-8", **settings) -> pa.Table:
    found = place(folder, content.encode(written_in))
    return pa.Table.from_batches(FilesSource(kind="files", path=found.path, **settings).batches())


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


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'a,b\n1,x\n2,"y\n3,z\n', "the row that begins in line 3 has a quote that no other ends"),
        (b'a,b\n1,"x', "the row that begins in line 2 has a quote that no other ends"),
        (b'a,b\n1,"x\n"\n2,"y"z\n', "the row that begins in line 4 has a value that goes on after the quote that"),
    ],
)
def test_refuses_quotes_that_do_not_pair(tmp_path, content, told):
    with pytest.raises(UnreadableError, match=told):
        schema_of(place(tmp_path, content), PLAIN, {})


@pytest.mark.parametrize("begun", [b'1,"x\n', b'1,"' + b"x\n" * 5_000_000 + b'"\n'])
def test_a_value_that_takes_more_than_a_row_may_is_refused_without_reading_on(tmp_path, begun):
    told = r"the row that begins in line 3 has a value of more than 8 MiB, as one is whose quote no other ends"
    other = csv.field_size_limit()
    with pytest.raises(UnreadableError, match=told):
        schema_of(place(tmp_path, b"a,b\n1,2\n" + begun + b"2,y\n" * 2_200_000), PLAIN, {})
    assert csv.field_size_limit() >= other


def test_quotes_that_pair_and_those_within_a_value_are_read(tmp_path):
    rows = table(tmp_path, 'a,b\n5" pipe,"x, ""y""\nz"\n6,""\n')
    assert rows.to_pydict() == {"a": ['5" pipe', "6"], "b": ['x, "y"\nz', None]}
    assert table(tmp_path, 'a,b\n1,"x\n', quote="")["b"].to_pylist() == ['"x']


@pytest.mark.parametrize("other", ["1.5", "9223372036854775808"])
def test_whole_numbers_that_a_fraction_would_round_stay_text(tmp_path, other):
    rows = table(tmp_path, f"a,b\n9007199254740993,9007199254740992\n{other},{other}\n")
    assert rows["a"].to_pylist() == ["9007199254740993", other]
    assert rows["b"].to_pylist() == [2.0**53, float(other)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("1\n9007199254740993\n", "row 2 after the header has in 'a' a whole number that the type number rounds"),
        ("12345678901234567890\n2.5\n", "row 1 after the header has in 'a' a whole number that the type number rounds"),
        ("1\nx\n9007199254740993\n", r"row 2 after the header has in 'a' no number, see source\.types$"),
    ],
)
def test_refuses_a_whole_number_that_its_declared_type_would_round(tmp_path, content, told):
    found = place(tmp_path, b"a\n" + content.encode())
    with pytest.raises(UnreadableError, match=told):
        schema_of(found, PLAIN, {"a": "number"})


def test_a_whole_number_that_is_rounded_is_read_as_the_refusal_says(tmp_path):
    content = "a\n9007199254740993\n2.5\n"
    with pytest.raises(SourceError, match=r"the type number rounds: declare it text under source\.types; mend it"):
        table(tmp_path, content, types={"a": "number"})
    assert table(tmp_path, content, types={"a": "text"})["a"].to_pylist() == ["9007199254740993", "2.5"]


def test_a_row_of_a_megabyte_is_read(tmp_path):
    long = "x" * 3_000_000
    rows = pa.Table.from_batches(texts(place(tmp_path, f"a,b\n1,{long}\n2,y\n".encode()), PLAIN))
    assert rows["b"].to_pylist() == [long, "y"]


def test_finds_the_value_that_breaks_a_declared_type_in_a_later_block(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", 100)
    content = b"a\n" + b"1\n" * 500 + b"x\n" + b"1\n" * 500
    with pytest.raises(UnreadableError, match=r"row 501 after the header has in 'a' no number, see source\.types"):
        schema_of(place(tmp_path, content), PLAIN, {"a": "number"})


def test_reads_decimal_commas_and_thousands_and_keeps_what_is_no_number_as_it_is(tmp_path):
    lines = ["paid;pieces;code;mixed;day", "1.234,5;1.000;1.5;12;2024-01-01", " 7,25 ;12;-;1.2x;2024-01-02"]
    rows = table(tmp_path, "\n".join(lines), delimiter=";", decimal=",", thousands=".")
    assert rows.to_pydict() == {
        "paid": [1234.5, 7.25],
        "pieces": [1000, 12],
        "code": ["1.5", "-"],
        "mixed": ["12", "1.2x"],
        "day": [date(2024, 1, 1), date(2024, 1, 2)],
    }


def test_marks_may_be_of_some_columns_alone(tmp_path):
    content = "paid;lat\n1.234,5;47.25\n2,5;47.5\n"
    rows = table(tmp_path, content, delimiter=";", decimal={"paid": ","}, thousands={"paid": "."})
    assert rows.to_pylist() == [{"paid": 1234.5, "lat": 47.25}, {"paid": 2.5, "lat": 47.5}]
    with pytest.raises(SourceError, match=r"source\.decimal names columns that are not there: \['pay'\] are not among"):
        table(tmp_path, content, delimiter=";", decimal={"pay": ","})


def test_numbers_are_read_alike_whatever_the_block_they_stand_in(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", 100)
    lines = [*(["1,5;3"] * 100), "1.000,5;3", "2,5;x"]
    content = "\n".join(["a;b", *lines])
    rows = table(tmp_path, content, delimiter=";", decimal=",", thousands=".")
    assert rows["a"].to_pylist() == [*([1.5] * 100), 1000.5, 2.5]
    assert rows["b"].to_pylist()[-2:] == ["3", "x"]
    assert table(tmp_path, content, delimiter=";", decimal=",").schema.types == [pa.string(), pa.string()]
    with pytest.raises(SourceError, match=r"row 101 after the header has in 'a' no number, see source\.types"):
        table(tmp_path, content, delimiter=";", decimal=",", types={"a": "number"})


@pytest.mark.parametrize(
    ("written_in", "encoding", "mark"),
    [("utf-8-sig", "cp1252", "utf-8"), ("utf-16", "cp1252", "utf-16"), ("utf-32", "utf-16", "utf-32")],
)
def test_refuses_a_file_whose_mark_names_another_encoding(tmp_path, written_in, encoding, mark):
    with pytest.raises(
        SourceError, match=rf"it begins with the mark of {mark}, and source\.encoding is {encoding}; mend"
    ):
        table(tmp_path, "a,b\n1,2\n", written_in=written_in, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "shift_jis"])
def test_reads_an_encoding_in_blocks(tmp_path, monkeypatch, encoding):
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", 101)
    name, word = ("größe", "5 €") if encoding == "cp1252" else ("名", "東京")
    rows = table(tmp_path, f"{name},n\n" + f"{word},1\n" * 200, written_in=encoding, encoding=encoding)
    assert rows.to_pylist() == [{name: word, "n": 1}] * 200
