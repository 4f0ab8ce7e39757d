import itertools

import pytest
import torch
from pydantic import ValidationError

from assets.model.networks import Mlp, Shape, build
from assets.model.optimize import AdamW, Constant, Cosine, OneCycle, Sgd, Step, optimizer, rate_share


def shares(schedule: Constant | Cosine | OneCycle | Step, steps: int = 100, epochs: int = 10) -> list[float]:
    return [rate_share(schedule, step, steps=steps, epochs=epochs) for step in range(steps)]


def test_a_constant_rate_stays() -> None:
    assert set(shares(Constant())) == {1.0}


def test_a_cosine_falls_to_its_final_share() -> None:
    course = shares(Cosine(final=0.1))
    assert course[0] == 1.0
    assert course[50] == pytest.approx(0.55)
    assert course[-1] == pytest.approx(0.1, abs=0.01)
    assert all(later < earlier for earlier, later in itertools.pairwise(course))


def test_one_cycle_rises_to_one_and_falls_to_nothing() -> None:
    course = shares(OneCycle(rise=0.3))
    assert course[0] == pytest.approx(1 / 25)
    assert course.index(max(course)) == 30
    assert max(course) == 1.0
    assert course[-1] < 0.01


def test_one_cycle_follows_torchs() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    sgd = torch.optim.SGD([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(sgd, max_lr=1.0, total_steps=1000, pct_start=0.3, cycle_momentum=False)
    for step in range(1000):
        assert rate_share(OneCycle(), step, steps=1000, epochs=1) == pytest.approx(sgd.param_groups[0]["lr"], abs=0.01)
        sgd.step()
        if step < 999:
            theirs.step()


def test_steps_fall_by_the_factor_every_so_many_epochs() -> None:
    course = shares(Step(every=4, factor=0.5))
    assert course[0:40] == [1.0] * 40
    assert course[40:80] == [0.5] * 40
    assert course[80:] == [0.25] * 20


@pytest.mark.parametrize("schedule", [Constant(warm_up=0.1), Cosine(warm_up=0.1), Step(warm_up=0.1)])
def test_warms_up_over_the_declared_share_of_steps(schedule: Constant | Cosine | Step) -> None:
    assert shares(schedule)[:11] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0])


@pytest.mark.parametrize("schedule", [Constant(warm_up=0.9), Cosine(), OneCycle(), OneCycle(rise=0.99), Step()])
def test_even_a_single_step_has_a_rate(schedule: Constant | Cosine | OneCycle | Step) -> None:
    assert 0 < rate_share(schedule, 0, steps=1, epochs=1) <= 1


@pytest.mark.parametrize("settings", [AdamW(weight_decay=0.5), Sgd(weight_decay=0.5, momentum=0.0)])
def test_decays_weights_and_no_biases(settings: AdamW | Sgd) -> None:
    network = build(Mlp(hidden=(4,)), Shape(3, (), 1))
    moved = optimizer(settings, network, lr=0.1)
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    for weight in network.parameters():
        weight.grad = torch.zeros_like(weight)
    moved.step()
    for name, weight in network.named_parameters():
        expected = before[name] if name.endswith("bias") else before[name] * 0.95
        torch.testing.assert_close(weight.detach(), expected)


def test_refuses_to_look_ahead_without_momentum() -> None:
    with pytest.raises(ValidationError, match=r"train\.optimizer\.nesterov has nothing to look ahead with"):
        Sgd(momentum=0.0, nesterov=True)
