"""Every expectation both ways: by the library on pandas, and in one pass over batches."""

import math
import os
from dataclasses import replace

import pytest

from data_checks.expectation_library import found_by_library
from data_checks.expectation_table import expectation_table
from data_checks.expectations import Examination, Expectation, Repeats
from tests.data_checks.one_pass.parity_forms import BETWEEN, CONDITIONS, FORMS, UNDER_CONDITIONS
from tests.data_checks.one_pass.parity_tables import ROWS, TABLES

EVERY = os.environ.get("PARITY_EVERY") == "1"  # tries every case on every table: minutes
SUMS_TO = 1e-12  # floats are added in another order
AT_ONCE = 48  # cases a test, which the library judges in one suite
EVERY_CASE = ("with missing values", "many batches")
"""Every case is tried on them in each run."""
EVERY_FORM = ("ordinary", "empty", "one row", "without values", "with NaN")
"""Every form of every expectation is tried on them in each run, on columns that take turns."""
BATCHES = {"ordinary": ROWS, "many batches": 13}  # of which the last is one row


def expectation(name, arguments):
    return Expectation.model_validate({name: arguments})


FORMED = [[expectation(*case) for case in form] for form in FORMS + UNDER_CONDITIONS]
EXPECTATIONS = [each for form in FORMED for each in form]


def in_batches(rows, expectations, size):
    batches = [rows.slice(start, size) for start in range(0, rows.num_rows, size)]
    repeats = Repeats(expectations, rows.schema)
    while repeats.needed:
        for batch in batches:
            repeats.look(batch)
        repeats.finish()
    examination = Examination(expectations, rows.schema, repeats=repeats)
    for batch in batches:
        examination.look(batch)
    return examination.results()


def same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=SUMS_TO, abs_tol=SUMS_TO)
    return one == other


def details(raw):
    found = dict(raw["result"])
    if "partial_missing_list" in found:
        found["partial_missing_list"] = sorted(map(str, found["partial_missing_list"]))  # the library lists a set
    return {"success": raw["success"], **found}


def difference(their, our):
    if their.raised or our.error:
        return "" if their.raised and our.error else f"one way only it can't be judged: {our.error or their.raw}"
    if not same(details(their.raw), details(our.raw)):
        return f"{details(their.raw)} became {details(our.raw)}"
    return "" if their.failing.tolist() == our.failing_rows.tolist() else f"{their.failing} became {our.failing_rows}"


def chosen_for(name):
    if EVERY or name in EVERY_CASE:
        return EXPECTATIONS
    turn = list(TABLES).index(name)
    forms = FORMED if name in EVERY_FORM else FORMED[turn % 5 :: 5]
    return [form[turn % len(form)] for form in forms]


def parts():
    return [
        pytest.param(name, chosen[start : start + AT_ONCE], id=f"{name} from case {start}")
        for name in TABLES
        for chosen in [chosen_for(name)]
        for start in range(0, len(chosen), AT_ONCE)
    ]


@pytest.mark.filterwarnings("ignore:This pattern is interpreted")  # pandas on groups in a regex, within the library
@pytest.mark.filterwarnings("ignore:invalid value encountered")  # numpy on infinity, within the library
@pytest.mark.parametrize(("name", "chosen"), parts())
def test_both_ways_agree(name, chosen):
    rows = TABLES[name]
    theirs = found_by_library(rows, chosen)
    ours = in_batches(rows, chosen, BATCHES.get(name, 11))
    compared = [
        f"{e} ({our.way}): {difference(their, our)}"
        for e, their, our in zip(chosen, theirs, ours, strict=True)
        if not (name == "beyond year 9999" and their.raised)  # pandas compares no such time; the pass does
    ]
    assert not [each for each in compared if not each.endswith(": ")]


def test_each_offered_expectation_is_tried_on_each_kind_of_table_and_each_case_on_one():
    offered = set(expectation_table().offered) - {"expect_column_values_to_match_json_schema"}
    for name in EVERY_FORM:
        assert {each.name for each in chosen_for(name)} == offered, name
        assert {each.arguments.get("row_condition") for each in chosen_for(name)} == {None, *CONDITIONS}, name
    for name in EVERY_CASE:
        assert chosen_for(name) == EXPECTATIONS
        assert TABLES[name].num_rows == ROWS
    assert {each.name for each in EXPECTATIONS} == offered
    assert all(chosen_for(name) for name in TABLES)


@pytest.mark.parametrize(
    "planted",
    [{"unexpected_count": 1}, {"element_count": 39}, {"missing_percent": 0.5}, {"partial_unexpected_list": [1]}],
)
def test_a_wrong_figure_would_be_noticed(planted):
    chosen = [expectation(BETWEEN, {"column": "number", "max_value": 1})]
    (their,), (our,) = found_by_library(TABLES["ordinary"], chosen), in_batches(TABLES["ordinary"], chosen, 7)
    assert difference(their, our) == ""
    wrong = replace(our, raw={**our.raw, "result": {**our.raw["result"], **planted}})
    assert "became" in difference(their, wrong)
    assert "became" in difference(their, replace(our, failing_rows=our.failing_rows[1:]))
