import numpy as np
import pyarrow as pa
import pytest

from data_checks.expectations import Examination, Expectation, Repeats
from data_checks.one_pass import keys

UNIQUE = Expectation.model_validate({"expect_column_values_to_be_unique": {"column": "id"}})
NAMED = Expectation.model_validate({"expect_column_values_to_be_unique": {"column": "name"}})
TOGETHER = Expectation.model_validate({"expect_compound_columns_to_be_unique": {"column_list": ["id", "name"]}})


def rows(ids, names=None):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array(names or [f"n{i}" for i in ids])})


def looked(table, *expectations, size=2):
    repeats = Repeats(expectations, table.schema)
    asked = []
    while repeats.needed:
        asked.append(repeats.columns)
        for start in range(0, table.num_rows, size):
            repeats.look(table.select(repeats.columns).slice(start, size))
        repeats.finish()
    examination = Examination(expectations, table.schema, repeats=repeats)
    examination.look(table)
    return asked, [result.failing_rows.tolist() for result in examination.results()]


def test_a_key_of_numbers_takes_one_look():
    assert looked(rows([3, 1, 2]), UNIQUE) == ([("id",)], [[]])
    assert looked(rows([3, 1, 3, 1, 2]), UNIQUE) == ([("id",)], [[0, 1, 2, 3]])


def test_a_compound_key_is_implied_by_a_unique_column():
    assert looked(rows([1, 2, 3], ["a", "a", "a"]), TOGETHER, UNIQUE) == ([("id",)], [[], []])


def test_a_compound_key_is_looked_at_where_no_column_implies_it():
    table = rows([1, 1, 1], ["a", "b", "a"])
    asked, failing = looked(table, UNIQUE, TOGETHER)
    assert failing == [[0, 1, 2], [0, 2]]
    assert asked[:2] == [("id",), ("id", "name")]


def test_text_is_proven_in_a_second_look_only_where_something_repeats():
    assert looked(rows([1, 2, 3], ["a", "b", "c"]), NAMED) == ([("name",)], [[]])
    assert looked(rows([1, 2, 3], ["a", "b", "a"]), NAMED) == ([("name",)] * 2, [[0, 2]])


def test_numbers_that_agree_by_chance_are_told_apart(monkeypatch):
    good = keys.text_numbers
    monkeypatch.setattr(
        keys, "text_numbers", lambda texts, seed: np.zeros(len(texts), np.uint64) if seed == 1 else good(texts, seed)
    )
    table = rows([1, 2, 3, 4], ["a", "b", "a", "c"])
    assert looked(table, NAMED)[1] == [[0, 2]]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_texts_get_numbers_by_what_they_say(kind):
    said = ["", "a", "é", "a longer text, of more words", "a longer text, of more word", "x" * 8, "x" * 9, "a\0", None]
    texts = pa.array(said * 2, kind)
    numbers = keys.text_numbers(texts, 1)
    assert numbers[: len(said)].tolist() == numbers[len(said) :].tolist()
    assert len(set(numbers[: len(said) - 1].tolist())) == len(said) - 1
    assert keys.text_numbers(texts.slice(3, 4), 1).tolist() == numbers[3:7].tolist()
    assert not set(numbers.tolist()) & set(keys.text_numbers(texts, 2).tolist())


def test_many_texts_get_as_many_numbers():
    texts = pa.array([f"{n}" for n in range(100_000)])
    assert len(np.unique(keys.text_numbers(texts, 1))) == 100_000


def test_missing_values_count_in_a_compound_key_where_it_says_so():
    arguments = {"column_list": ["id", "name"], "ignore_row_if": "never"}
    never = Expectation.model_validate({"expect_compound_columns_to_be_unique": arguments})
    table = rows([None, None, 1, 0], ["a", "a", None, None])
    assert looked(table, never)[1] == [[0, 1]]
    assert looked(table, TOGETHER)[1] == [[]]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_number_is_a_missing_value_under_both_seeds(seed):
    for planted in (int(keys.missing_number(seed).view(np.int64)), -6510615555426900571):
        together = Expectation.model_validate(
            {"expect_compound_columns_to_be_unique": {"column_list": ["id", "name"], "ignore_row_if": "never"}}
        )
        assert looked(rows([planted, None, 1, 2], ["a"] * 4), together)[1] == [[]]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_an_empty_text_is_the_same_in_a_batch_of_its_own(size):
    texts = ["", "a", "much longer than a word", "", ""]
    assert looked(rows([1, 2, 3, 4, 5], texts), NAMED, size=size)[1] == [[0, 3, 4]]
    assert keys.text_numbers(pa.array([""]), 1) == keys.text_numbers(pa.array(texts), 1)[0]
