from pathlib import Path

import data_checks.expectation_table as module
from data_checks.expectation_table import expectation_table, generate


def test_the_committed_table_is_that_of_the_installed_library():
    stored = Path(module.__file__).with_name("expectation_names.json").read_text()
    assert stored == generate(), "run python -m data_checks.expectation_table"


def test_knows_how_an_expectation_is_judged():
    offered = expectation_table().offered
    between = offered["expect_column_values_to_be_between"]
    assert (between.kind, between.row_level) == ("column", True)
    assert between.arguments["column"].required
    assert between.arguments["mostly"].maximum == 1
    assert not offered["expect_column_mean_to_be_between"].row_level
    assert offered["expect_column_pair_values_to_be_equal"].kind == "pair"
    assert offered["expect_compound_columns_to_be_unique"].kind == "multicolumn"
    assert offered["expect_table_row_count_to_equal"].kind == "table"


def test_offers_nothing_that_it_says_can_not_be_used():
    table = expectation_table()
    assert not set(table.offered) & set(table.not_offered)
