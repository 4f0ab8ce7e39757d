import json
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

import pipelines.bike_rentals
from assets.data.encode import encode
from assets.data.target import Target
from assets.data.transform import Features, FeaturesError, fingerprint, fit

RENTALS = Path(next(iter(pipelines.bike_rentals.__path__))) / "rentals.parquet"
Y = Target(column="y", known_at="known")


def features(**more: object) -> Features:
    return Features.model_validate_json(json.dumps(more))


def rows(**columns: object) -> pa.Table:
    table = pa.table({**columns})
    size = table.num_rows
    return table.append_column("y", pa.array([n % 2 for n in range(size)])).append_column("_row", pa.array(range(size)))


TYPES = rows(
    i=[1, 2, 3],
    x=[0.5, 1.5, None],
    b=[True, False, True],
    s=["a", "b", "a"],
    d=[date(2015, 7, 1)] * 3,
    t=[datetime(2015, 7, 1, 6), datetime(2015, 7, 2), None],  # noqa: DTZ001
    known=[date(2015, 7, 1)] * 3,
    nothing=pa.nulls(3),
    many=[[1], [2], [3]],
)


def test_columns_become_features_by_their_type():
    state = fit(TYPES, features(), Y)
    assert state["columns"] == {"i": "number", "x": "number", "b": "number", "s": "category", "d": "time", "t": "time"}
    assert state["ignored"] == {
        "y": "is the target",
        "known": "says when the target became known",
        "nothing": "has no usable type",
        "many": "has no usable type",
    }


def test_listed_columns_are_all_there_is():
    state = fit(TYPES, features(number=["i"], category=["b"], never={"x": "too late"}), Y)
    assert state["columns"] == {"i": "number", "b": "category"}
    assert state["ignored"]["x"] == "too late"
    assert state["ignored"]["s"] == "is not listed"


def test_names_and_cardinalities_fit_the_arrays():
    state = fit(TYPES, features(min_count=1), Y)
    number, category = encode(TYPES, state)
    assert number.shape[1] == len(state["names"]["number"])
    assert category.shape[1] == len(state["names"]["category"]) == len(state["cardinalities"])
    assert state["cardinalities"] == [4]
    assert state["names"]["number"][:5] == ["i", "x", "x is missing", "b", "d month sin"]
    assert "t hour sin" in state["names"]["number"]
    assert "d hour sin" not in state["names"]["number"]


def test_numbers_of_train_have_mean_zero_and_deviation_one():
    train = rows(x=np.random.default_rng(0).normal(50, 9, 500))
    number, _ = encode(train, fit(train, features(), Y))
    assert number.mean() == pytest.approx(0, abs=1e-6)
    assert number.std() == pytest.approx(1, abs=1e-6)


def test_only_numbers_that_were_missing_in_train_have_an_indicator():
    state = fit(rows(x=[1.0, None], z=[1.0, 2.0]), features(), Y)
    assert state["names"]["number"] == ["x", "x is missing", "z"]


def test_clipping_is_by_quantile_and_never_makes_a_column_constant():
    train = rows(x=[*range(100), 10_000], rare=[0] * 100 + [7])
    spread, rare = fit(train, features(clip=0.02), Y)["number"]
    assert (spread["low"], spread["high"]) == (2.0, 98.0)
    assert (rare["low"], rare["high"]) == (None, None)


def test_rare_categories_are_taken_together():
    train = rows(c=["a"] * 12 + ["b"] * 10 + ["c"] * 9 + [None])
    state = fit(train, features(), Y)
    (feature,) = state["category"]
    assert feature == {"column": "c", "values": ["a", "b"], "rare_values": 1, "rare_rows": 9}
    assert state["cardinalities"] == [4]
    assert sorted(set(encode(train, state)[1][:, 0].tolist())) == [0, 1, 2, 3]


def test_only_the_most_frequent_categories_have_a_code():
    train = rows(c=[f"{n:04d}" for n in range(1500) for _ in range(1 + (n >= 750))])
    (feature,) = fit(train, features(min_count=1), Y)["category"]
    assert len(feature["values"]) == 1000
    assert feature["values"][0] == "0000"
    assert feature["values"][-750:] == [f"{n:04d}" for n in range(750, 1500)]
    (feature,) = fit(train, features(min_count=1, max_categories=3), Y)["category"]
    assert feature["values"] == ["0750", "0751", "0752"]


def test_constant_and_empty_columns_are_encoded_and_reported():
    train = rows(
        k=[5.0] * 4, w=["a"] * 4, e=pa.nulls(4, pa.float64()), n=[float("nan")] * 4, g=pa.nulls(4, pa.string()),
        d=pa.nulls(4, pa.date32()), big=[1e300] * 4, tiny=[0.1 + 0.2, 0.3, 0.3, 0.3],
    )  # fmt: skip
    state = fit(train, features(), Y)
    assert state["constant"] == ["k", "big", "w"]
    assert sorted(state["all_null"]) == ["d", "e", "g", "n"]
    number, _ = encode(train, state)
    assert np.isfinite(number).all()
    assert np.abs(number).max() <= 1


