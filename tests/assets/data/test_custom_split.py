import traceback
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.data.outcome import SplitError
from assets.data.split import split
from data_checks.named_function import FunctionError
from tests.assets.data.split_rows import DAYS, Y, daily, numbered, parts_of, settings

SHOPS = numbered(shop=["north", "north", "south", "south", "east", "west"])
_CALLS = count()


def by_shop(rows: pa.Table) -> list[str | None]:
    parts = {"north": "train", "south": "validation", "east": "test"}
    return [parts.get(shop) for shop in rows["shop"].to_pylist()]


def by_shop_in_arrow(rows: pa.Table) -> pa.ChunkedArray:
    return pc.if_else(
        pc.equal(rows["shop"], "north"), "train", pc.if_else(pc.equal(rows["y"], 1), "test", "validation")
    )


def names_columns(rows: pa.Table) -> list[str]:
    raise ValueError(rows.column_names)


def another_each_time(rows: pa.Table) -> list[str]:
    return ["train", "test"][next(_CALLS) % 2 :][:1] * len(rows)


def one_too_few(rows: pa.Table) -> list[str]:
    return ["train"] * (len(rows) - 1)


def of_other_names(rows: pa.Table) -> list[str]:
    return ["train", "holdout"] * 3


def no_names(rows: pa.Table) -> int:
    return 3


def use(name: str, **more: object) -> dict[str, object]:
    return {"by": "custom", "use": f"{__name__}:{name}", **more}


def test_a_function_says_the_parts_and_what_is_left_out():
    done = split(SHOPS, settings(**use("by_shop")), target=Y)
    assert parts_of(done) == {"train": [0, 1], "validation": [2, 3], "test": [4]}
    assert done.counts["set_aside"] == 1
    assert sum(done.counts.values()) == 6


def test_a_function_may_answer_in_arrow():
    north = numbered(shop=["north", "north", "south", "south"])
    done = split(north, settings(**use("by_shop_in_arrow")), target=Y)
    assert parts_of(done) == {"train": [0, 1], "validation": [2], "test": [3]}


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        (
            "names_columns",
            {},
            r"split\.use fails: .* ValueError: \['y', 'shop'\] at .*, with the columns \['y', 'shop'\]",
        ),
        ("names_columns", {"columns": ["shop"]}, r"with the columns \['shop'\]"),
        ("another_each_time", {}, r"split\.use is not deterministic: .* gave other parts for the same 6 rows; draw by"),
        ("one_too_few", {}, r"split\.use returns too few or too many parts: .* took 6 rows and gave 5; return one for"),
        ("of_other_names", {}, r"split\.use returns parts that are none: .* gave \['holdout'\]; return train"),
        ("no_names", {}, r"split\.use returns no parts: .* gave a int, .*; return one of train"),
        ("absent", {}, r"split\.use names a function that is not there: .* mend the name"),
    ],
)
def test_refuses_a_function_that_breaks_its_law(name: str, more: dict[str, object], message: str):
    with pytest.raises(FunctionError, match=message):
        split(SHOPS, settings(**use(name, **more)), target=Y)


def test_refuses_columns_that_are_not_there():
    with pytest.raises(SplitError, match=r"split\.columns names columns that are not there: \['shops'\]"):
        split(SHOPS, settings(**use("by_shop", columns=["shops"])), target=Y)


def test_the_period_is_seen_where_there_are_periods():
    with pytest.raises(FunctionError, match=r"with the columns \['day', 'y', '_period'\]"):
        split(daily(2), settings(**use("names_columns")), target=Y, partitions=DAYS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("names_columns", r"raised ValueError at test_custom_split\.py:\d+, with the columns"),
        ("of_other_names", r"returns parts that are none: .* gave 1 other names; return"),
        ("no_names", r"returns no parts: .* gave a int; return"),
    ],
)
def test_a_hidden_value_is_in_no_error(name: str, message: str):
    with pytest.raises(FunctionError, match=message) as raised:
        split(SHOPS, settings(**use(name)), target=Y, hidden=True)
    assert "holdout" not in "".join(traceback.format_exception(raised.value))
