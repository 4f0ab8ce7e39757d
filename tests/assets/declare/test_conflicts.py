import json
from pathlib import Path

import pytest

from assets.declaration import Declaration
from assets.declare.conflicts import conflicts
from data_checks.verdict import Json
from tests.small_pipeline import attributes

PERIODIC = attributes(Path("rows.parquet"))
TIMELESS = {
    name: section for name, section in PERIODIC.items() if name not in {"partitions", "window", "split", "monitor"}
}
BETWEEN, SPENT = "expect_column_values_to_be_between", {"column": "spent", "max_value": 9, "mostly": 0.85}
MONTHLY = {"every": "month", "column": "day", "start": "2024-01"}


def told(sections: dict[str, Json]) -> dict[str, str]:
    """Return the conflicts of a declaration, before `load` refuses it."""
    found = conflicts(Declaration.model_validate_json(json.dumps(sections)))
    return {".".join(map(str, path)): message for path, message in found}


def test_the_small_pipeline_has_none() -> None:
    assert told(PERIODIC) == {}
    assert told(TIMELESS) == {}


@pytest.mark.parametrize(
    ("sections", "place", "message"),
    [
        (
            {"source": {"kind": "asset", "key": "my shop/orders"}},
            "source.key",
            "source.key is no asset: 'my shop/orders' must be names with / between them; write such as 'shop/orders'",
        ),
        (
            {"source": {"kind": "sql", "url_env": "URL", "query": "SELECT 1", "depends_on": ["a/b", "a//b"]}},
            "source.depends_on.1",
            "source.depends_on.1 is no asset: 'a//b' must be names with / between them; write such as 'shop/orders'",
        ),
        ({"window": 2}, "window", "window is too short: 2 periods, split takes 2; make it at least 3"),
        ({"window": 2, "split": None}, "window", "window is too short: 2 periods, split takes 2; make it at least 3"),
        (
            {"target": {"column": "back", "matures_after": "90 days"}},
            "target.matures_after",
            "target.matures_after leaves no row: '90 days' is no less than the window of 3 periods of a month; make",
        ),
        (
            {"partitions": {"every": "hour", "column": "day", "start": "1900-01-01-00:00"}, "retrain": None},
            "partitions.start",
            "partitions.start is absurd",
        ),
        (
            {"window": 6, "split": {"validation": 2, "test": 1, "gap": 1, "purge": 2}},
            "window",
            "window is too short: 6 periods, split takes 6; make it at least 7",
        ),
        (
            {
                "contract": {
                    "columns": {"spent": "number"},
                    "expectations": [{BETWEEN: SPENT}],
                    "rows_that_fail": {"at_most": 0.05},
                }
            },
            "contract.expectations.0.expect_column_values_to_be_between.mostly",
            (
                "contract.expectations.0.expect_column_values_to_be_between.mostly lets more rows fail than may be "
                "quarantined: 0.85 lets 0.15 of them, and contract.rows_that_fail.at_most is 0.05; raise one of them, "
                "or write severity: warning, which keeps the rows"
            ),
        ),
        (
            {"contract": {"columns": {"shop": {"type": "category", "sensitive": True}}}},
            "evaluate.slices.0",
            (
                "evaluate.slices names a sensitive column: the slices of 'shop' are called by its values, in the "
                "evaluation, the plots and the model card; remove it, or slice by a coarser column that derive makes "
                "of it"
            ),
        ),
        (
            {"split": {"by": "time", "validation": 0.2}},
            "split.validation",
            "split.validation is of another kind: 0.2 must be a number of periods, such as 1; write one",
        ),
        (
            {"split": {"test": "2024-03-01"}},
            "split.test",
            "split.test is of another kind: '2024-03-01' must be a number of periods, such as 1; write one",
        ),
        (
            {"split": {"by": "group", "column": "shop", "test": 1}},
            "split.test",
            "split.test is of another kind: 1 must be a share, such as 0.2; write one",
        ),
        (
            {"split": {"by": "key", "column": "visit", "test": "2024-03-01"}},
            "split.test",
            "split.test is of another kind: '2024-03-01' must be a share, such as 0.2; write one",
        ),
        (
            {"features": {"number": ["spent", "back"]}},
            "features.number.1",
            "features.number names the target: 'back' is what is predicted; remove it",
        ),
        (
            {"features": {"time": ["known"]}},
            "features.time.0",
            "features.time names target.known_at: 'known' is known with the target; remove it",
        ),
        (
            {"features": {"never": {"back": "is the target"}}},
            "features.never.back",
            "features.never names the target: 'back' is never a feature; remove it",
        ),
        (
            {"target": {"column": "back", "task": "regression"}},
            "evaluate.metrics.0",
            (
                "evaluate.metrics does not fit the task: 'roc_auc' is not a metric of regression targets; choose from "
                "mae, rmse, r2, mape, median_absolute_error"
            ),
        ),
        (
            {
                "target": {"column": "back", "task": "multiclass"},
                "tune": {"trials": 3, "maximize": "roc_auc", "space": {"train.epochs": {"low": 1, "high": 3}}},
            },
            "tune.maximize",
            (
                "tune.maximize does not fit the task: 'roc_auc' is not measured in training of multiclass targets; "
                "maximize accuracy, or minimize loss"
            ),
        ),
        (
            {"target": {"column": "back", "task": "regression"}, "gates": [{"metric": "f1", "at_least": 0.5}]},
            "gates.0.metric",
            "gates.0.metric does not fit the task: 'f1' is not a metric of regression targets; choose from mae, rmse",
        ),
        (
            {"gates": [{"metric": "log_loss", "at_most": 1}]},
            "gates.0.metric",
            "gates.0.metric is not evaluated: 'log_loss' is not in evaluate.metrics; add it",
        ),
        (
            {"gates": [{"metric": "brier", "at_most": 1, "slice": "day"}]},
            "gates.0.slice",
            "gates.0.slice is not evaluated: 'day' is not in evaluate.slices; add it there",
        ),
        (
            {"predict": {"source": {"kind": "files", "path": "new.csv"}}},
            "predict.source",
            "predict.source has no place: with partitions each period's own rows are scored; remove it",
        ),
    ],
)
def test_refuses_with_partitions(sections: dict[str, Json], place: str, message: str) -> None:
    assert told({**PERIODIC, **sections})[place].startswith(message)


