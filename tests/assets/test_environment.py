import pytest

from assets.environment import VariableError, here, unset


def test_a_reference_becomes_the_variables_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE", "/lake")
    assert here("{{ env('LAKE') }}/a/{{env(\"LAKE\")}}") == "/lake/a//lake"


def test_other_text_stays() -> None:
    assert here("rows {1}.csv") == "rows {1}.csv"
    assert unset("rows.csv") == ()


def test_refuses_a_variable_that_is_not_set() -> None:
    assert unset("{{ env('NOBODY') }}/{{ env('PATH') }}") == ("NOBODY",)
    with pytest.raises(VariableError, match=r"environment\.NOBODY is not set: .* must have a value; set it"):
        here("{{ env('NOBODY') }}/rows.csv")
