from copy import deepcopy

import pytest

from assets.versions.changes import changed_code, changed_inputs, changed_settings

BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"


def asked(name, column, severity="critical", **arguments):
    return {"name": name, "arguments": {"column": column, **arguments}, "severity": severity}


ASKED = [
    asked(BETWEEN, "spent", min_value=0),
    asked(BETWEEN, "visits", min_value=0, max_value=9),
    asked(IN_SET, "shop", value_set=["north", "south"]),
]
NEW = asked("expect_column_values_to_not_be_null", "day", severity="warning")


def told(old, new):
    return list(changed_settings({"contract": {"asked": old}}, {"contract": {"asked": new}}))


def test_an_expectation_at_the_top_changes_no_other():
    (sentence,) = told(ASKED, [NEW, *ASKED])
    assert sentence == (
        "contract.asked added: "
        '{name: "expect_column_values_to_not_be_null", arguments: {column: "day"}, severity: "warning"}'
    )


def test_an_expectation_that_went_is_the_only_one_told():
    (sentence,) = told(ASKED, ASKED[1:])
    assert sentence.startswith(f'contract.asked removed: {{name: "{BETWEEN}", arguments: {{column: "spent", ')


def test_an_expectation_that_changed_is_told_by_its_name_and_column_wherever_it_stands():
    changed = deepcopy(ASKED)
    changed[1]["arguments"]["max_value"] = 12
    assert told(ASKED, [NEW, *reversed(changed)])[0] == (
        f"contract.asked[{BETWEEN}, visits].arguments.max_value changed: 9 -> 12"
    )
    assert len(told(ASKED, [NEW, *reversed(changed)])) == 2


def test_a_value_within_an_expectation_is_told_alone():
    changed = deepcopy(ASKED)
    changed[2]["arguments"]["value_set"].insert(0, "east")
    assert told(ASKED, changed) == [f'contract.asked[{IN_SET}, shop].arguments.value_set added: "east"']


def test_another_rule_on_the_same_column_is_one_that_went_and_one_that_came():
    other = [*ASKED[:2], asked("expect_column_values_to_not_be_null", "shop")]
    assert [sentence[:22] for sentence in told(ASKED, other)] == ["contract.asked removed", "contract.asked added: "]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (["a", "b"], ["b", "a"], ["contract.asked is in another order"]),
        (["a", "a"], ["a"], ['contract.asked removed: "a"']),
        (["a", "b"], ["a", "c"], ['contract.asked changed: "b" -> "c"']),
        (["a", "b"], ["c", "d", "b", "e"], ['contract.asked removed: "a"', 'contract.asked added: "c", "d", "e"']),
        ([1], [1.0], ["contract.asked changed: 1 -> 1.0"]),
        ([[0, 1]], [[0, 1], [1, 2]], ["contract.asked added: [1, 2]"]),
        ([{"at": 1}], [{"at": 2}], ["contract.asked removed: {at: 1}", "contract.asked added: {at: 2}"]),
        (["a"], [], ['contract.asked changed: ["a"] -> []']),
        (None, {"b": 1}, ["contract.asked changed: null -> {b: 1}"]),
        (list(range(3)), list(range(10_003)), ["contract.asked added: 3 … 10002 (10000 in all)"]),
        (list(range(10_000)), [1], ["contract.asked removed: 0 … 9999 (9999 in all)"]),
    ],
)
def test_lists_are_compared_by_what_they_hold(old, new, sentences):
    assert told(old, new) == sentences


def test_a_section_that_comes_or_goes_is_told_whole():
    gates = {"gates": [{"metric": "roc_auc", "at_least": 0.7, "slice": None}]}
    assert list(changed_settings({}, gates)) == ['gates added: [{metric: "roc_auc", at_least: 0.7}]']
    assert list(changed_settings(gates, {})) == ['gates removed: [{metric: "roc_auc", at_least: 0.7}]']


def test_a_long_value_is_cut():
    (sentence,) = changed_settings({}, {"note": "x" * 500})
    assert len(sentence) < 160


def test_of_long_values_the_part_that_differs_is_shown():
    query = "SELECT a, b, c FROM sales WHERE " + "a > 1 AND " * 30 + "b > {}"
    (sentence,) = changed_settings({"query": query.format(1)}, {"query": query.format(2)})
    assert sentence == 'query changed: … 1 AND a > 1 AND b > 1" -> … 1 AND a > 1 AND b > 2"'
    (sentence,) = changed_settings({"query": "x" * 400 + "1"}, {"query": "x" * 400 + "2"})
    assert sentence == f'query changed: …{"x" * 20}1" -> …{"x" * 20}2"'


def test_a_file_is_told_by_what_it_gives_to_the_period():
    old = {"columns": "11", "file a.csv": "22", "file b.csv": "33", "file c.csv": "44"}
    new = {"columns": "11", "file a.csv": "22", "file b.csv": "55", "file d.csv": "66"}
    assert list(changed_inputs(old, new)) == [
        "file b.csv changed",
        "file c.csv is gone, or has no such rows any more",
        "file d.csv is new",
    ]
    assert list(changed_inputs(old, {**old, "columns": "77"})) == ["the columns of the source changed: 11… -> 77…"]


def test_many_files_are_told_at_once():
    new = {f"file {number:02}.csv": "1" for number in range(12)}
    assert list(changed_inputs({}, new)) == ["files 00.csv … 11.csv (12 in all): each is new"]


def test_many_inputs_of_one_stage_that_changed_alike_are_told_at_once():
    before = {f"clean 2016-{month:02}": f"{month:064}" for month in range(1, 10)}
    after = {name: f"9{value}" for name, value in before.items()}
    moved = {f"clean 2016-{month:02}": f"{month:064}" for month in range(2, 11)}
    assert list(changed_inputs({**before, "splits": "1"}, {**after, "splits": "1"})) == [
        "inputs clean 2016-01 … 2016-09 (9 in all): each is another version"
    ]
    assert list(changed_inputs({**before, "splits": "1"}, {**moved, "splits": "2"})) == [
        "input clean 2016-01 is no longer read",
        "input clean 2016-10 is new: 00000000…",
        "input splits is another version: 1… -> 2…",
    ]


def test_code_is_told_by_module():
    assert list(changed_code({"a": "1", "b": "1"}, {"a": "2", "c": "1"})) == [
        "code of a changed",
        "code of b is no longer used",
        "code of c is used now",
    ]
