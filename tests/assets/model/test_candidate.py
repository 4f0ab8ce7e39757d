import re

import pytest

from assets.model.candidate import Candidate, TuneError, check_space
from assets.model.networks import Linear, Mlp
from assets.model.optimize import AdamW, Sgd
from assets.model.train import Train
from assets.model.tune import Choices, Range, Tune

DECLARED = Candidate(Mlp(), Train())


def test_puts_values_in_their_places() -> None:
    values = {"model.hidden": [8, 4], "train.optimizer.lr": 0.5, "train.early_stopping": None}
    changed = DECLARED.with_values(values)
    assert changed == Candidate(Mlp(hidden=(8, 4)), Train(optimizer=AdamW(lr=0.5), early_stopping=None))
    assert Candidate(Mlp(), Train()) == DECLARED


def test_puts_whole_sections_in_their_places() -> None:
    values = {"model": {"kind": "linear"}, "train.optimizer": {"kind": "sgd", "momentum": 0.5}}
    assert DECLARED.with_values(values) == Candidate(Linear(), Train(optimizer=Sgd(momentum=0.5)))


@pytest.mark.parametrize("path", ["train.optimizer.lrr", "train.optimizer.lr.x", "model", "lr", "train.lr"])
def test_refuses_a_path_that_names_no_setting(path: str) -> None:
    if path == "model":
        assert DECLARED.value(path)
        return
    with pytest.raises(TuneError, match=rf"tune\.space\.{re.escape(path)} names no setting"):
        DECLARED.with_values({path: 1})


def test_suggests_what_may_have_been_meant() -> None:
    with pytest.raises(TuneError, match=r"did you mean 'train\.optimizer\.lr'\?"):
        DECLARED.with_values({"train.optimizer.lrr": 1})


def test_says_all_that_does_not_fit() -> None:
    space = {
        "model.dropout": Range(low=0.0, high=1.5),
        "model.hidden": Choices(choices=([8], [0])),
        "train.batch_size": Range(low=16.5, high=64),
        "train.l1": Range(low=0.0, high=1.0),
        "train.schedule": Choices(choices=({"kind": "cosine"},)),
    }
    with pytest.raises(TuneError) as refused:
        check_space(Tune(space=space), DECLARED)
    message = str(refused.value)
    assert "model.dropout=1.5, Input should be less than 1" in message
    assert "model.hidden=[0], Input should be greater than or equal to 1" in message
    assert "train.batch_size=16.5, Input should be a valid integer" in message
    assert "train.l1" not in message
    assert "train.schedule" not in message
