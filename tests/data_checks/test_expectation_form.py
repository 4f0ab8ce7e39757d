import json
import subprocess
import sys

import pytest
from pydantic import TypeAdapter

from data_checks.expectation_form import Expectation, check_names

BETWEEN = "expect_column_values_to_be_between"


def expectation(name, **arguments):
    return Expectation.model_validate_json(json.dumps({name: arguments}))


def test_reads_the_short_form():
    read = expectation(BETWEEN, column="adr", min_value=0, severity="warning", mostly=0.99)
    assert (read.name, read.severity) == (BETWEEN, "warning")
    assert read.arguments == {"column": "adr", "min_value": 0, "mostly": 0.99}
    assert read.row_level
    assert read.columns == ("adr",)


def test_survives_being_stored():
    given = (expectation(BETWEEN, column="adr"), expectation("expect_table_row_count_to_equal", value=3))
    adapter = TypeAdapter(tuple[Expectation, ...])
    assert adapter.validate_json(adapter.dump_json(given)) == given


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"expect_column_values_to_be_betwen": {}},
            f"no expectation of great_.*; did you mean '{BETWEEN}'",
        ),
        (
            {"zzz": {}},
            "zzz is unknown: it is no expectation of .*; it knows expect_column_distinct_values_to_be.*, … ",
        ),
        (
            {BETWEEN: {"colum": "adr"}},
            f"{BETWEEN} has no such argument: 'colum' is none of its .*; did you mean 'column'",
        ),
        (
            {BETWEEN: {"column": "adr", "foo": 1}},
            "'foo' is none of its 8; it knows .*mostly, row_condition, severity, strict_max, strict_min \\[type",
        ),
        ({BETWEEN: {"column": "adr", "minimum": 1}}, "'minimum' is none of its 8; did you mean 'min_value'"),
        ({"expect_table_row_count_to_be_between": {"foo": 1}}, r"none of its 6; it knows [a-z_, ]*, strict_min \[type"),
        ({BETWEEN: {}}, f"{BETWEEN}.column is missing: the expectation needs it; write `column: …`"),
        (
            {BETWEEN: {"column": "adr", "mostly": 2}},
            f"{BETWEEN}.mostly is wrong: 2 must be at most 1; write such",
        ),
        ({BETWEEN: {"column": "adr", "mostly": -1}}, f"{BETWEEN}.mostly is wrong: -1 must be at least 0"),
        ({BETWEEN: {"column": 3}}, f"{BETWEEN}.column is wrong: 3 must be text"),
        ({BETWEEN: {"column": "adr", "mostly": True}}, f"{BETWEEN}.mostly is wrong: True must be a number"),
        (
            {"expect_column_pair_values_to_be_equal": {"column_A": "a", "column_B": "b", "ignore_row_if": "never"}},
            "ignore_row_if is wrong: 'never' must be one of both_values_are_missing, either_value_is_missing, neither",
        ),
        ({BETWEEN: {"column": "adr", "severity": "fatal"}}, "critical, warning, info"),
        ({BETWEEN: ["adr"]}, f"{BETWEEN} takes arguments by name: found .*; write `{BETWEEN}: "),
        ({"a": {}, "b": {}}, r"is not one name with its arguments: \['a', 'b'\] stand in one item"),
        ({"expect_column_values_to_be_of_type": {}}, "can't be used here: it judges how pandas holds a column"),
        ({"expect_column_values_to_match_like_pattern": {}}, "can't be used here: .* SQL only"),
        ({"unexpected_rows_expectation": {}}, "can't be used here: it needs a SQL engine"),
        ("expect_table_row_count_to_equal", "Input should be an object"),
        (
            {BETWEEN: {"column": "adr", "min_value": 0, "row_condition": "adults >"}},
            r"expect_column_values_to_be_between.row_condition can't be read: 'adults >' is no condition",
        ),
    ],
)
def test_refuses_what_the_library_does_not_know(item, message):
    with pytest.raises(ValueError, match=message):
        Expectation.model_validate_json(json.dumps(item))


def test_names_all_faults_of_an_expectation_at_once():
    with pytest.raises(ValueError, match=r"no such argument: 'colum'.*at most 1"):
        expectation(BETWEEN, colum="adr", mostly=3)


def test_writes_out_what_happens_to_rows_with_a_missing_value():
    pair = expectation("expect_column_pair_values_to_be_equal", column_A="a", column_B="b")
    several = expectation("expect_compound_columns_to_be_unique", column_list=["a", "b"])
    assert pair.arguments["ignore_row_if"] == "either_value_is_missing"
    assert several.arguments["ignore_row_if"] == "any_value_is_missing"
    chosen = expectation("expect_column_pair_values_to_be_equal", column_A="a", column_B="b", ignore_row_if="neither")
    assert chosen.arguments["ignore_row_if"] == "neither"


def test_names_checks_uniquely_in_letters_that_dagster_takes():
    given = [
        expectation(BETWEEN, column="adr"),
        expectation(BETWEEN, column="adr", row_condition="adults > 0"),
        expectation("expect_column_pair_values_to_be_equal", column_A="a b", column_B="b.c"),
        expectation("expect_table_row_count_to_equal", value=3),
        expectation(BETWEEN, column="adr", max_value=5),
        expectation("expect_column_to_exist", column="adr"),
    ]
    assert check_names(given) == (
        f"{BETWEEN}__adr",
        f"{BETWEEN}__adr_2",
        "expect_column_pair_values_to_be_equal__a_b__b_c",
        "expect_table_row_count_to_equal",
        f"{BETWEEN}__adr_3",
        "expect_column_to_exist",
    )


def test_names_of_checks_keep_letters_of_other_alphabets_apart_and_readable():
    names = ["größe", "Größe", "gräße", "größe ", "цена", "價", "\u0131s\u0131_ø", "x²"]
    found = check_names([expectation(BETWEEN, column=name) for name in names])
    assert [name.removeprefix(f"{BETWEEN}__") for name in found] == [
        "grosse", "Grosse", "grasse", "grosse_", "tseieena", "50f9", "isi_o", "x2"
    ]  # fmt: skip
    assert all(name.isascii() and name.isidentifier() for name in found)


def test_says_itself_in_words():
    assert str(expectation(BETWEEN, column="adr", min_value=0)) == f"{BETWEEN}: column adr, min_value 0"
    assert str(expectation(BETWEEN, column="adr", description="no negative prices")) == "no negative prices"
    assert str(expectation("expect_table_columns_to_match_set")) == "expect_table_columns_to_match_set: no arguments"


def test_an_editor_is_offered_names_and_arguments():
    schema = Expectation.model_json_schema()
    between = schema["properties"][BETWEEN]
    assert between["required"] == ["column"]
    assert between["properties"]["mostly"] == {"type": ["number"], "minimum": 0.0, "maximum": 1.0}
    assert between["properties"]["severity"]["enum"] == ["critical", "warning", "info"]
    assert schema["maxProperties"] == 1


def test_is_checked_without_a_heavy_import():
    code = (
        "import sys; from data_checks.expectations import Expectation;"
        f"Expectation.model_validate({{'{BETWEEN}': {{'column': 'adr'}}}});"
        "print(sorted({'great_expectations', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
