import pytest

from assets.environment import resolved
from assets.yaml_text import parse
from data_checks.verdict import Json


def resolve(text: str) -> tuple[Json, list[str]]:
    document = parse(text, file="defs.yaml")
    value, faults = resolved(document, document.value, ())
    return value, [str(fault) for fault in faults]


def test_replaces_references_wherever_a_string_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLDER", "/data")
    text = """a: ["{{ env('FOLDER') }}/x", {b: '{{env("FOLDER")}}:{{ env("FOLDER") }}', c: 3}]"""
    assert resolve(text) == ({"a": ["/data/x", {"b": "/data:/data", "c": 3}]}, [])


def test_a_value_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "3")
    assert resolve("""a: "{{ env('NUMBER') }}" """) == ({"a": "3"}, [])


def test_a_value_is_not_looked_into_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "{{ env('TWO') }}")
    assert resolve("""a: "{{ env('ONE') }}" """) == ({"a": "{{ env('TWO') }}"}, [])


def test_tells_every_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOBODY", raising=False)
    _, faults = resolve("""top:\n  a: "{{ env('NOBODY') }}"\n  b: ["{{ env('NOBODY') }}"]\n""")
    remedy = "'NOBODY'; set it in the environment or write the value"
    assert faults == [
        f"defs.yaml:2:3: a names a variable that is not set: {remedy}",
        f"defs.yaml:3:7: b.0 names a variable that is not set: {remedy}",
    ]


@pytest.mark.parametrize("template", ["{{ 1 + 1 }}", "{{ env(NAME) }}", "{{ env('A-B') }}", "{{ env('HOME'"])
def test_runs_no_template(template: str) -> None:
    _, faults = resolve(f'top: {{a: "{template}"}}')
    (fault,) = faults
    remedy = "may only use {{ env('NAME') }}; write the value"
    assert fault == f"defs.yaml:1:7: a holds a template that is not known: {template!r} {remedy}"
