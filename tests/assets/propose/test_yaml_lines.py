import pytest
import yaml

from assets.declare.yaml_text import parse
from assets.propose.yaml_lines import WIDTH, block, comment, entry, scalar, text
from data_checks.verdict import Json

ODD = [
    "", " ", "a ", "NO", "yes", "null", "~", "1", "010", "1.5", "1e5", "12:30", "2015-07", "2015-07-01", "a: b", "a #b",
    "- a", "{x}", "[x]", "a, b", "'a'", '"', "<1H OCEAN", "Ärger", "C:\\x", "*a", "&a", "!a", "%a", "@a", "`a`", "a\nb",
    "-", "?", "=", "Offline TA/TO", "/data/x.parquet", "+1", ".5", "0x1f", "1_000", "True", "é", "日本", "x'y",
]  # fmt: skip


@pytest.mark.parametrize("value", ODD)
def test_text_stays_text_as_value_key_and_in_a_list(value: str) -> None:
    written = "\n".join(block({"v": value, "l": [value], "m": {value: value}}, 0))
    assert str(yaml.safe_load(written)["v"]) == value
    assert parse(written, file="f").value == {"v": value, "l": [value], "m": {value: value}}


@pytest.mark.parametrize("value", [0, 1.5, -600, 1e-7, True, None, 10**15, 1e30])
def test_other_values_are_read_back(value: Json) -> None:
    assert parse(f"v: {scalar(value)}", file="f").value == {"v": value}


def test_what_does_not_fit_on_a_line_is_broken() -> None:
    value: Json = {"names": [f"column number {n}" for n in range(20)], "rules": [{"expect": {"column": "a" * 130}}]}
    lines = entry("features", value, 2)
    assert parse("\n".join(lines), file="f").value == {"features": value}
    assert max(map(len, lines[:-2])) <= WIDTH
    assert entry("a", [1, 2], 4) == ["    a: [1, 2]"]


def test_a_long_sentence_is_folded_and_read_back_whole() -> None:
    sentence = "it says 'x': " + "and so on " * 20 + "at last"
    lines = text("column", sentence, 6)
    assert lines[0] == "      column: >-"
    assert max(map(len, lines)) <= WIDTH
    assert str(parse("\n".join(lines), file="f").value["column"]).strip() == sentence  # type: ignore[index,call-overload]
    assert text("a", "short", 0) == ["a: short"]


def test_a_comment_is_wrapped_but_not_within_braces() -> None:
    lines = comment("word " * 22 + "{every: month, column: x} and more", 2)
    assert all(line.startswith("  # ") and len(line) <= WIDTH for line in lines)
    assert any("{every: month, column: x}" in line for line in lines)
