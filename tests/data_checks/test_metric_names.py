import pytest
from pydantic import TypeAdapter, ValidationError

from data_checks.metric_names import METRICS, AnyMetric, higher_is_better, name_of


def test_every_task_has_metrics_of_its_own():
    assert {task for metric in METRICS.values() for task in metric.tasks} == {"binary", "multiclass", "regression"}


@pytest.mark.parametrize("name", ["brier", "log_loss", "mae", "rmse", "mape", "median_absolute_error"])
def test_knows_errors_improve_downwards(name):
    assert not METRICS[name].higher_is_better


def test_all_other_metrics_improve_upwards():
    errors = {"brier", "log_loss", "mae", "rmse", "mape", "median_absolute_error"}
    assert all(metric.higher_is_better for name, metric in METRICS.items() if name not in errors)


def metric(text: str) -> AnyMetric:
    return TypeAdapter(AnyMetric).validate_json(text)


def test_a_metric_of_ones_own_has_a_name_and_a_direction():
    loss = metric('{"name": "regret", "use": "shop.money:regret", "better": "lower"}')
    assert (name_of(loss), higher_is_better(loss)) == ("regret", False)
    assert (name_of(metric('"r2"')), higher_is_better(metric('"r2"'))) == ("r2", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "brier", "use": "a:b", "better": "lower"}', "is taken: 'brier' is a metric of ours; choose another"),
        ('{"name": "Profit!", "use": "a:b", "better": "lower"}', "should match pattern"),
        ('{"name": "profit", "use": "a:b", "better": "more"}', "'higher' or 'lower'"),
        ('{"name": "profit", "use": "a:b"}', r"better\n  Field required"),
    ],
)
def test_refuses_a_metric_that_is_not_told(text, message):
    with pytest.raises(ValidationError, match=message) as refused:
        metric(text)
    assert refused.value.error_count() == 1