@pytest.mark.parametrize(
    ("sections", "place", "message"),
    [
        ({"window": 3}, "window", "window has no effect: 3 periods, no partitions; declare partitions or remove it"),
        (
            {"split": {"by": "time"}},
            "split",
            "split.column is missing: by=time needs a column without partitions; name it",
        ),
        (
            {"split": {"by": "time", "column": "day", "validation": 1}},
            "split.validation",
            "split.validation is of another kind: 1 must be a share, such as 0.2; write one",
        ),
        (
            {"split": {"by": "time", "column": "day", "gap": 1}},
            "split.gap",
            "split.gap counts periods: 1 without partitions; write such as '7 days'",
        ),
        (
            {"split": {"by": "time", "column": "day", "purge": 2}},
            "split.purge",
            "split.purge counts periods: 2 without partitions; write such as '7 days'",
        ),
        (
            {"predict": {"source": {"kind": "asset", "key": "shop/new"}}},
            "predict.source.key",
            "predict.source can't be an asset: rows of 'shop/new' are not handed in; read its files or table",
        ),
        (
            {"monitor": {"labels_after": "30 days"}},
            "monitor.labels_after",
            "monitor.labels_after has no effect: without partitions no period is labelled later; remove it",
        ),
    ],
)
def test_refuses_without_partitions(sections: dict[str, Json], place: str, message: str) -> None:
    assert told({**TIMELESS, **sections}) == {place: message}


def test_a_search_of_a_setting_that_is_not_there_is_refused() -> None:
    found = told({**PERIODIC, "tune": {"trials": 2, "space": {"train.optimizer.lrr": {"choices": [0.1]}}}})
    assert found["tune.space.train.optimizer.lrr"].endswith("did you mean 'train.optimizer.lr'?")
    assert len(found) == 1


@pytest.mark.parametrize(
    "sections",
    [
        {"split": {"by": "time", "column": "day", "validation": 0.2, "test": "2024-05-01", "gap": "3 days"}},
        {"split": {"by": "random", "validation": 0.1}},
        {"contract": {"expectations": [{BETWEEN: {**SPENT, "mostly": 0.99}}]}},
        {"contract": {"expectations": [{BETWEEN: {**SPENT, "severity": "warning"}}]}},
        {"contract": {"expectations": [{BETWEEN: {**SPENT, "row_condition": "visits > 3"}}]}},
        {"contract": {"expectations": [{BETWEEN: SPENT}], "rows_that_fail": {"action": "stop"}}},
        {"contract": {"expectations": [{BETWEEN: SPENT}], "columns": {"spent": {"type": "number", "nullable": True}}}},
        {"contract": {"expectations": [{BETWEEN: SPENT}], "columns": {"visits": "integer"}}},
        {
            "contract": {
                "expectations": [{"expect_column_values_to_not_be_null": {"column": "spent"}}],
                "columns": {"spent": {"type": "number", "nullable": True}},
            }
        },
        {
            "gates": [
                {"metric": "roc_auc", "slice": "shop", "at_least": 0.6, "min_rows": 100},
                {"metric": "roc_auc", "slice": "shop", "at_least": 0.8, "min_rows": 5000},
            ],
            "evaluate": {"slices": ["shop"]},
        },
        {"predict": {"source": {"kind": "files", "path": "new.csv"}}},
        {"source": {"kind": "asset", "key": "shop/orders-2"}},
    ],
)
def test_leaves_sense_alone(sections: dict[str, Json]) -> None:
    assert told({**TIMELESS, **sections}) == {}


def test_only_periods_count_against_the_window() -> None:
    assert told({**PERIODIC, "split": {"gap": "3 days", "purge": "9 days"}}) == {}
    assert told({**PERIODIC, "window": 2, "split": {"by": "group", "column": "shop"}}) == {}


RULES: Json = {"rows": {"at_least": 0.5}, "fresh": {"within": "3 days"}, "unique": {"columns": ["id"]}}


def test_rules_over_time_need_periods_or_a_time() -> None:
    assert told({**PERIODIC, "contract": {"over_time": RULES}}) == {}
    said = {
        "rows": "contract.over_time.rows has no effect: without partitions there is no period before; remove it",
        "unique": "contract.over_time.unique has no effect: without partitions there is no period before; remove it",
        "fresh": "contract.over_time.fresh.column is missing: without partitions no column of time is known; name it",
    }
    found = told({**TIMELESS, "contract": {"over_time": RULES}})
    assert found == {f"contract.over_time.{name}": message for name, message in said.items()}
    known: Json = {"over_time": {"fresh": {"within": "3 days", "column": "seen"}}}
    assert told({**TIMELESS, "contract": known}) == {}
