from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa
import pytest

from assets.data.preprocess import Contract
from assets.propose.change import Change
from assets.propose.changes import changes
from data_checks.verdict import Json
from tests.assets.propose.tables import seen

N = 1000
TABLE = pa.table(
    {
        "size": [float(n) for n in range(N)],
        "count": [n % 5 for n in range(N)],
        "kind": ["a", "b", "c", "d", "d"] * (N // 5),
        "gap": [None if n % 10 == 0 else 1 for n in range(N)],
    }
)
COLUMNS: dict[str, Json] = {"size": "number", "count": "integer", "kind": "category", "gap": "integer"}
NULLABLE: dict[str, Json] = {**COLUMNS, "gap": {"type": "integer", "nullable": True}}


def found(
    columns: dict[str, Json],
    *expectations: Json,
    table: pa.Table = TABLE,
    named: Mapping[str, Sequence[str]] = MappingProxyType({}),
    before: Sequence[str] | None = None,
) -> tuple[Change, ...]:
    section: dict[str, Json] = {"columns": columns, "expectations": list(expectations)}
    contract = Contract.model_validate_json(pa_json(section))
    return changes(seen(table), contract, section, named=named, before=before)


def pa_json(value: Json) -> str:
    import json

    return json.dumps(value)


def between(column: str, low: float, high: float) -> Json:
    return {"expect_column_values_to_be_between": {"column": column, "min_value": low, "max_value": high}}


def in_set(column: str, *values: Json) -> Json:
    return {"expect_column_values_to_be_in_set": {"column": column, "value_set": list(values)}}


def under(rule: Json, **arguments: Json) -> Json:
    """The rule with further arguments, such as `row_condition`."""
    assert isinstance(rule, dict)
    ((name, given),) = rule.items()
    assert isinstance(given, dict)
    return {name: {**given, **arguments}}


def filled(column: str, **mostly: float) -> Json:
    return {"expect_column_values_to_not_be_null": {"column": column, **mostly}}


def test_a_contract_that_fits_is_left_alone() -> None:
    rules = (between("size", 0, 2000), in_set("kind", "a", "b", "c", "d"), filled("gap", mostly=0.8))
    assert found(NULLABLE, *rules) == ()


@pytest.mark.parametrize(
    ("rule", "action", "where", "value", "why"),
    [
        (between("size", 0, 500), "replace", "max_value", 1500, "size lies above 500, up to 999, in 499 of 1,000 rows"),
        (between("size", 5, 2000), "replace", "min_value", 0, "size lies below 5, down to 0, in 5 of 1,000 rows"),
        (between("size", 0, 998), "note", None, None, "size lies above 998, up to 999, but in so few rows"),
        (in_set("kind", "a", "b", "c"), "append", "value_set", "d", "kind has the new value 'd' in 400 of 1,000"),
        (
            filled("gap", mostly=0.95),
            "replace",
            "mostly",
            0.79,
            "gap has a value in 0.9 of the rows, and at least",
        ),
        (filled("gap"), "add", "expect_column_values_to_not_be_null", 0.79, "gap has a value in 0.9 of the rows"),
    ],
)
def test_an_expectation_that_new_rows_left_is_widened(
    rule: Json, action: str, where: str | None, value: Json, why: str
) -> None:
    (change,) = found(NULLABLE, rule)
    assert change.why.startswith(why)
    assert (change.action, change.path[-1] if change.path else None, change.value) == (action, where, value)


@pytest.mark.parametrize(
    "rule",
    [
        under(between("size", 0, 500), row_condition="size <= 500"),
        under(between("size", 100, 499), row_condition="size >= 100 and size < 500"),
        under(in_set("kind", "a", "b", "c"), row_condition="kind != 'd'"),
        under(filled("gap"), row_condition="count != 0"),
        under(in_set("kind", "a"), row_condition="kind == 'nobody'"),
    ],
)
def test_a_rule_is_held_to_the_rows_of_its_condition(rule: Json) -> None:
    assert found(NULLABLE, rule) == ()


def test_a_conditioned_rule_that_new_rows_left_is_widened_by_its_rows() -> None:
    (change,) = found(NULLABLE, under(between("size", 0, 300), row_condition="size < 500"))
    assert (change.action, change.why) == ("replace", "size lies above 300, up to 499, in 199 of 500 rows looked at")
    (change,) = found(NULLABLE, under(in_set("kind", "a"), row_condition="kind in ['a', 'b']"))
    assert (change.action, change.value, change.why) == ("append", "b", "kind has the new value 'b' in 200 of 400 rows")


def test_a_condition_that_no_row_alone_tells_is_not_judged() -> None:
    (change,) = found(NULLABLE, under(between("size", 0, 500), row_condition="size < size.mean()"))
    assert change.action == "note"
    told = "size is not compared with expect_column_values_to_be_between: its row_condition can't be told from each row"
    assert change.why == f"{told} alone"


@pytest.mark.parametrize(
    ("rule", "share", "left"),
    [
        (between("size", 5, 994), 0.99, "size lies below 5, down to 0, in no more rows than mostly allows"),
        (in_set("kind", "a", "b", "c"), 0.6, "kind has values that are not in the set, in no more rows than mostly a"),
        (in_set("gap", 2, 3), 0.01, None),
    ],
)
def test_what_mostly_allows_is_left_and_what_it_does_not_is_widened(rule: Json, share: float, left: str | None) -> None:
    changed = found(NULLABLE, under(rule, mostly=share))
    if left is None:
        assert [change.action for change in changed] == ["append"]
        return
    assert {change.action for change in changed} == {"note"}
    assert changed[0].why.startswith(left)
    assert {change.action for change in found(NULLABLE, under(rule, mostly=share + 0.001))} - {"note"}


def test_more_values_than_can_be_listed_are_left_where_mostly_allows_them() -> None:
    several = TABLE.set_column(2, "kind", pa.array(["a" if n < 500 else f"k{n}" for n in range(N)]))
    (change,) = found(NULLABLE, under(in_set("kind", "a"), mostly=0.5), table=several)
    assert change.action == "note"
    (change,) = found(NULLABLE, under(in_set("kind", "a"), mostly=0.51), table=several)
    assert change.action == "decide"


def test_values_that_are_rare_or_too_many_are_only_told() -> None:
    rare = TABLE.set_column(2, "kind", pa.array(["a"] * (N - 1) + ["z"]))
    (change,) = found(NULLABLE, in_set("kind", "a"), table=rare)
    assert (change.action, change.why) == ("note", "kind has the new value 'z' in 1 rows only: left as it is")
    many = TABLE.set_column(2, "kind", pa.array([f"k{n}" for n in range(N)]))
    (change,) = found(NULLABLE, in_set("kind", "a"), table=many)
    assert change.action == "decide"
    assert change.why.startswith("kind has more values than can be listed")
    empty = TABLE.set_column(3, "gap", pa.array([1, 2, *[None] * (N - 2)]))
    (change,) = found(NULLABLE, filled("gap", mostly=0.8), table=empty)
    assert change.action == "decide"
    assert "take the expectation out" in change.why


@pytest.mark.parametrize(
    ("columns", "path", "value", "why"),
    [
        (
            COLUMNS,
            ("contract", "columns", "gap"),
            {"type": "integer", "nullable": True},
            "gap is missing in 100 of 1,000 rows",
        ),
        (
            {**COLUMNS, "gap": {"type": "integer"}},
            ("contract", "columns", "gap"),
            True,
            "gap is missing in 100 of 1,000 rows",
        ),
        (
            {**COLUMNS, "gap": {"type": "integer", "nullable": False}},
            ("contract", "columns", "gap", "nullable"),
            True,
            "gap is missing in 100 of 1,000 rows",
        ),
    ],
)
def test_missing_values_make_a_column_nullable(
    columns: dict[str, Json], path: tuple[str, ...], value: Json, why: str
) -> None:
    (change,) = found(columns)
    assert change.why == f"{why}, and the contract does not allow it"
    assert (change.path[1:], change.value) == (path, value)


def test_a_few_missing_values_are_for_quarantine() -> None:
    (change,) = found(COLUMNS, table=TABLE.set_column(3, "gap", pa.array([None, *[1] * (N - 1)])))
    assert change == Change(
        "gap is missing in 1 of 1,000 rows, so few that quarantine is for them: left as it is", "note"
    )


def test_fractions_make_a_number() -> None:
    halves = TABLE.set_column(1, "count", pa.array([n / 2 for n in range(N)]))
    (change,) = found(NULLABLE, table=halves, named={"count": ["features.number"]})
    assert change.why == "count is not an integer in 500 of 1,000 rows looked at, and the contract says integer"
    assert change.value == "number"
    (change,) = found({**NULLABLE, "count": {"type": "integer"}}, table=halves)
    assert (change.path[-1], change.value) == ("type", "number")


def test_another_type_is_proposed_where_nothing_else_relies_on_it() -> None:
    words = TABLE.set_column(1, "count", pa.array(["few", "many"] * (N // 2)))
    (change,) = found(NULLABLE, table=words)
    assert (change.action, change.path[-1], change.value) == ("replace", "count", "category")
    assert change.why == "count is not an integer in 1,000 of 1,000 rows looked at, and the contract says integer"
    (change,) = found(NULLABLE, table=words, named={"count": ["contract.expectations.0", "features.number"]})
    assert change.action == "decide"
    assert change.why.endswith("says integer: mend the source, or write category and change features.number")
    days = TABLE.set_column(1, "count", pa.array(["31.12.2024"] * N))
    (change,) = found({**NULLABLE, "count": "date"}, table=days)
    assert (change.action, change.value) == ("replace", "category")
    assert change.why.startswith("count is not a date in 1,000 of 1,000 rows looked at")


def test_what_no_type_mends_is_for_somebody_to_decide() -> None:
    endless = TABLE.set_column(0, "size", pa.array([float("inf"), 1.5] * (N // 2)))
    (change,) = found(NULLABLE, table=endless)
    assert change.action == "decide"
    assert change.why.endswith(
        "is infinite in 500 of 1,000 rows looked at, and the contract says number: mend the source"
    )
    few = TABLE.set_column(1, "count", pa.array(["one", *["1"] * (N - 1)]))
    (change,) = found(NULLABLE, table=few)
    assert change.action == "note"
    assert change.why.startswith("count is not an integer in 1 of 1,000 rows looked at, so few that quarantine")


def test_a_column_is_new_only_if_earlier_rows_lack_it() -> None:
    more = TABLE.append_column("extra", pa.array([1.5] * N)).append_column("half", pa.array([1, None] * (N // 2)))
    first, second = found(NULLABLE, table=more, before=TABLE.column_names)
    assert first.why == "extra is new: no earlier rows have it, and the contract does not name it"
    assert (first.action, first.key, first.value) == ("add", "extra", "number")
    assert (second.key, second.value) == ("half", {"type": "integer", "nullable": True})
    (change,) = found(NULLABLE, table=more, before=more.column_names)
    assert change == Change(
        "the contract does not name extra, half: earlier rows have them too; to name them, add "
        "{extra: number, half: {type: integer, nullable: true}}"
    )
    (change,) = found(NULLABLE, table=more)
    assert change.action == "note"
    assert "there are no earlier rows to tell since when; " in change.why
    assert found(NULLABLE, table=more, named={"extra": ["features.never"], "half": ["predict.keep"]}, before=()) == ()
    assert found({}, table=more, before=()) == ()


def test_a_lost_column_goes_with_its_expectations_unless_something_else_names_it() -> None:
    fewer, rules = TABLE.drop_columns(["size"]), (between("size", 0, 9), in_set("kind", "a", "b", "c", "d"))
    named = {"size": ["contract.expectations.0"], "kind": ["contract.expectations.1"]}
    column, rule = found(NULLABLE, *rules, table=fewer, named=named)
    assert (column.action, column.path[2:]) == ("remove", ("columns", "size"))
    assert (rule.action, rule.path[2:]) == ("remove", ("expectations", 0))
    assert column.why == rule.why == "size is not in the rows, and nothing but the contract names it"
    named = {"size": ["contract.expectations.0", "features.number"]}
    (change,) = found(NULLABLE, *rules, table=fewer, named=named)
    assert change == Change(
        "size is not in the rows: mend the source, or take it out of contract.columns, contract.expectations.0, "
        "features.number",
        "decide",
    )


def test_nothing_is_said_of_what_a_sensitive_column_holds() -> None:
    secret: dict[str, Json] = {
        **NULLABLE,
        "size": {"type": "number", "sensitive": True},
        "kind": {"type": "category", "sensitive": True},
        "gap": {"type": "integer", "sensitive": True},
    }
    told = found(secret, between("size", 0, 10), in_set("kind", "a"), filled("gap", mostly=0.99))
    assert [change.why.split(",")[0] for change in told] == [
        "gap is missing in 100 of 1",
        "gap has a value in 0.9 of the rows",
    ]
