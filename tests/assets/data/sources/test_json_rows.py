import pyarrow as pa
import pytest

from assets.data.sources import FilesSource, SourceError, json_rows
from assets.data.sources.failures import UnreadableError
from assets.data.sources.json_rows import batches, schema_of
from assets.data.sources.places import Place, places


def place(folder, content: bytes) -> Place:
    (folder / "rows.jsonl").write_bytes(content)
    return places([str(folder / "rows.jsonl")])[0]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(json_rows, "BLOCK_BYTES", 64)


@pytest.mark.usefixtures("small_blocks")
def test_types_hold_for_rows_that_are_far_apart(tmp_path):
    lines = [b'{"a": 1, "at": "2015-07-01T00:00:00"}'] * 20 + [b'{"a": 1.5, "at": "later", "b": [{"c": 1}]}'] * 20
    found = place(tmp_path, b"\n\n".join(lines))
    schema = schema_of(found)
    assert schema.types == [pa.float64(), pa.string(), pa.list_(pa.struct([("c", pa.int64())]))]
    read = list(batches(found, schema))
    rows = pa.Table.from_batches(read).to_pylist()
    assert len(read) > 10
    assert len(rows) == 40
    assert rows[0] == {"a": 1.0, "at": "2015-07-01T00:00:00", "b": None}
    assert rows[-1] == {"a": 1.5, "at": "later", "b": [{"c": 1}]}


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a": 1}\n' * 100 + b'{"a": \n{"a": 1}', "line 101 is no JSON$"),
        (b'{"a": 1}\n' * 100 + b"[1]\n", "line 101 is no JSON object"),
        (b'{"a": 1}\n{"a": "x"}\n', r"its lines from 1: JSON parse error: Column\(/a\) changed from number to string"),
        (b'{"a": "' + b"x" * 500 + b'"}\n', "line 1 is longer than the 0 MiB that a row may take"),
        (b"\n \n", "it has no line with a JSON object"),
    ],
)
def test_says_where_a_file_is_wrong(tmp_path, content, told):
    with pytest.raises(UnreadableError, match=told):
        schema_of(place(tmp_path, content))


@pytest.mark.usefixtures("small_blocks")
def test_a_column_that_changes_its_type_later_is_named(tmp_path):
    content = b'{"a": 1}\n' * 14 + b" " * 60 + b'\n{"a": "x"}\n'
    with pytest.raises(
        SourceError, match=r"'a' is int64 in '.*rows\.jsonl', its lines from 1 and string in .* from 1[0-9];"
    ):
        schema_of(place(tmp_path, content))


@pytest.mark.usefixtures("small_blocks")
def test_refuses_a_whole_number_that_is_rounded_where_others_have_fractions(tmp_path):
    exact = place(tmp_path, b'{"a": 9007199254740992, "b": 9007199254740993, "c": "90071992547409931"}\n{"a": 1.5}\n')
    assert pa.Table.from_batches(batches(exact, schema_of(exact)))["a"].to_pylist() == [2.0**53, 1.5]
    rounded = place(tmp_path, b'{"a": 1}\n' * 20 + b'{"a": 9007199254740993}\n' + b'{"a": 1}\n' * 20 + b'{"a": 1.5}\n')
    with pytest.raises(
        UnreadableError, match="line 21 has in 'a' a whole number that is rounded where others have fractions: write "
    ):
        list(batches(rounded, schema_of(rounded)))


def as_text(folder, *names: str) -> list[object]:
    source = FilesSource(kind="files", path=str(folder / "rows.jsonl"), types=dict.fromkeys(names, "text"))
    return pa.Table.from_batches(source.batches())[names[0]].to_pylist()


