import re

import pandas as pd
import pytest

from data_checks.condition_form import ConditionTextError, read_condition
from data_checks.row_condition import ConditionError, rows_through

FRAME = pd.DataFrame({
    "a": [1, 2, 3], "b": ["x", "y", "z"], "f": [True, False, True], "c d": [1.0, 2.0, 3.0],
    "at": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]),
})  # fmt: skip
GOOD = (
    "a > 1", "a > 1 & f", "`c d` > 1 | `c d` < 0", "a > a.mean()", "f", "~f", "not f", "abs(a) > 1",
    "f and a + 1", "b.str.startswith('x')",
    "b.str.len() > 1", "b.str[0] == 'x'", "b in ['x', 'y']", "b not in ('x', 'y')", "a == -1", "0 < a < 3", "index > 1",
    "at.dt.year == 2024", "at > '2024-01-01'", "a ** 2 // 3 > 1", "b == 'it\\'s'", "b == 'a@b & c'", "a.isin([1, 2])",
    "a == None", "b == \"`q`\"", "-a > 1", "a > (1)", "a.any() and f", "a > 1 == f", " a > 1 ",
    "a != a # odd", "(a > 1) * (`c d` > 2)", "(a > 1) + f * True", "-(a > 1)", "+f", "f + f", "f and -f * abs(f)",
    "`c d` == 1 and b == '{}'",
)  # fmt: skip
REFUSED = {
    "": "is empty: '' lets every row through; remove it",
    "a >": "can't be read: 'a >' is no condition (invalid syntax); write such as `column == 'a' and other > 3`",
    "a > 1 and": "can't be read",
    "a > 1 && f": "can't be read",
    "a = 1": "can't be read",
    "(a > 1": "can't be read: '(a > 1' is no condition ('(' was never closed)",
    "a > 1)": "can't be read",
    "a; b": "can't be read",
    "a := 1": "can't be read",
    "class > 1": "can't be read",
    "a > \x00": "can't be read",
    "a is None": "can't be read: 'a is None' has the form Is of Python, which pandas' query lacks",
    "a if f else f": "has the form IfExp of Python",
    "lambda: a": "has the form Lambda of Python",
    "[x for x in a]": "has the form ListComp of Python",
    "{1: 2} == a": "has the form Dict of Python",
    "f'{a}' == b": "has the form JoinedStr of Python",
    "a ^ 1 > 0": "has the form BitXor of Python",
    "a > 1\nand f": "stands on several lines: 'a > 1\\nand f' must be one; fold it by `>-`",
    "a > @x": "names a variable: 'a > @x' holds @, and there are none; write the value",
    "foo(a) > 1": "calls what is not there: 'foo(a) > 1' has 'foo(…)', which must be one of abs, arccos,",
    "a.__class__ == 1": "asks for what is hidden: 'a.__class__ == 1' has '.__class__', which is no figure",
    "a[0] > 1": "asks for rows by labels: 'a[0] > 1' has [ ] behind a column; compare values instead",
    "a in 1": "looks in what is no list: 'a in 1' has a single value behind `in`; write `column in ['a', 'b']`",
    "1 == 1": "names no column: '1 == 1' says the same of every row",
    "a.max() > 1": "gives no value for each row: 'a.max() > 1' gives one for all of them; compare a column",
    "a + 1": "gives something else than True or False for a row: 'a + 1' has no comparison; compare",
    "a % 2": "gives something else than True or False",
    "-(a % 2)": "gives something else than True or False",
    "(a > 1) * 2": "gives something else than True or False",
    "(a > 1) - f": "gives something else than True or False",
    "a + 1 and not 2 * a": "gives something else than True or False",
}


@pytest.mark.parametrize("text", GOOD)
def test_what_pandas_reads_is_read(text):
    rows_through(FRAME, text)
    read_condition(text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_pandas_refuses_too(text):
    with pytest.raises(ConditionTextError, match=re.escape(REFUSED[text])):
        read_condition(text)
    with pytest.raises((ConditionError, ValueError)):
        rows_through(FRAME, text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("f and 5", "5"), ("5 or f", "5"), ("f and True", "True"), ("a > 1 and 'x'", "'x'"), ("not 5 and f", "not 5"),
        ("f | 1 < 2", "1 < 2"), ("(a > 1) & f & ~True", "~True"), ("a > 1 or (f and [1, 2])", "[1, 2]"),
    ],
)  # fmt: skip
def test_a_part_that_says_the_same_of_every_row_is_refused(text, part):
    told = f"holds a part without a column: {text!r} has '{part}', which says the same of every row; compare a column"
    with pytest.raises(ConditionTextError, match=re.escape(told)):
        read_condition(text)


def test_depth_is_refused():
    with pytest.raises(ConditionTextError, match=r"can't be read: .* is no condition \(too"):
        read_condition("(" * 300 + "a" + ")" * 300)


def test_tells_columns_what_they_are_compared_with_and_which_must_be_true_or_false():
    found = read_condition(
        "`c d` > 1.5 and b in ['x', -2] and (f or not g) and 3 != a and sin(h) > h.mean() and index > 1"
    )
    assert found.columns == ("c d", "b", "f", "g", "a", "h")
    assert found.compared == (("c d", 1.5), ("b", "x"), ("b", -2), ("a", 3))
    assert found.answering == ()
    assert read_condition("f or not `g h`").answering == ("f", "g h")
    assert read_condition("(a > 1) * -b").answering == ("b",)
    assert read_condition("b + f").answering == ("b",)
