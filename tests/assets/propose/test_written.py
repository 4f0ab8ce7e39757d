from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.data.sources import FilesSource, SourceError
from assets.propose import ProposeError
from assets.propose.written import written


def source(path: Path | str, **more: object) -> FilesSource:
    return FilesSource.model_validate({"kind": "files", "path": str(path), **more})


def test_a_table_of_excel_in_europe_is_read_as_its_sections_say(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes("Ort;Betrag\r\nSüd;1.234,50\r\nNord;-\r\n".encode("cp1252"))
    found = written(source(tmp_path / "rows.csv"))
    assert found.settings["encoding"] == "cp1252"
    assert found.settings["delimiter"] == ";"
    assert [note.partition(":")[0] for note in found.notes] == [
        "That it is written in cp1252 is a guess",
        "Numbers have other marks than a decimal point",
        "Between numbers of Betrag stand spellings of a missing one",
    ]
    declared = FilesSource.model_validate_json(source(tmp_path / "rows.csv").model_dump_json(exclude_unset=True))
    again = declared.model_copy(update={**found.settings, "nulls": tuple(found.settings["nulls"])})  # type: ignore[arg-type]
    rows = pa.Table.from_batches(again.batches())
    assert rows.to_pylist() == [{"Ort": "Süd", "Betrag": 1234.5}, {"Ort": "Nord", "Betrag": None}]


def test_nothing_is_said_of_what_is_usual(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,x\n")
    (tmp_path / "b.tsv").write_text("a\tb\n1\tx\n")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "c.parquet")
    for name in ("a.csv", "b.tsv", "c.parquet", "*[ab].?sv"):
        assert (written(source(tmp_path / name)).settings, written(source(tmp_path / name)).notes) == ({}, ())


def test_the_named_encoding_is_taken(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes("a,b\nŁódź,1\n".encode("cp1250"))
    assert written(source(tmp_path / "rows.csv", encoding="cp1250")).settings == {"encoding": "cp1250"}


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        (b"a\tb\n1\t2\n", {"format": "csv", "delimiter": "\t"}),
        (b'{"a": 1}\n{"a": 2}\n', {"format": "jsonl"}),
        (b'\n {"a": 1}\n', {"format": "jsonl"}),
    ],
)
def test_the_content_tells_where_the_suffix_does_not(
    tmp_path: Path, content: bytes, settings: dict[str, object]
) -> None:
    (tmp_path / "rows.txt").write_bytes(content)
    assert written(source(tmp_path / "rows.txt")).settings == settings
    pq.write_table(pa.table({"a": [1]}), tmp_path / "rows.data")
    assert written(source(tmp_path / "rows.data")).settings == {"format": "parquet"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.xlsx", b"PK\x03\x04more", r"^--source is no table: .*rows.xlsx' is a workbook or an archive; save the "),
        ("rows.csv", b"PK\x03\x04more", r"^--source is no table: .*rows.csv' is a workbook or an archive; save the "),
        (
            "rows.db",
            b"SQLite format 3\0",
            r"^--source is a database: .*rows.db' holds tables of SQLite; give sqlite:///F",
        ),
        ("rows.csv", b"PAR1more", r"^--source is no csv file: .*rows.csv' holds Parquet; name it so$"),
        (
            "rows.json",
            b'[{"a": 1}]',
            r"^--source is one JSON list: .* begins with a bracket; write one object a line",
        ),
    ],
)
def test_refuses_what_is_no_table(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProposeError, match=message):
        written(source(tmp_path / name))


def test_refuses_files_of_several_forms(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("Title\na;b;c\n1;2;3\n1;2;3\n")
    message = (
        r"^--source has files of several forms: .*a.csv' has ',' between its values and the header in line 1, .*b.csv' "
        r"has ';' between its values and the header in line 2; write them alike$"
    )
    with pytest.raises(ProposeError, match=message):
        written(source(tmp_path / "*.csv"))


def test_whole_numbers_of_json_that_would_be_rounded_are_read_as_text(tmp_path: Path) -> None:
    lines = ['{"id": 9007199254740993, "x": 1, "y": 0.5}', '{"id": 1.5, "x": 123456789012345678901, "y": 2}']
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    found = written(source(tmp_path / "rows.jsonl"))
    assert found.settings == {"types": {"id": "text", "x": "text"}}
    assert "Whole numbers of x, id beyond 2^53 stand beside fractions, or are greater than" in found.notes[0]
    again = source(tmp_path / "rows.jsonl").model_copy(update=found.settings)
    assert pa.Table.from_batches(again.batches())["id"].to_pylist() == ["9007199254740993", "1.5"]


def test_whole_numbers_that_would_be_rounded_beside_fractions_of_another_file_are_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"id": 9007199254740993, "x": 1, "n": 3}')
    (tmp_path / "2.jsonl").write_text('{"id": 1.5, "x": 9007199254740992, "n": "a", "y": 9007199254740993}')
    (tmp_path / "3.jsonl").write_text('{"id": 2, "x": 0.5, "n": "b"}')
    declared = source(tmp_path / "*.jsonl", types={"n": "text"})
    found = written(declared)
    assert found.settings == {"types": {"n": "text", "id": "text"}, "columns_differ": "union"}
    rows = pa.Table.from_batches(declared.model_copy(update=found.settings).batches())
    assert rows["id"].to_pylist() == ["9007199254740993", "1.5", "2"]
    assert rows["x"].to_pylist() == [1.0, 2.0**53, 0.5]
    (tmp_path / "1.jsonl").write_text('{"id": 9007199254740993}\n{"id": 1.5}')
    with pytest.raises(SourceError, match="line 1 has in 'id' a whole number that is rounded where others have frac"):
        written(source(tmp_path / "1.jsonl", types={"id": "number"}))
    (tmp_path / "1.jsonl").write_text('{"id": 1.5, "x": true, "n": "a"}')
    with pytest.raises(SourceError, match="source has a column of types that do not go together: 'x' is "):
        written(declared)
