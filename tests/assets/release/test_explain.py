import numpy as np
import pyarrow as pa
import pytest

from assets.release.explain import ExplanationError, importance

ROWS = 200


def _rows():
    random = np.random.default_rng(0)
    rows = pa.table({"a": random.normal(size=ROWS), "b": random.normal(size=ROWS), "c": ["x"] * ROWS})
    return rows, 3 * rows["a"].to_numpy() + rows["b"].to_numpy()


def _score(rows):
    return 3 * rows["a"].to_numpy() + rows["b"].to_numpy()


def _importance(score=_score, rows=None, truth=None, **changes):
    given = {"columns": ["b", "c", "a"], "metric": "rmse", "repeats": 3, "seed": 0, "max_rows": 1000} | changes
    ours, target = _rows()
    return importance(score, ours if rows is None else rows, target if truth is None else truth, **given)


def test_the_column_the_model_leans_on_comes_first_and_an_unused_one_loses_nothing():
    found = _importance()
    assert [each["column"] for each in found] == ["a", "b", "c"]
    assert found[0]["value"] > 2 * found[1]["value"] > 0
    assert found[2] == {"column": "c", "value": 0.0, "deviation": 0.0}


def test_a_loss_is_positive_for_metrics_that_grow_when_the_model_is_good():
    assert _importance(metric="r2")[0]["value"] > 1


def test_equal_seeds_give_equal_figures_whatever_other_columns_there_are():
    assert _importance() == _importance()
    assert _importance(columns=["b", "c"])[0] == _importance()[1]
    assert _importance() != _importance(seed=1)


def test_draws_at_most_the_allowed_rows_and_scores_all_repeats_at_once():
    seen = []

    def score(rows):
        seen.append(rows.num_rows)
        return _score(rows)

    _importance(score, max_rows=50)
    assert seen == [50, 150, 150, 150]


def test_rows_are_not_modified_and_keep_their_schema():
    rows, _ = _rows()
    schemas = []

    def score(shuffled):
        schemas.append(shuffled.schema)
        return _score(shuffled)

    _importance(score, rows=rows)
    assert rows.equals(_rows()[0])
    assert all(schema.equals(rows.schema) for schema in schemas)


def test_probabilities_of_classes_are_split_by_repeat():
    _, target = _rows()
    truth = (target > 0).astype(int)
    found = _importance(lambda rows: np.eye(2)[(_score(rows) > 0).astype(int)], truth=truth, metric="accuracy")
    assert found[0]["column"] == "a"


def test_no_importance_where_the_metric_is_undefined():
    assert _importance(lambda rows: np.full(rows.num_rows, 0.5), truth=np.zeros(ROWS), metric="roc_auc") == ()


def test_refuses_a_column_that_is_not_there():
    with pytest.raises(ExplanationError, match=r"names columns that are not there: \['d'\] not in \['a', 'b', 'c'\]"):
        _importance(columns=["d"])


def test_refuses_scores_that_are_not_finite():
    with pytest.raises(ExplanationError, match="not finite: 200 of 200 for the rows as they are must be none; shuffle"):
        _importance(lambda rows: np.full(rows.num_rows, np.nan))
