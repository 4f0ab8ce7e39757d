from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest

from assets.propose.csv_numbers import Numbers, columns_of, numbers_of


def numbers(delimiter: str = ";", **columns: Sequence[str | None]) -> Numbers:
    batches = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}).to_batches()
    halves = [part for batch in batches for part in (batch.slice(0, 1), batch.slice(1))]
    return numbers_of(columns_of(halves), delimiter=delimiter, nulls=("",))


@pytest.mark.parametrize(
    ("columns", "settings"),
    [
        ({"a": ["1.5", "2"], "b": ["1", "2"]}, {}),
        ({"a": ["43,21", "2"]}, {"decimal": ","}),
        ({"a": ["1.234,5", "43,21"]}, {"decimal": ",", "thousands": "."}),
        ({"a": ["1.234.567", "2"], "b": ["43,21", "1"]}, {"decimal": ",", "thousands": "."}),
        ({"a": ["1,234.5", "2"]}, {"thousands": ","}),
        ({"a": ["1,234,567", "2"]}, {"thousands": ","}),
        ({"a": ["1\u00a0234,5", "2,25"]}, {"decimal": ",", "thousands": " "}),
        ({"a": ["1'234.5", "2"]}, {"thousands": "'"}),
        ({"a": ["43,21", "2"], "b": ["0.5", "1.25"]}, {"decimal": {"a": ","}}),
        ({"a": ["1.234,5", "2,1"], "b": ["0.5", "7"]}, {"decimal": {"a": ","}, "thousands": {"a": "."}}),
        ({"a": ["0,5", "x"], "b": ["1.5", "2"]}, {}),
        ({"a": ["007,5", "1,5"]}, {}),
        ({"a": ["1.5", "1,5"]}, {}),
        ({"a": [None, "2,5"]}, {"decimal": ","}),
        ({"a": [None, None]}, {}),
        ({"a": ["0.123", "0.456"]}, {}),
        ({"a": ["-0,5", " +1,5 "]}, {"decimal": ","}),
    ],
)
def test_finds_the_marks_in_which_every_value_is_a_number(
    columns: Mapping[str, Sequence[str | None]], settings: Mapping[str, object]
) -> None:
    found = numbers(**columns)
    assert {name: value for name, value in found.settings.items() if name != "types"} == settings
    assert not any("guess" in note for note in found.notes)


@pytest.mark.parametrize(
    ("delimiter", "columns", "settings", "told"),
    [
        (";", {"a": ["1.234", "2.345"]}, {"decimal": ",", "thousands": "."}, "'1.234' of a as 1234"),
        (",", {"a": ["1.234", "2.345"]}, {}, "'1.234' of a as 1.234"),
        (";", {"a": ["1,234", "2,345"]}, {"decimal": ","}, "'1,234' of a as 1.234"),
        (",", {"a": ["1,234", "2,345"]}, {"thousands": ","}, "'1,234' of a as 1234"),
        (",", {"a": ["1.234", "5"], "b": ["0,5", "1"]}, {"decimal": ",", "thousands": "."}, "'1.234' of a as 1234"),
        (";", {"a": ["1.234", "5"], "b": ["0.5", "1"]}, {}, "'1.234' of a as 1.234"),
        (";", {"a": ["1.234", "5"], "b": ["0.5", "1"], "c": ["0,5", "1"]}, {"decimal": {"c": ","}}, "of a as 1.234"),
    ],
)
def test_what_could_be_two_numbers_is_read_as_the_others_are_and_told(
    delimiter: str, columns: Mapping[str, Sequence[str]], settings: Mapping[str, object], told: str
) -> None:
    found = numbers(delimiter, **columns)
    assert {name: value for name, value in found.settings.items() if name != "types"} == settings
    (note,) = [note for note in found.notes if "guess" in note]
    assert note.startswith("Values that could be two numbers are read by the form of the file, which is a guess: ")
    assert told in note


def test_columns_that_are_written_otherwise_are_told_and_have_a_type() -> None:
    found = numbers(a=["1,5", "1.234,5"], b=["1", "2"], c=["7,25", "1"])
    (told,) = found.notes
    assert told == (
        "Numbers have other marks than a decimal point: a as '1.234,5', c as '7,25'. Types names them, so that a value "
        "that is none is refused: in a column of text they could be taken for other numbers"
    )
    assert found.settings["types"] == {"a": "number", "c": "number"}


def test_spellings_of_a_missing_number_are_taken_and_told() -> None:
    found = numbers(a=["-", "1,5", "#N/A", "-"], b=["-", "x", "y", "z"], c=["?", "?", "?", "?"])
    assert found.settings == {"decimal": ",", "types": {"a": "number"}, "nulls": ["", "-", "#N/A"]}
    assert found.notes[-1] == (
        "Between numbers of a stand spellings of a missing one: '-' (2), '#N/A' (1). In b, which is text, it is then "
        "missing too"
    )
