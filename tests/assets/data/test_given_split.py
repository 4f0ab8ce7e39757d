import pyarrow as pa
import pytest

from assets.data.split import SplitError, split
from tests.assets.data.split_rows import Y, numbered, parts_of, settings


def test_parts_may_be_given_by_name_by_value_or_by_file():
    rows = numbered(part=["train", "train", "validation", "test"])
    assert parts_of(split(rows, settings(by="given", column="part"), target=Y))["train"] == [0, 1]
    rows = numbered(fold=[1, 2, 3, 4])
    given = settings(by="given", column="fold", parts={"train": ["1", "2"], "validation": ["3"], "test": ["4"]})
    assert parts_of(split(rows, given, target=Y))["test"] == [3]
    rows = numbered(_file=["a.csv", "a.csv", "b.csv", "c.csv"])
    given = settings(by="given", parts={"train": ["a.csv"], "validation": ["b.csv"], "test": ["c.csv"]})
    assert parts_of(split(rows, given, target=Y))["validation"] == [2]


@pytest.mark.parametrize(("hidden", "told"), [(False, r"is \['c', None\]"), (True, "holds 2 other values")])
def test_values_that_make_no_part_are_told_unless_they_are_hidden(hidden: bool, told: str):
    given = settings(by="given", column="fold", parts={"train": ["a"], "test": ["b"]})
    with pytest.raises(SplitError, match=rf"'fold' {told} in 3 rows, none of \['a', 'b'\]; name every value"):
        split(numbered(fold=["a", "c", "b", None, "c"]), given, target=Y, hidden=hidden)


@pytest.mark.parametrize("values", [[[1], [2]], [b"\xff", b"a"]], ids=["lists", "bytes"])
def test_a_column_that_is_not_read_as_text_tells_no_parts(values: list):
    rows = numbered(n=[1, 2]).append_column("fold", pa.array(values))
    with pytest.raises(SplitError, match=r"split.column can not tell parts: it holds \S+( \S+)?, which is not read as"):
        split(rows, settings(by="given", column="fold"), target=Y)
