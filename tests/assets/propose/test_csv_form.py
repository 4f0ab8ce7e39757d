from pathlib import Path

import pytest

from assets.data.sources.places import places
from assets.propose import ProposeError
from assets.propose.csv_form import Form, form_of


def form(folder: Path, text: str, usual: str = ",") -> Form:
    (folder / "rows.csv").write_text(text, encoding="utf-8", newline="")
    return form_of(places([str(folder / "rows.csv")])[0], "utf-8", usual=usual)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", Form(",")),
        ("a;b;c\n1;2;3\n", Form(";")),
        ("a\tb\n1\t2\n", Form("\t")),
        ("a|b\n1|2\n", Form("|")),
        ("name;paid, net;city\nx;1,5;y\nz;2,5;y\n", Form(";")),
        ("a;b\n1,5;2,5\n2,5;3,5\n", Form(";")),
        ('a;b\n"x;\ny";1\nz;2\n', Form(";")),
        ("a;b\n\n1;2\n\n3;4\n", Form(";")),
        ("a\n1\n2\n", Form(",")),
        ("a\n", Form(",")),
        ("a;b\n", Form(";")),
        ("sep=;\r\na;b\r\n1;2\r\n", Form(";", 1)),
        ("Sales of 2024\n\na;b;c\n1;2;3\n4;5;6\n", Form(";", 2)),
        ("Sales;2024\na;b;c;d\n1;2;3;4\n4;5;6;7\n", Form(";", 1)),
        ("a,b,c\n1,2,3,4\n1,2,3,4\n", Form(",")),
        ("a;b;c\n1;2;3\n4;5\n6;7;8\n9;10;11\n", Form(";")),
        ("1990,1991,value\n1,2,3\n4,5,6\n", Form(",")),
        ("0,1,2\n1.5,2,3\n4,5,6\n", Form(",")),
        ("kind,n\nkind,1\nother,2\n", Form(",")),
        ("a,b\n1,2\na,b\n3,4\n", Form(",")),
    ],
)
def test_finds_what_parts_the_values_and_where_the_header_stands(tmp_path: Path, text: str, expected: Form) -> None:
    assert form(tmp_path, text) == expected


def test_what_is_usual_of_the_suffix_wins_where_both_fit(tmp_path: Path) -> None:
    assert form(tmp_path, "a\tb,c\n1\t2,3\n", "\t") == Form("\t")
    assert form(tmp_path, "a\tb,c\n1\t2,3\n") == Form(",")


def test_a_long_file_is_judged_by_its_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.propose.csv_form._FIRST_BYTES", 20)
    assert form(tmp_path, "a;b;c\n1;2;3\n4;5;6\n7;8;9\n") == Form(";")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n6.0,2.2,other\n", "5.1"),
        ("39,State-gov,7\n50,Private,8\n38,State-gov,9\n", "State-gov"),
        ("2024-01-01,7\n2024-01-02,8\n", "2024-01-01"),
        ("x,s,n\nx,y,n\nb,s,n\n", "x"),
    ],
)
def test_refuses_a_first_line_that_reads_like_a_row(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(ProposeError, match=rf"^--source has no header: .* reads like a row, with '{name}' in place of"):
        form(tmp_path, text)
