import pytest
from pydantic import ValidationError

from assets.model.tune import Choices, Range, Tune


def test_reads_ranges_and_choices() -> None:
    space = (
        '{"train.optimizer.lr": {"low": 1e-4, "high": 0.1, "log": true}, "model.hidden": {"choices": [[8], [8, 8]]}}'
    )
    tune = Tune.model_validate_json(f'{{"space": {space}}}')
    assert tune.space["train.optimizer.lr"] == Range(low=1e-4, high=0.1, log=True)
    assert tune.space["model.hidden"] == Choices(choices=([8], [8, 8]))
    assert tune.metric == "loss"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ('{"maximize": "roc_auc", "minimize": "loss"}', r"tune\.maximize and tune\.minimize exclude each other"),
        ('{"space": {"model.dropout": {"low": 1, "high": 1}}}', r"impossible range: low=1, high=1, log=False"),
        ('{"space": {"train.l1": {"low": 0, "high": 1, "log": true}}}', r"impossible range: low=0, high=1, log=True"),
        (
            '{"space": {"model": {"choices": [{}]}, "model.dropout": {"low": 0, "high": 1}}}',
            r"tune\.space\.model\.dropout is searched twice: it lies inside 'model'",
        ),
        (
            '{"space": {"train.class_weights": {"choices": ["balanced", null]}}}',
            r"tune\.space\.train\.class_weights changes the loss that trials are compared by",
        ),
        ('{"space": {"train": {"choices": [{}]}}}', r"tune\.space\.train changes the loss"),
        ('{"trials": 0}', "greater than or equal to 1"),
        ('{"maximize": "loss"}', "should be 'roc_auc' or 'accuracy'"),
    ],
)
def test_refuses_senseless_searches(wrong: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Tune.model_validate_json(wrong)


def test_the_loss_may_be_searched_where_a_metric_compares() -> None:
    space = '{"train.class_weights": {"choices": ["balanced", null]}}'
    assert Tune.model_validate_json(f'{{"maximize": "roc_auc", "space": {space}}}').metric == "roc_auc"
