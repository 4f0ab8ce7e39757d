"""Every expectation both ways: by the library on pandas, and in one pass over batches."""

import math
import os
from dataclasses import replace
from itertools import groupby, product

import pyarrow.compute as pc
import pytest

from data_checks.expectation_library import found_by_library, identity_of
from data_checks.expectation_table import expectation_table
from data_checks.expectations import Examination, Expectation, Repeats
from tests.data_checks.one_pass.parity_forms import BETWEEN, CONDITIONS, FORMS, UNDER_CONDITIONS
from tests.data_checks.one_pass.parity_tables import ROWS, TABLES

EVERY = os.environ.get("PARITY_EVERY") == "1"  # tries every case on the further tables too
SUMS_TO = 1e-12  # floats are added in another order
AT_ONCE = 64  # cases a test, at least
KINDS = {
    "ordinary": ("ordinary", ROWS),
    "empty": ("empty", ROWS),
    "one row": ("one row", ROWS),
    "all null": ("without values", ROWS),
    "NaN": ("with NaN", 27),
    "many batches": ("ordinary", 13),  # of which the last is one row
}
"""The kinds of rows on which every case is tried: a table, and the rows of a batch."""
OF_A_KIND = tuple(dict.fromkeys(name for name, _ in KINDS.values()))
WHOLE = (*OF_A_KIND, "with missing values")


def expectation(name, arguments):
    return Expectation.model_validate({name: arguments})


FORMED = [[expectation(*case) for case in form] for form in FORMS + UNDER_CONDITIONS]
EXPECTATIONS = sorted((each for form in FORMED for each in form), key=lambda each: each.name)


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


def by_library(rows, expectations, fail):
    """Judge in two suites: one metric that fails makes the library compute the others of its suite four times."""
    found = {}
    for failing in (False, True):
        chosen = [e for e, one in zip(expectations, fail, strict=True) if one is failing]
        found.update(zip(map(id, chosen), found_by_library(rows, chosen), strict=True))
    return [found[id(e)] for e in expectations]


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
    if EVERY or name in WHOLE:
        return EXPECTATIONS
    turn = list(TABLES).index(name)
    return [form[turn % len(form)] for form in FORMED[turn % 5 :: 5]]


def in_parts(cases):
    """Cut cases between two expectations, never within the cases of one."""
    parts = [[]]
    for last, case in zip([None, *cases], cases, strict=False):
        if len(parts[-1]) >= AT_ONCE and last.name != case.name:
            parts.append([])
        parts[-1].append(case)
    return parts