@pytest.mark.parametrize("n", [[2**60 + n for n in (1, 600, 4000, 9)], [1e300, -1e300, 2e300, 0.0], [1e-300, 0, 0, 0]])
def test_numbers_far_from_zero_or_from_one_are_standardised_as_others_are(n):
    train = rows(n=n)
    state = fit(train, features(), Y)
    json.dumps(state, allow_nan=False)
    number, _ = encode(train, state)
    assert 0.5 < np.abs(number[:, 0]).max() <= 2


def test_a_column_without_a_type_may_be_listed():
    state = fit(TYPES, features(number=["i", "nothing"]), Y)
    assert state["all_null"] == ["nothing"]
    assert encode(TYPES, state)[0].shape == (3, 2)


def test_the_state_is_json_and_comes_from_train_alone():
    state = fit(TYPES, features(), Y)
    assert json.loads(json.dumps(state, allow_nan=False)) == state
    assert state["rows_fitted"] == 3
    assert state["fingerprint"] == fingerprint(TYPES)


def test_people_can_read_what_features_become():
    state = fit(
        rows(x=[1.0, 3.0, None], c=["a", "a", "b"], d=[date(2015, 7, 1)] * 3), features(min_count=2, clip=0.1), Y
    )
    assert state["becomes"] == [
        {
            "feature": "x",
            "kind": "number",
            "columns": 2,
            "becomes": "minus 2, by 0.8, drawn in to 1.2 … 2.8, indicator",
        },
        {"feature": "d", "kind": "time", "columns": 6, "becomes": "phase of month, day_of_week, day_of_year"},
        {
            "feature": "c",
            "kind": "category",
            "columns": 1,
            "becomes": "1 codes, 1 rare values together (1 rows), unseen, missing",
        },
    ]


def test_the_fingerprint_is_of_places_in_any_order():
    places = pa.table({"_period": ["2015-07", "2015-07", "2015-08"], "_row": [0, 1, 0]})
    first = fingerprint(places)
    assert fingerprint(places.take([2, 0, 1])) == first
    assert fingerprint(places.append_column("x", pa.array([1, 2, 3]))) == first
    assert fingerprint(places.slice(1)) != first
    assert fingerprint(places.set_column(1, "_row", pa.array([0, 1, 1]))) != first
    assert len(first) == 32
    unpartitioned = pa.table({"_row": [0, 1]})
    assert fingerprint(unpartitioned) == fingerprint(unpartitioned.append_column("_period", pa.array(["", ""])))


def test_the_shortest_declaration_fits_real_rentals():
    table = pq.read_table(RENTALS)
    train = table.append_column("_row", pa.array(range(table.num_rows)))
    state = fit(train, features(never={"casual": "part of it", "registered": "part of it"}), Target(column="bikers"))
    number, category = encode(train, state)
    assert number.shape == (8645, 10)
    assert category.shape == (8645, 2)
    assert state["names"]["category"] == ["mnth", "weathersit"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"number": ["j"]}, r"features names a column that is not there: 'j' not in .*; mend the name"),
        ({"number": ["know"]}, r"features names a column that is not there: 'know' .*; did you mean 'known'"),
        ({"never": {"nope": "late"}}, r"features names a column that is not there: 'nope'"),
        ({"number": ["y"]}, r"features names what is to be predicted: 'y' gives the label away; take it out"),
        ({"time": ["known"]}, r"features names what is to be predicted: 'known'"),
        ({"number": ["s"]}, r"features\.number names a column of another type: 's' holds string; give it the type in"),
        ({"time": ["i"]}, r"features\.time names a column of another type: 'i' holds int64"),
        ({"category": ["many"]}, r"features\.category names a column of another type: 'many' holds list"),
        (
            {"never": dict.fromkeys(["i", "x", "b", "s", "d", "t"], "late")},
            r"features is empty: none of .* is left beside",
        ),
    ],
)
def test_refuses_features_that_cannot_be(more, message):
    with pytest.raises(FeaturesError, match=message):
        fit(TYPES, features(**more), Y)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"number": ["a"], "category": ["a"]},
            r"features.category names a column again: 'a' is in features.number; keep one",
        ),
        ({"number": ["a"], "never": {"a": "late"}}, r"features.number names a column that is in features\.never: 'a'"),
        ({"clip": 0.5}, "less than 0.5"),
        ({"min_count": 0}, "greater than or equal to 1"),
        ({"max_categories": 1001}, "less than or equal to 1000"),
    ],
)
def test_refuses_senseless_settings(more, message):
    with pytest.raises(ValidationError, match=message):
        features(**more)
