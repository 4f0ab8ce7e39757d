from data_checks.allowance import allowance, with_allowance
from data_checks.expectations import Expectation

BETWEEN = "expect_column_values_to_be_between"


def asked(expectation, at_most=0.02, **arguments):
    (found,) = with_allowance([Expectation.model_validate({expectation: arguments})], at_most)
    return found.arguments.get("mostly")


def test_only_a_critical_expectation_on_rows_that_says_nothing_is_let_ask_for_less():
    assert asked(BETWEEN, column="adr", min_value=0) == 0.98
    assert asked("expect_rows", use="a:b", name="c") == 0.98
    assert asked(BETWEEN, column="adr", min_value=0, mostly=1) == 1
    assert asked(BETWEEN, column="adr", min_value=0, mostly=0.5) == 0.5
    assert asked(BETWEEN, column="adr", min_value=0, severity="warning") is None
    assert asked("expect_column_mean_to_be_between", column="adr", min_value=0) is None


def test_no_share_is_lost_to_the_arithmetic_of_floats():
    for hundredth in range(101):
        assert (100 - hundredth) / 100 >= allowance(hundredth / 100)
