import pytest

from data_checks.expectation_table import expectation_table
from data_checks.one_pass.coverage import example
from data_checks.rule_in_words import rule_in_words

CONDITION = "b == 'x' and c > 3"


@pytest.mark.parametrize("name", [name for name, form in expectation_table().offered.items() if form.row_level])
def test_every_expectation_on_rows_is_said_with_its_columns_condition_and_share(name):
    given = {**example(name, "number").arguments, "mostly": 0.98, "row_condition": CONDITION}
    said = rule_in_words(name, given)
    assert "98 %" in said or "'mostly': 0.98" in said
    assert CONDITION in said or CONDITION in said.replace('"', "")
    assert not said.endswith(".")
    assert not {"<", "\n", "$"} & set(said)


def test_bounds_are_said_as_the_library_says_them():
    given = {"column": "adr", "min_value": 0, "max_value": 900}
    assert rule_in_words("expect_column_values_to_be_between", given) == (
        "adr values must be greater than or equal to 0 and less than or equal to 900"
    )


def test_a_function_of_ones_own_is_named():
    given = {"use": "rules:paid", "name": "paid", "mostly": 0.9}
    assert rule_in_words("expect_rows", given) == "each row must pass rules:paid, at least 90 % of the time"
