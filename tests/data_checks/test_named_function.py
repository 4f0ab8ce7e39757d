import traceback
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_checks.named_function import FunctionError, NamedFunction, module_of


def doubled(value: float, *, plus: float = 0.0) -> float:
    return 2 * value + plus


def first(rows: pa.Table) -> object:
    return rows["absent"]


class OwnError(Exception): ...


def asserts(rows: pa.Table) -> object:
    assert not rows.num_rows, "rows"


def opens(rows: pa.Table) -> object:
    return Path("/no/such/file").open()


def imports(rows: pa.Table) -> object:
    import no_such_module

    return no_such_module


def raises_its_own(rows: pa.Table) -> object:
    raise OwnError("one\nof mine")


def casts(rows: pa.Table) -> object:
    return pc.cast(rows["a"], pa.int64())


def is_refused(rows: pa.Table) -> object:
    raise ConnectionRefusedError("away")


def waits(rows: pa.Table) -> object:
    raise TimeoutError("away")


def test_calls_what_is_named():
    assert NamedFunction(f"{__name__}:doubled", "here.use")(2, plus=1) == 5
    assert module_of("a.b:c") == "a.b"


@pytest.mark.parametrize(
    ("use", "given", "message"),
    [
        (
            "no.such.module:function",
            1,
            r"^here\.use names a function that is not there: .* No module named 'no'; mend",
        ),
        (f"{__name__}:absent", 1, r"^here\.use names a function that is not there: .* has no attribute 'absent'; mend"),
        (
            f"{__name__}:doubled",
            None,
            r"^here\.use fails: .* raised TypeError: .* or what it is given$",
        ),
        (
            f"{__name__}:first",
            pa.table({"a": [1]}),
            r"raised KeyError: .*, with the columns \['a'\]; mend",
        ),
    ],
)
def test_says_what_is_wrong_with_it(use, given, message):
    with pytest.raises(FunctionError, match=message):
        NamedFunction(use, "here.use")(given)


def test_refuses_a_result_in_the_same_words():
    error = NamedFunction("a:b", "here.use").refused("returns nothing", "return something")
    assert str(error) == "here.use returns nothing; return something"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("asserts", "AssertionError: rows.*"),
        ("opens", r"FileNotFoundError: .* '/no/such/file'"),
        ("imports", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raises_its_own", "OwnError: one of mine"),
    ],
)
def test_whatever_is_raised_gets_its_setting_function_and_line(name, message):
    message = rf"^here\.use fails: '.*:{name}' raised {message} at test_named_function\.py:\d+, with the columns"
    with pytest.raises(FunctionError, match=message) as raised:
        NamedFunction(f"{__name__}:{name}", "here.use")(pa.table({"a": [1]}))
    assert raised.value.__cause__


def test_a_module_that_fails_is_told_with_its_line(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fails_when_imported.py").write_text("class Own(Exception): ...\n\nraise Own('late')\n")
    message = r"here\.use fails: '.*' raised Own: late at fails_when_imported\.py:3; mend"
    with pytest.raises(FunctionError, match=message):
        NamedFunction("fails_when_imported:f", "here.use")()


@pytest.mark.parametrize("name", ["is_refused", "waits"])
def test_a_service_that_is_away_passes_so_that_it_is_asked_again(name):
    with pytest.raises((ConnectionError, TimeoutError), match=r"^away$"):
        NamedFunction(f"{__name__}:{name}", "here.use")(pa.table({"a": [1]}))


def test_a_hidden_value_is_in_no_error_and_no_cause():
    message = r"raised ArrowInvalid at test_named_function\.py:\d+, with the columns \['a'\]; mend"
    rows = pa.table({"a": ["123-45-6789"]})
    with pytest.raises(FunctionError, match=message) as raised:
        NamedFunction(f"{__name__}:casts", "here.use", hidden=True)(rows)
    assert "Failed to parse" not in "".join(traceback.format_exception(raised.value))
