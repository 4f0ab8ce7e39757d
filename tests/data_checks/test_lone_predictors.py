import numpy as np
import pyarrow as pa
import pytest

from data_checks.lone_predictors import area_under_curve, lone_predictors

ROWS = 2_000
PARTS = np.where(np.arange(ROWS) % 4 == 0, "validation", "train").astype(object)


def power(column, target, task="binary", parts=PARTS):
    return lone_predictors(pa.table({"x": column}), target, parts, task=task)["x"]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def label(rng):
    return (rng.random(ROWS) < 0.3).astype(np.float32)


def test_suspects_a_copy_whatever_its_direction(label, rng):
    assert power(pa.array(label), label).suspect
    assert power(pa.array(-label + rng.normal(0, 0.01, ROWS)), label).suspect


def test_suspects_a_column_that_is_missing_for_one_class(label, rng):
    assert power(pa.array(rng.random(ROWS), mask=label == 1), label).suspect


def test_suspects_a_time_that_is_later_for_one_class(label, rng):
    day = (rng.integers(0, 100, ROWS) + 200 * label).astype("datetime64[D]")
    assert power(pa.array(day), label).suspect


def test_suspects_a_column_with_a_dip(label, rng):
    assert power(pa.array(np.where(label == 1, 0.0, rng.choice([-1.0, 1.0], ROWS))), label).suspect


@pytest.mark.parametrize("encode", [False, True])
def test_suspects_a_category_that_names_the_class(label, rng, encode):
    names = np.where(label == 1, "cancelled", np.where(rng.random(ROWS) < 0.5, "stayed", "came"))
    column = pa.array(names.astype(object))
    assert power(column.dictionary_encode() if encode else column, label).suspect


def test_does_not_suspect_an_identifier_although_it_separates_training_rows(label):
    found = power(pa.array([f"id-{n}" for n in range(ROWS)]), label)
    assert found.train == 1.0
    assert found.validation == 0.5
    assert not found.suspect


def test_does_not_suspect_a_good_column(label, rng):
    found = power(pa.array(label + rng.normal(0, 0.5, ROWS)), label)
    assert 0.8 < found.validation < 0.99
    assert not found.suspect


def test_does_not_suspect_what_tells_one_of_several_classes_apart(rng):
    target = rng.integers(0, 3, ROWS)
    assert not power(pa.array((target == 0).astype(float)), target, "multiclass").suspect
    assert power(pa.array(target * 10.0), target, "multiclass").suspect


@pytest.mark.parametrize("change", [lambda y: y, np.exp, lambda y: -(y**3)])
def test_suspects_a_monotone_copy_of_a_number(rng, change):
    target = rng.normal(10, 1, ROWS)
    assert power(pa.array(change(target)), target, "regression").suspect


def test_does_not_suspect_a_strong_number(rng):
    target = rng.normal(0, 1, ROWS)
    found = power(pa.array(target + rng.normal(0, 0.1, ROWS)), target, "regression")
    assert 0.9 < found.validation < 0.999
    assert not found.suspect


def test_whole_numbers_beyond_floats_are_judged_as_others(label):
    assert power(pa.array(2**60 + 4096 * label.astype(np.int64)), label).suspect


@pytest.mark.parametrize("column", [pa.array([1.0] * ROWS), pa.nulls(ROWS, pa.float64()), pa.nulls(ROWS)])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_column_that_says_nothing_has_no_power(label, column, task):
    assert not power(column, label, task).suspect


@pytest.mark.parametrize(
    ("target", "parts", "task"),
    [
        (np.zeros(ROWS), PARTS, "binary"),
        (np.zeros(ROWS), PARTS, "regression"),
        (np.arange(ROWS) % 2, np.where(np.arange(ROWS) < 40, "validation", "train").astype(object), "binary"),
        (np.where(np.arange(ROWS) < 9, 1, 0), PARTS, "binary"),
        (np.arange(ROWS), np.full(ROWS, "train", object), "regression"),
    ],
)
def test_says_nothing_where_there_is_too_little_to_go_by(target, parts, task):
    assert lone_predictors(pa.table({"x": pa.array(target)}), target, parts, task=task) == {}


def test_leaves_out_rows_without_a_target(label, rng):
    unknown = rng.random(ROWS) < 0.2
    column = pa.array(np.where(unknown, rng.random(ROWS), label))
    assert power(column, np.where(unknown, -1, label)).suspect
    assert power(column, np.where(unknown, np.nan, label + rng.normal(0, 1e-6, ROWS)), "regression").train > 0.99


def test_area_under_curve_needs_both_classes():
    assert np.isnan(area_under_curve(np.array([0.1, 0.2]), np.array([True, True])))