@pytest.mark.usefixtures("small_blocks")
def test_numbers_of_a_column_that_is_declared_text_are_read_as_they_are_written(tmp_path):
    lines = [
        b'{"a": 1, "b": 0.5}',
        *[b'{"a": 9007199254740993, "b": 1.5, "c": {"a": 9007199254740993}}'] * 5,
        b'{"c": {"a": 1}, "b": 2,"a":1.50}',
        b'{"b": 3, "a": -1e3 }',
        b'{"b": 3, "a": null, "a\\"": 1}',
        b'{"b": "a: 1", "a": "x, \\"a\\": 2"}',
    ]
    place(tmp_path, b"\r\n".join(lines[:-1]))
    expected = ["1", *["9007199254740993"] * 5, "1.50", "-1e3", None]
    assert as_text(tmp_path, "a") == expected
    source = FilesSource(kind="files", path=str(tmp_path / "rows.jsonl"), types={"a": "text"})
    rows = pa.Table.from_batches(source.batches())
    assert rows["b"].to_pylist() == [0.5, *[1.5] * 5, 2.0, 3.0, 3.0]
    assert rows["c"].to_pylist()[5:7] == [{"a": 9007199254740993}, {"a": 1}]
    place(tmp_path, b'{"a": 1.25, "b": "a: 1"}\n' + lines[-1])
    assert as_text(tmp_path, "a") == ["1.25", 'x, "a": 2']
    place(tmp_path, b'{"a": 1.25}\n{"a" 1}')
    with pytest.raises(SourceError, match="line 2 is no JSON;"):
        as_text(tmp_path, "a")


@pytest.mark.parametrize("others", [[b"1"], [b"1", b"0", b"-0"], [b"1.5"], [b"18446744073709551615"]])
def test_zeros_with_a_sign_are_read_as_they_are_written_too(tmp_path, others):
    place(tmp_path, b"".join(b'{"b": "x-0", "c": -0, "a": ' + value + b"}\n" for value in [*others, b"-0"]))
    assert as_text(tmp_path, "a") == [value.decode() for value in [*others, b"-0"]]
    assert as_text(tmp_path, "b", "a") == ["x-0"] * (len(others) + 1)


@pytest.mark.usefixtures("small_blocks")
def test_a_whole_number_is_told_that_would_be_rounded_after_one_that_would_not(tmp_path):
    exact, rounded = b'{"a": 9007199254740994}\n' * 9, b'{"a": 9007199254740993}\n'
    found = place(tmp_path, exact + rounded + b'{"a": 1}\n' * 20 + b'{"a": 0.5}\n')
    with pytest.raises(UnreadableError, match="line 10 has in 'a' a whole number that is rounded where others have "):
        schema_of(found)


@pytest.mark.parametrize("great", [b"12345678901234567890", b"-9223372036854775809"])
def test_a_whole_number_that_is_too_great_is_refused_and_read_in_quotes(tmp_path, great):
    told = (
        "line 2 has in 'a' a whole number that is too great to be read: write all values of 'a' in quotes, or declare "
        "it text under source.types"
    )
    with pytest.raises(UnreadableError, match=told):
        schema_of(place(tmp_path, b'{"a": 1}\n{"a": ' + great + b"}\n"))
    with pytest.raises(SourceError, match=told):
        list(FilesSource(kind="files", path=str(tmp_path / "rows.jsonl"), types={"a": "number"}).batches())
    assert as_text(tmp_path, "a") == ["1", great.decode()]
    quoted = place(tmp_path, b'{"a": "1"}\n{"a": "' + great + b'"}\n')
    assert pa.Table.from_batches(batches(quoted, schema_of(quoted)))["a"].to_pylist() == ["1", great.decode()]


@pytest.mark.parametrize("other", [b"12345678901234567890", b"-9223372036854775809"])
def test_the_number_that_is_too_great_is_named_and_not_one_that_it_rounds(tmp_path, other):
    found = place(tmp_path, b'{"a": 9007199254740993}\n{"a": ' + other + b"}\n")
    with pytest.raises(UnreadableError, match="line 2 has in 'a' a whole number that is too great to be read"):
        schema_of(found)
