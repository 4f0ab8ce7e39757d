import pyarrow as pa
import pytest

from data_checks.named_function import FunctionError, NamedFunction, module_of


def doubled(value: float, *, plus: float = 0.0) -> float:
    return 2 * value + plus


def first(rows: pa.Table) -> object:
    return rows["absent"]


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
