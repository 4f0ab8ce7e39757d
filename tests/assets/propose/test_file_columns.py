import re
from pathlib import Path

import pytest

from assets.data.sources import FilesSource
from assets.propose import ProposeError
from assets.propose.file_columns import file_columns
from assets.propose.written import written


def test_nothing_is_said_of_files_with_the_same_columns() -> None:
    found = file_columns({"a": ["x", "y"], "b": ["y", "x"]})
    assert (found.settings, found.notes) == ({}, ())


def test_names_the_column_and_the_fewer_files_that_have_or_lack_it() -> None:
    names = {f"{n}.csv": ["a", "b", *(["c"] if n else []), *(["d"] if n == 2 else [])] for n in range(8)}
    found = file_columns(names)
    assert found.settings == {"columns_differ": "union"}
    assert "1 of 8 lack c (0.csv); only 1 of 8 have d (2.csv). Where a file lacks a column" in found.notes[0]
    many = file_columns({f"{n}.csv": ["a", *(["b"] if n > 6 else [])] for n in range(20)})
    assert "7 of 20 lack b (0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more)" in many.notes[0]


def test_refuses_files_that_share_too_little() -> None:
    said = "--source has files of several tables: 'a' holds id, price, 'b' id, name, street, and 1 of 4 columns stand "
    with pytest.raises(ProposeError, match=f"^{re.escape(said)}in all 2 files; give a pattern that only "):
        file_columns({"a": ["id", "price"], "b": ["id", "name", "street"]})


@pytest.mark.parametrize(
    ("suffix", "first", "second"),
    [
        ("csv", "a;b\n1,5;2\n", "a;b;c\n2,5;3;4\n"),
        ("jsonl", '{"a": 1, "b": 2}\n', '{"a": 1, "b": 2, "c": 3}\n'),
    ],
)
def test_looks_at_files_of_text_too(tmp_path: Path, suffix: str, first: str, second: str) -> None:
    (tmp_path / f"1.{suffix}").write_text(first)
    (tmp_path / f"2.{suffix}").write_text(second)
    source = FilesSource.model_validate({"kind": "files", "path": f"{tmp_path}/*.{suffix}"})
    found = written(source)
    assert found.settings["columns_differ"] == "union"
    assert f"only 1 of 2 have c (2.{suffix})" in found.notes[0]
    assert written(source.model_copy(update={"path": f"{tmp_path}/2.{suffix}"})).settings.get("columns_differ") is None
