import pyarrow as pa
import pytest
from pydantic import ValidationError

from assets.data.derive import Derivation
from data_checks.named_function import FunctionError

ROWS = pa.table({"a": [1, 2]})


def appends(rows: pa.Table) -> pa.Table:
    return rows.append_column("twice", pa.array([2 * value for value in rows["a"].to_pylist()]))


def drops_a_row(rows: pa.Table) -> pa.Table:
    return appends(rows).slice(1)


def reorders(rows: pa.Table) -> pa.Table:
    return appends(rows).take([1, 0])


def replaces(rows: pa.Table) -> pa.Table:
    return rows.set_column(0, "a", pa.array([0, 0]))


def removes(rows: pa.Table) -> pa.Table:
    return appends(rows).drop_columns(["a"])


def reserves(rows: pa.Table) -> pa.Table:
    return rows.append_column("_hidden", rows["a"])


def repeats(rows: pa.Table) -> pa.Table:
    return rows.append_column("a", rows["a"])


def returns_a_frame(rows: pa.Table) -> object:
    return rows.to_pandas()


def use(name: str) -> Derivation:
    return Derivation(use=f"{__name__}:{name}")


def test_appends_columns():
    assert use("appends").load()(ROWS).to_pydict() == {"a": [1, 2], "twice": [2, 4]}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "drops_a_row",
            r"derive\.use changes the number of rows: .* took 2 and gave 1; leave dropping rows to the contract",
        ),
        ("reorders", r"derive\.use changes source columns: .* may only append; give the result a new name"),
        ("replaces", r"derive\.use changes source columns"),
        ("removes", r"derive\.use changes source columns"),
        ("reserves", r"derive\.use appends columns of reserved or repeated names: \['_hidden'\]; rename them"),
        ("repeats", r"derive\.use appends columns of reserved or repeated names: \['a', 'a'\]"),
        ("returns_a_frame", r"derive\.use returns no table: .* gave a DataFrame; return a pyarrow table"),
    ],
)
def test_refuses_more_or_less_than_appending(name, message):
    with pytest.raises(FunctionError, match=message):
        use(name).load()(ROWS)


@pytest.mark.parametrize("name", ["no.such.module:function", f"{__name__}:no_such_function"])
def test_refuses_a_function_that_is_not_there(name):
    with pytest.raises(FunctionError, match=r"derive\.use names a function that is not there: .*; mend the name"):
        Derivation(use=name).load()


@pytest.mark.parametrize("name", ["module", "module:", "a.b.c", "../x:y", "a b:c"])
def test_refuses_what_names_no_function(name):
    with pytest.raises(ValidationError, match="should match pattern"):
        Derivation(use=name)


def test_nulls_and_nan_in_source_columns_are_no_change():
    rows = pa.table({"a": [1, None], "b": [float("nan"), None]})
    derived = Derivation(use=f"{__name__}:copies").load()(rows)
    assert derived.column_names == ["a", "b", "c"]


def copies(rows: pa.Table) -> pa.Table:
    return rows.append_column("c", rows["b"])
