from assets.display import (
    MOST_COLUMNS,
    image,
    link,
    markdown,
    markdown_table,
    preview_table,
    statistics_table,
    table,
)


def test_forms_are_plain_json() -> None:
    assert markdown("*a*") == {"markdown": "*a*"}
    assert link("http://x") == {"url": "http://x"}
    assert image("figures/a.png") == {"image": "figures/a.png"}
    assert table([{"a": 1}]) == {"markdown": "| a |\n| --- |\n| 1 |"}


def test_a_table_shows_the_columns_that_are_asked_for_in_this_order() -> None:
    lines = markdown_table([{"a": 1, "b": 2}, {"b": 3}], columns=["b", "a"]).splitlines()
    assert lines == ["| b | a |", "| --- | --- |", "| 2 | 1 |", "| 3 |  |"]


def test_a_cell_cannot_break_the_table() -> None:
    assert markdown_table([{"a": "x|y\nz"}]).splitlines()[2] == "| x\\|y z |"


def test_numbers_are_short_and_nothing_is_empty() -> None:
    assert markdown_table([{"a": 0.123456789, "b": None, "c": True}]).splitlines()[2] == "| 0.1235 |  | True |"


def test_an_empty_table_says_so() -> None:
    assert markdown_table([]) == "none"
    assert preview_table([]) == "none"
    assert statistics_table(None) == "none"


def test_a_preview_is_narrow() -> None:
    lines = preview_table([{f"c{place}": row for place in range(MOST_COLUMNS + 5)} for row in range(3)]).splitlines()
    assert len(lines) == 2 + 3
    assert lines[0].count("|") == MOST_COLUMNS + 1


def test_statistics_stand_one_line_a_column() -> None:
    told = {"nulls": 1, "minimum": 0, "maximum": 4, "mean": 2.0, "deviation": 0.5, "top": [["x", 1200], [None, 3]]}
    lines = statistics_table({"a": told | {"other": 3}, "b": None}).splitlines()
    assert lines[0] == "| column | nulls | distinct | minimum | maximum | mean | deviation | commonest |"
    assert lines[2:] == ["| a | 1 |  | 0 | 4 | 2 | 0.5 | x (1,200),  (3) |", "| b |  |  |  |  |  |  |  |"]


def test_why_a_row_was_put_aside_comes_first_reason_by_reason() -> None:
    lines = preview_table([{"visit": 3, "_reasons": ["visits is null", "between"]}]).splitlines()
    assert lines == ["| _reasons | visit |", "| --- | --- |", "| visits is null; between | 3 |"]
    lines = preview_table([{"prediction": 1, "_reasons": []}]).splitlines()
    assert lines == ["| prediction | _reasons |", "| --- | --- |", "| 1 |  |"]
