import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from assets.data.sources import FilesSource, SourceError
from tests.assets.data.sources.contract import ROWS, SourceContract


def source(path: object, **more: object) -> FilesSource:
    paths = [str(p) for p in path] if isinstance(path, list) else str(path)
    return FilesSource.model_validate_json(json.dumps({"kind": "files", "path": paths, **more}))


def table(path: object, **more: object) -> pa.Table:
    return pa.Table.from_batches(source(path, **more).batches())


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


class TestParquet(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        pq.write_table(rows, folder / "rows.parquet", row_group_size=2)
        return source(folder / "rows.parquet").batches()


class TestCsv(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        pa_csv.write_csv(rows, folder / "rows.csv")
        return source(folder / "rows.csv").batches()


class TestJsonLines(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return source(
            written(folder / "rows.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows.to_pylist()))
        ).batches()


def test_large_and_dictionary_types_become_plain(tmp_path):
    rows = pa.table(
        {
            "large": pa.array(["a"], pa.large_string()),
            "codes": pa.array(["b"]).dictionary_encode(),
            "view": pa.array(["c"], pa.string_view()),
        }
    )
    pq.write_table(rows, tmp_path / "rows.parquet")
    assert {field.type for field in table(tmp_path / "rows.parquet").schema} == {pa.string()}


def test_several_files_say_which_file_a_row_is_from(tmp_path):
    for name in ("b.csv", "a.csv"):
        written(tmp_path / name, f"name\n{name}\n")
    expected = [{"name": "a.csv", "_file": "a.csv"}, {"name": "b.csv", "_file": "b.csv"}]
    assert table(tmp_path / "*.csv").to_pylist() == expected
    assert table([tmp_path / "b.csv", tmp_path / "a.csv"]).to_pylist() == expected
    assert table(tmp_path / "a.csv").column_names == ["name"]


def test_files_of_one_name_are_told_apart_by_their_path(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / "rows.csv", "a\n1\n")
    names = table(tmp_path / "*" / "rows.csv")["_file"].to_pylist()
    assert names == [(tmp_path / folder / "rows.csv").as_posix() for folder in ("x", "y")]


def test_types_of_csv_hold_for_all_rows_of_all_files(tmp_path):
    written(tmp_path / "1.csv", "a,b,c,d,e\n1,1,,2015-07-01,007\n")
    written(tmp_path / "2.csv", "b,a,d,c,e\nx,1.5,2015-07-02,true,8\n")
    rows = table(tmp_path / "*.csv").drop_columns(["_file"])
    assert rows.schema.types == [pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.string()]
    assert rows["b"].to_pylist() == ["1", "x"]
    assert rows["e"].to_pylist() == ["007", "8"]


def test_csv_types_do_not_depend_on_where_a_block_ends(tmp_path):
    lines = [*(["1,2015-07-01T12:00:00"] * 200_000), "1.5,2015-07-01T12:00:00Z"]
    rows = table(written(tmp_path / "rows.csv", "\n".join(["a,at", *lines[:-1], "1.5,2015-07-01T13:00:00"])))
    assert rows.schema.types == [pa.float64(), pa.timestamp("us")]
    assert rows.num_rows == 200_001


def test_reads_delimiters_encodings_null_spellings_and_tsv(tmp_path):
    (tmp_path / "latin.csv").write_bytes("city;n\nÉvora;-\n".encode("latin-1"))
    rows = table(tmp_path / "latin.csv", delimiter=";", encoding="latin-1", nulls=["-"])
    assert rows.to_pylist() == [{"city": "Évora", "n": None}]
    assert table(written(tmp_path / "rows.tsv", "a\tb\n1\tx\n")).to_pylist() == [{"a": 1, "b": "x"}]


def test_a_quoted_line_break_is_a_part_of_the_value(tmp_path):
    assert table(written(tmp_path / "rows.csv", 'a,b\n"x\ny",1\n')).to_pylist() == [{"a": "x\ny", "b": 1}]


def test_the_format_can_be_told(tmp_path):
    assert table(written(tmp_path / "rows.txt", "a\n1\n"), format="csv").num_rows == 1
    with pytest.raises(
        SourceError, match=r"source\.format cannot be told from the suffix: 'rows\.txt' ends in none of"
    ):
        table(tmp_path / "rows.txt")


def test_the_fingerprint_is_of_content_and_names(tmp_path):
    path = written(tmp_path / "rows.csv", "a\n1\n")
    first = source(path).fingerprint()
    os.utime(path, (0, 0))
    assert source(path).fingerprint() == first
    assert source(written(tmp_path / "other.csv", "a\n1\n")).fingerprint() != first
    written(path, "a\n2\n")
    assert source(path).fingerprint() != first


def test_reads_lazily(tmp_path):
    pq.write_table(pa.table({"a": range(100_000)}), tmp_path / "rows.parquet")
    assert len(next(source(tmp_path / "rows.parquet").batches())) < 100_000


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(
        SourceError, match=r"source\.path names no file: '.*none\.csv' does not exist under .*; mend the path"
    ):
        table(tmp_path / "none.csv")
    with pytest.raises(SourceError, match=r"source\.path names no file"):
        source(tmp_path / "*.csv").fingerprint()


def test_refuses_an_empty_file(tmp_path):
    with pytest.raises(
        SourceError, match=r"source\.path names an empty file: '.*rows\.csv' has 0 bytes; write it again"
    ):
        table(written(tmp_path / "rows.csv", ""))


def test_refuses_a_truncated_parquet_file(tmp_path):
    pq.write_table(ROWS, tmp_path / "rows.parquet")
    whole = (tmp_path / "rows.parquet").read_bytes()
    (tmp_path / "rows.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"source\.path names a file that cannot be read: .*rows\.parquet': .*magic"):
        table(tmp_path / "rows.parquet")


def test_refuses_a_parquet_file_with_a_flipped_bit(tmp_path):
    rows = pa.table({"a": pa.array(range(10_000), pa.int64())})
    pq.write_table(rows, tmp_path / "rows.parquet", write_page_checksum=True, compression="none", use_dictionary=False)
    content = bytearray((tmp_path / "rows.parquet").read_bytes())
    content[20_000] ^= 1
    (tmp_path / "rows.parquet").write_bytes(content)
    with pytest.raises(SourceError, match=r"CRC checksum"):
        table(tmp_path / "rows.parquet")


def test_refuses_a_ragged_csv_file(tmp_path):
    with pytest.raises(SourceError, match=r"cannot be read: .*: line 3 ends a row of 3 values, and the header has 2;"):
        table(written(tmp_path / "rows.csv", "a,b\n1,2\n1,2,3\n"))


def test_refuses_another_encoding(tmp_path):
    (tmp_path / "rows.csv").write_bytes("city\nÉvora\n".encode("latin-1"))
    with pytest.raises(
        SourceError, match=r"cannot be read: .*: byte 6, in line 2, is not written in utf-8; mend it, or"
    ):
        table(tmp_path / "rows.csv")


def test_refuses_broken_json_lines(tmp_path):
    with pytest.raises(SourceError, match=r"cannot be read: .*: line 2 is no JSON; mend it"):
        table(written(tmp_path / "rows.jsonl", '{"a": 1}\n{"a": \n'))


def test_refuses_files_of_other_columns(tmp_path):
    written(tmp_path / "1.csv", "a,b\n1,2\n")
    written(tmp_path / "2.csv", "a,c\n1,2\n")
    with pytest.raises(SourceError, match=r"parts of other columns: '.*2\.csv' lacks \['b'\] and adds \['c'\]"):
        table(tmp_path / "*.csv")


def test_refuses_parquet_files_whose_types_do_not_go_together(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "2.parquet")
    with pytest.raises(SourceError, match=r"'a' is int64 in '.*1\.parquet' and string in '.*2\.parquet'; make"):
        table(tmp_path / "*.parquet")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("a,a", r"source has columns of the same name: \['a'\] must be unique"),
        ("a,", "source has a column without a name"),
    ],
)
def test_refuses_headers_that_do_not_name_each_column(tmp_path, header, message):
    with pytest.raises(SourceError, match=message):
        table(written(tmp_path / "rows.csv", f"{header}\n1,2\n"))


def test_refuses_a_delimiter_of_two_characters():
    with pytest.raises(ValidationError, match=r"at most 1 character"):
        source("rows.csv", delimiter="::")


def test_columns_may_differ_by_the_declared_rule(tmp_path):
    written(tmp_path / "1.csv", "a,b\n1,x\n")
    pq.write_table(pa.table({"c": [True], "a": [1.5]}), tmp_path / "2.parquet")
    rows = table([tmp_path / "1.csv", tmp_path / "2.parquet"], columns_differ="union")
    assert rows.drop_columns(["_file"]).to_pylist() == [
        {"a": 1.0, "b": "x", "c": None},
        {"a": 1.5, "b": None, "c": True},
    ]


def test_types_may_be_held_fast(tmp_path):
    written(tmp_path / "1.csv", "a\n1\n")
    written(tmp_path / "2.csv", "a\n1.5\n")
    assert table(tmp_path / "*.csv")["a"].to_pylist() == [1.0, 1.5]
    with pytest.raises(SourceError, match=r"'a' is int64 in '.*1\.csv' and double in '.*2\.csv'; make .*source\.types"):
        table(tmp_path / "*.csv", types_differ="refuse")


def test_declared_types_are_taken_and_their_exceptions_refused(tmp_path):
    written(tmp_path / "1.csv", "zip,n,at\n1234,007,2015-07-01\n1235,,2015-07-01T10:00:00Z\n")
    rows = table(tmp_path / "1.csv", types={"zip": "text", "n": "integer"})
    assert rows.select(["zip", "n"]).to_pylist() == [{"zip": "1234", "n": 7}, {"zip": "1235", "n": None}]
    with pytest.raises(SourceError, match=r"row 2 after the header has in 'at' no date, see source\.types; mend"):
        table(tmp_path / "1.csv", types={"at": "date"})
    with pytest.raises(SourceError, match=r"source\.types names columns that are not there: \['x'\] are not among"):
        table(tmp_path / "1.csv", types={"x": "date"})
    written(tmp_path / "1.jsonl", '{"zip": 7}\n{"zip": 7.5}\n')
    assert table(tmp_path / "1.jsonl", types={"zip": "text"})["zip"].to_pylist() == ["7", "7.5"]
    with pytest.raises(SourceError, match=r"'zip' of '.*1\.jsonl' is double and must be int64, which not all of"):
        table(tmp_path / "1.jsonl", types={"zip": "integer"})


def test_reads_another_quote_and_compressed_files(tmp_path):
    assert table(written(tmp_path / "a.csv", "a,b\n'x,y',1\n"), quote="'")["a"].to_pylist() == ["x,y"]
    assert table(written(tmp_path / "b.csv", 'a,b\n"x,1\n'), quote="")["a"].to_pylist() == ['"x']
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"a\n1\n"))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert table([tmp_path / "c.csv.gz", tmp_path / "c.jsonl.gz"])["a"].to_pylist() == [1, 1]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"path": "a.parquet", "delimiter": ";"}, r"source\.delimiter has no effect: \['parquet'\] files are no CSV"),
        ({"path": "a.txt", "format": "jsonl", "encoding": "latin-1"}, r"source\.encoding has no effect: \['jsonl'\]"),
        (
            {"path": "a.csv", "encoding": "latin-99"},
            r"source\.encoding is unknown: 'latin-99' is no enc",
        ),
        ({"path": "a.csv", "encoding": "hex"}, r"source\.encoding is unknown: 'hex' is no encoding of Python's"),
        ({"path": "a.jsonl", "decimal": ","}, r"source\.decimal has no effect: \['jsonl'\] files are no CSV"),
        ({"path": "a.csv", "thousands": "."}, r"source\.thousands is the decimal mark too: '\.' can't be both; set"),
        (
            {"path": "a.csv", "decimal": {"a": ","}, "thousands": {"a": ","}},
            r"source\.thousands is the decimal mark too: ',' in 'a' can't be both",
        ),
        (
            {"path": "a.csv", "delimiter": "|", "quote": "|"},
            r"source\.quote is the delimiter too: '\|' can't be both",
        ),
        ({"path": []}, r"source\.path is empty: it names no file; write"),
        ({"path": ["a.csv", ""]}, r"source\.path is empty: it names no file; write"),
        ({"path": ["a.csv", "a.csv"]}, r"source\.path names a file twice: \['a\.csv'\] would be read once; n"),
        ({"path": "a.csv", "columns_differ": "union"}, r"source\.columns_differ has no effect: 'a\.csv' is one file"),
        ({"path": "s3://me:hunter2@bucket/a.csv"}, r"source\.path holds credentials: a part before an @; take them"),
    ],
)
def test_refuses_settings_that_make_no_sense(more, message):
    with pytest.raises(ValidationError, match=message):
        source(**more)


def test_a_container_of_azure_is_no_credential():
    assert source(path="abfs://bookings@shop.dfs.core.windows.net/*.csv").path.startswith("abfs://bookings@")