def first_of(name):
    """One case an expectation, another one on each table."""
    turn = OF_A_KIND.index(name)
    cases = [list(of_one) for _, of_one in groupby(EXPECTATIONS, key=lambda each: each.name)]
    return [of_one[turn * len(of_one) // len(OF_A_KIND)] for of_one in cases]


def rest_of(name):
    first = set(map(id, first_of(name))) if name in OF_A_KIND else ()
    return [each for each in chosen_for(name) if id(each) not in first]


FIRST = [(name, part) for name in OF_A_KIND for part in in_parts(first_of(name))]
REST = [(name, part) for name in TABLES for part in in_parts(rest_of(name))]
PARTS = FIRST + REST


def parameters():
    """A run without slow tests tries each expectation once on each kind of rows."""
    for name, part in PARTS:
        what, marks = ("one case of each", []) if (name, part) in FIRST else ("the rest", [pytest.mark.slow])
        yield pytest.param(name, part, marks=marks, id=f"{name}: {what}, {part[0].name} and on")


def sizes_for(name):
    return [size for table, size in KINDS.values() if table == name] or [11]


@pytest.mark.filterwarnings("ignore:This pattern is interpreted")  # pandas on groups in a regex, within the library
@pytest.mark.filterwarnings("ignore:invalid value encountered")  # numpy on infinity, within the library
@pytest.mark.parametrize(("name", "chosen"), list(parameters()))
def test_both_ways_agree(name, chosen):
    rows = TABLES[name]
    ours = {size: in_batches(rows, chosen, size) for size in sizes_for(name)}
    theirs = by_library(rows, chosen, [bool(our.error) for our in next(iter(ours.values()))])
    compared = [
        f"{e} ({our.way}, batches of {size}): {difference(their, our)}"
        for size, found in ours.items()
        for e, their, our in zip(chosen, theirs, found, strict=True)
        if not (name == "beyond year 9999" and their.raised)  # pandas compares no such time; the pass does
    ]
    assert not [each for each in compared if not each.endswith(": ")]
    judged = {e.name for e, their in zip(chosen, theirs, strict=True) if not their.raised}
    assert name != "ordinary" or judged == {e.name for e in chosen}  # and not two errors only


def untried(parts):
    """The kinds of rows on which a case is not tried both ways."""
    tried = {(table, id(each)) for table, chosen in parts for each in chosen}
    due = product(KINDS.items(), EXPECTATIONS)
    return {(kind, identity_of(each)) for (kind, (table, _)), each in due if (table, id(each)) not in tried}


def unwritten(cases):
    """The expectations that are offered, their arguments and the choices of an argument that stand in no case."""
    written = {(each.name, *pair) for each in cases for pair in [(), *texts(each.arguments)]}
    written |= {parts[:2] for parts in written}
    due = set()
    for name, form in expectation_table().offered.items():
        due |= {(name,), *((name, key) for key in form.arguments)}
        due |= {(name, key, choice) for key, argument in form.arguments.items() for choice in argument.choices}
    return due - written


def texts(arguments):
    return [(key, str(value)) for key, value in arguments.items()]


def test_every_case_of_every_offered_expectation_is_tried_on_every_kind_of_rows():
    assert untried(PARTS) == set()
    assert unwritten(EXPECTATIONS) == set()
    assert len(set(map(identity_of, EXPECTATIONS))) == len(EXPECTATIONS)
    assert {each.arguments.get("row_condition") for each in EXPECTATIONS} >= {None, *CONDITIONS}
    assert {name for name, _ in PARTS} == set(TABLES)
    assert all(chosen for _, chosen in PARTS)


def test_a_run_without_slow_tests_tries_each_expectation_on_every_kind_of_rows():
    tried = {(table, each.name) for table, chosen in FIRST for each in chosen}
    assert tried == set(product((table for table, _ in KINDS.values()), expectation_table().offered))


@pytest.mark.parametrize("table", sorted({table for table, _ in KINDS.values()}))
def test_a_case_that_is_not_tried_on_a_kind_of_rows_would_be_noticed(table):
    kinds = {kind for kind, (name, _) in KINDS.items() if name == table}
    for dropped in EXPECTATIONS[:: len(EXPECTATIONS) // 5]:
        fewer = [(name, [e for e in chosen if (name, e) != (table, dropped)]) for name, chosen in PARTS]
        assert untried(fewer) == {(kind, identity_of(dropped)) for kind in kinds}


def test_an_expectation_or_argument_that_has_no_case_would_be_noticed():
    for name, form in expectation_table().offered.items():
        assert (name,) in unwritten([each for each in EXPECTATIONS if each.name != name])
        for key in form.arguments:
            others = [each for each in EXPECTATIONS if each.name != name or key not in each.arguments]
            assert (name, key) in unwritten(others)


def test_the_kinds_of_rows_are_what_they_are_called():
    size = {kind: TABLES[table].num_rows for kind, (table, _) in KINDS.items()}
    assert size == {"ordinary": ROWS, "empty": 0, "one row": 1, "all null": 9, "NaN": ROWS, "many batches": ROWS}
    assert {column.null_count for column in TABLES["ordinary"].drop_columns("nothing").columns} == {0}
    assert {column.null_count for column in TABLES["without values"].drop_columns("key").columns} == {9}
    numbers = TABLES["with NaN"]["number"].drop_null()
    assert 0 < pc.sum(pc.is_nan(numbers)).as_py() < len(numbers)
    table, batch = KINDS["many batches"]
    assert TABLES[table].num_rows > 3 * batch
    assert TABLES[table].num_rows % batch == 1


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


def test_a_wrong_observed_value_or_verdict_would_be_noticed():
    chosen = [expectation("expect_column_mean_to_be_between", {"column": "number", "max_value": 1})]
    (their,), (our,) = found_by_library(TABLES["ordinary"], chosen), in_batches(TABLES["ordinary"], chosen, 7)
    assert difference(their, our) == ""
    observed = our.raw["result"]["observed_value"] + 1e-9
    assert "became" in difference(their, replace(our, raw={**our.raw, "result": {"observed_value": observed}}))
    assert "became" in difference(their, replace(our, raw={**our.raw, "success": not our.raw["success"]}))
    assert "one way only" in difference(their, replace(our, error="not judged"))
