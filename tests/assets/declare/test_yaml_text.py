from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from assets.declare.faults import DeclarationError
from assets.declare.yaml_text import MOST_CHARACTERS, MOST_LEVELS, parse, read
from data_checks.verdict import Json

ROOT = Path(__file__).resolve().parents[3]


def value_of(text: str) -> Json:
    return parse(text, file="defs.yaml").value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("3", 3),
        ("-3", -3),
        ("0", 0),
        ("2e-3", 0.002),
        ("2.5", 2.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("'3'", "3"),
        ('"true"', "true"),
    ],
)
def test_converts_what_cannot_be_meant_otherwise(written: str, value: Json) -> None:
    assert value_of(f"a: {written}") == {"a": value}


@pytest.mark.parametrize(
    "written",
    ["NO", "yes", "on", "True", "NULL", "12:30", "010", "0x1F", "1_000", "2015-07", "2015-07-01", ".inf", "NaN"],
)
def test_keeps_as_text_what_yaml_would_turn_into_something_else(written: str) -> None:
    assert value_of(f"a: {written}") == {"a": written}


def test_an_absurd_number_stays_text_instead_of_becoming_another_one() -> None:
    assert value_of("a: 12345678901234567890123") == {"a": "12345678901234567890123"}


def test_knows_the_place_of_every_value() -> None:
    document = parse("a:\n  b: [1, {c: 2}]\nd: 3\n", file="defs.yaml")
    assert document.places == {
        (): (1, 1),
        ("a",): (1, 1),
        ("a", "b"): (2, 3),
        ("a", "b", 0): (2, 7),
        ("a", "b", 1): (2, 10),
        ("a", "b", 1, "c"): (2, 11),
        ("d",): (3, 1),
    }


def test_a_fault_of_what_is_not_written_stands_at_what_is() -> None:
    document = parse("a:\n  b: 1\n", file="defs.yaml")
    assert str(document.fault(("a", "missing", 3), "is missing")) == "defs.yaml:1:1: is missing"


def test_takes_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(tmp_path / "defs.yaml", shown_as="defs.yaml").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "defs.yaml:1:4: defines the anchor '&x': anchors are refused; remove it"),
        ("a: &x 1\nb: *x", "defs.yaml:2:4: uses the alias '*x': aliases are refused; write the value out"),
        ("a: !!python/name:os.system x", "defs.yaml:1:4: has the tag 'tag:yaml.org,2002:python/name:os.system': tags"),
        ("a: ! x", "defs.yaml:1:4: has the tag '!': tags are refused; remove it"),
        ("a: 1\nb: 2\na: 3", "defs.yaml:3:1: repeats the key 'a' of line 1: a key stands once; remove one"),
        ("a: {b: 1,\n b: 2}", "defs.yaml:2:2: repeats the key 'b' of line 1: a key stands once; remove one"),
        ("? [a, b]\n: 1", "defs.yaml:1:3: has a key that is not a word: keys are plain text; rewrite it"),
        ("a: 1\n---\nb: 2", "defs.yaml:2:1: holds a second document: one declaration a file; give it a folder"),
        ("[" * 21 + "]" * 21, f"is nested too deep: at most {MOST_LEVELS} levels; flatten it"),
        (
            "a: b: c",
            "defs.yaml:1:5: is not YAML: a second colon stands in a value, or a line is indented too deep; put",
        ),
        ("a:\n\tb: 1", "defs.yaml:2:1: is not YAML: a tab stands where only spaces may; put spaces"),
        ("a: {b:\t1}", "defs.yaml:1:7: is not YAML: a tab stands where only spaces may; put spaces"),
        ("a: [1", "is not YAML: expected ',' or ']', but got '<stream end>'; check the indentation, brackets"),
        ("a: \x00", "defs.yaml: is not YAML: unacceptable character #x0000: special characters are not allowed"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    try:
        told = "\n".join(map(str, parse(text, file="defs.yaml").faults))
    except DeclarationError as error:
        told = str(error)
    assert message in told


@pytest.mark.parametrize("file", sorted(ROOT.glob("pipelines/*/defs.yaml")), ids=lambda file: file.parent.name)
def test_both_parsers_read_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        file.read_text(encoding="utf-8")
        + "  é: {a: 'NO', b: NO, c: \"\", d: ~, e: 010}\n  f: >\n    folded\n    text\n"
    )
    quick = parse(text, file="defs.yaml")
    monkeypatch.setattr("assets.declare.yaml_text.QUICK", yaml.SafeLoader)
    assert parse(text, file="defs.yaml") == quick


def test_tells_all_repeated_keys_at_once() -> None:
    document = parse("a: 1\na: 2\nb: {c: 1, c: 2}\n", file="defs.yaml")
    assert [fault.line for fault in document.faults] == [2, 3]
    assert document.value == {"a": 1, "b": {"c": 1}}


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    levels = "".join(f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in pairwise("abcdefg"))
    with pytest.raises(DeclarationError, match="anchors are refused"):
        parse(f"a: &a [x]\n{levels}", file="defs.yaml")


def test_a_file_of_brackets_does_not_exhaust_the_stack() -> None:
    with pytest.raises(DeclarationError, match="is nested too deep"):
        parse("[" * 100_000, file="defs.yaml")


def test_refuses_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_bytes(b"a: \xe9t\xe9")
    with pytest.raises(DeclarationError, match=r"^shown: is not UTF-8 text: .* at byte 3; save it as UTF-8$"):
        read(tmp_path / "defs.yaml", shown_as="shown")


def test_refuses_a_file_that_holds_data(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_text("#" * (MOST_CHARACTERS + 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match="is too long: 200001 characters, at most 200000; move data out"):
        read(tmp_path / "defs.yaml", shown_as="defs.yaml")


def test_refuses_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"^shown: can't be read: Is a directory; make it a file that this user"):
        read(tmp_path, shown_as="shown")


@pytest.mark.parametrize(("written", "value"), [("0,002", 0.002), ("-1,5", -1.5)])
def test_a_comma_in_a_number_within_braces_is_one_fault(written: str, value: float) -> None:
    found = parse(f"a:\n  {{lr: {written}, b: 2}}", file="defs.yaml")
    assert found.value == {"a": {"lr": value, "b": 2}}
    message = f"holds a comma in the number of 'lr': {written} is two settings here; write {value}"
    assert [str(fault) for fault in found.faults] == [f"defs.yaml:2:4: {message}"]


@pytest.mark.parametrize("written", ["{a: 1, 5}", "{a: 1,5: }", "{a: x,5}", "{a: 1,'5'}", "{a: '1',5}"])
def test_what_is_no_comma_in_a_number_is_left(written: str) -> None:
    found = parse(written, file="defs.yaml")
    assert found.faults == ()
    assert isinstance(found.value, dict)
    assert found.value["5"] is None
