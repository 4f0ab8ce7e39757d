import pytest

from assets.environment import VariableError, concealed, here, unset


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


def test_the_folder_of_a_shell_is_no_secret_and_a_password_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", "/data/shop")
    monkeypatch.setenv("SHOP_PWD", "open sesame")
    told = concealed("/data/shop_old/rows.csv says open sesame")
    assert told == "/data/shop_old/rows.csv says {{ env('SHOP_PWD') }}"
