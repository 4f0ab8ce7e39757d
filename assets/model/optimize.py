"""How the weights move: optimizer, and learning rate as a pure function of the step."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, assert_never

from pydantic import Field, model_validator

from assets.model.networks import Linear, Model
from assets.settings import Section

if TYPE_CHECKING:
    import torch

    from assets.model.networks.network import Network

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Strength = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class AdamW(Section):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    kind: Literal["adamw"] = "adamw"
    lr: Rate | None = None
    """Learning rate at the schedule's height; absent: 0.005 for linear, 0.002 for other networks."""
    weight_decay: Strength = 1e-4
    """Share of each weight (not of biases) taken off a step, times the learning rate."""


class Sgd(Section):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    lr: Rate | None = None
    """Learning rate at the schedule's height; absent: 0.1 for linear, 0.05 for other networks."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """How much of the last step is carried into the next."""
    nesterov: bool = False
    """Whether the gradient is taken where the momentum leads."""
    weight_decay: Strength = 0.0
    """Added to the gradient of each weight (not of biases), times the weight."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> "Sgd":
        if self.nesterov and not self.momentum:
            message = (
                "train.optimizer.nesterov has nothing to look ahead with: momentum is 0 and must be above 0; "
                "set momentum, or leave nesterov out"
            )
            raise ValueError(message)
        return self


class _Scheduled(Section):
    warm_up: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of all steps over which the learning rate first rises from near zero."""


class Constant(_Scheduled):
    """The same learning rate in every step."""

    kind: Literal["constant"] = "constant"


class Cosine(_Scheduled):
    """Half a cosine from the full learning rate to its final share (Loshchilov and Hutter 2017)."""

    kind: Literal["cosine"] = "cosine"
    final: Share = 0.0
    """Share of the learning rate left in the last step."""


class OneCycle(Section):
    """Up from a 25th of the learning rate and down to nothing, both as half a cosine (Smith and Topin 2018)."""

    kind: Literal["one_cycle"] = "one_cycle"
    rise: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Share of all steps on the way up."""


class Step(_Scheduled):
    """Multiplied by a factor every so many epochs."""

    kind: Literal["step"] = "step"
    every: Annotated[int, Field(ge=1)] = 10
    """Epochs between two drops."""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """What the learning rate is multiplied by at a drop."""


Optimizer = Annotated[AdamW | Sgd, Field(discriminator="kind")]
Schedule = Annotated[Constant | Cosine | OneCycle | Step, Field(discriminator="kind")]


def learning_rate(settings: AdamW | Sgd, model: Model) -> float:
    """The declared learning rate, or the default of optimizer and network.

    >>> learning_rate(AdamW(), Linear()), learning_rate(AdamW(lr=0.1), Linear())
    (0.005, 0.1)
    """
    if settings.lr is not None:
        return settings.lr
    linear = isinstance(model, Linear)
    match settings:
        case AdamW():
            return 0.005 if linear else 0.002
        case Sgd():
            return 0.1 if linear else 0.05
        case _:
            assert_never(settings)


def optimizer(settings: AdamW | Sgd, network: "Network", *, lr: float) -> "torch.optim.Optimizer":
    """The declared optimizer over the network's weights; biases are not decayed.

    Args:
        settings: which optimizer, and its settings.
        network: whose weights it moves, already on its device.
        lr: learning rate of the first step.
    """
    import torch

    penalised = list(network.penalised())
    chosen = {id(weight) for weight in penalised}
    others = [weight for weight in network.parameters() if id(weight) not in chosen]
    groups: list[dict[str, Any]] = [{"params": penalised}, {"params": others, "weight_decay": 0.0}]
    match settings:
        case AdamW(weight_decay=decay):
            return torch.optim.AdamW(groups, lr=lr, weight_decay=decay, fused=True)
        case Sgd(weight_decay=decay, momentum=momentum, nesterov=nesterov):
            return torch.optim.SGD(groups, lr=lr, weight_decay=decay, momentum=momentum, nesterov=nesterov, fused=True)
        case _:
            assert_never(settings)


def rate_share(schedule: Constant | Cosine | OneCycle | Step, step: int, *, steps: int, epochs: int) -> float:
    """The share of the declared learning rate that one step uses.

    A pure function of the step, so that a resumed run needs no scheduler state.

    Args:
        schedule: the declared schedule.
        step: 0-based number of the step, below `steps`.
        steps: optimizer steps of the whole run.
        epochs: epochs of the whole run.

    >>> [round(rate_share(Cosine(warm_up=0.2), step, steps=10, epochs=1), 2) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.04]
    """
    if isinstance(schedule, OneCycle):
        up = max(1, round(schedule.rise * steps))
        return _half_cosine(1 / 25, 1, step / up) if step < up else _half_cosine(1, 1e-4, (step - up) / (steps - up))
    warm = round(schedule.warm_up * steps)
    if step < warm:
        return (step + 1) / warm
    match schedule:
        case Constant():
            return 1.0
        case Cosine(final=final):
            return _half_cosine(1, final, (step - warm) / (steps - warm))
        case Step(every=every, factor=factor):
            return float(factor ** (step * epochs // steps // every))
        case _:
            assert_never(schedule)


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
