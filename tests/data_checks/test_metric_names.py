import pytest

from data_checks.metric_names import METRICS


def test_every_task_has_metrics_of_its_own():
    assert {task for metric in METRICS.values() for task in metric.tasks} == {"binary", "multiclass", "regression"}


@pytest.mark.parametrize("name", ["brier", "log_loss", "mae", "rmse", "mape", "median_absolute_error"])
def test_knows_errors_improve_downwards(name):
    assert not METRICS[name].higher_is_better


def test_all_other_metrics_improve_upwards():
    errors = {"brier", "log_loss", "mae", "rmse", "mape", "median_absolute_error"}
    assert all(metric.higher_is_better for name, metric in METRICS.items() if name not in errors)
