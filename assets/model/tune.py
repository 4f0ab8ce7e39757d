"""Search settings on the train and validation parts only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from assets.settings import Section

if TYPE_CHECKING:
    from data_checks.verdict import Json


class Range(Section):
    """Any number between two; whole numbers if both are."""

    low: int | float
    """The least value."""
    high: int | float
    """The greatest value."""
    log: bool = False
    """Whether each factor is as likely as another, instead of each difference."""

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if not self.low < self.high or (self.log and self.low <= 0):
            message = (
                f"tune.space has an impossible range: low={self.low}, high={self.high}, log={self.log} must have "
                "low < high, and low > 0 with log; correct the bounds"
            )
            raise ValueError(message)
        return self


class Choices(Section):
    """One of the values listed."""

    choices: Annotated[tuple[JsonValue, ...], Field(min_length=1)]
    """Values as they would be written in the setting's own place."""


class Tune(Section):
    """A search for better settings of `model` and `train`."""

    trials: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Trainings to try."""
    sampler: Literal["tpe", "random"] = "tpe"
    """How the next settings are chosen: by what did well (Bergstra et al. 2011), or blindly."""
    pruner: Literal["hyperband", "median"] | None = "hyperband"
    """How a training that does badly is ended early (Li et al. 2018; worse than the median); absent: never."""
    maximize: Literal["roc_auc", "accuracy"] | None = None
    """The validation metric to make large."""
    minimize: Literal["loss", "rmse"] | None = None
    """The validation metric to make small; `loss` if neither is named."""
    space: dict[str, Range | Choices] = Field(default_factory=dict)
    """By setting, for example `train.optimizer.lr`, what to try; empty: learning rate, weight decay and dropout."""

    @model_validator(mode="after")
    def _one_direction(self) -> "Tune":
        if self.maximize and self.minimize:
            message = (
                f"tune.maximize and tune.minimize exclude each other: {self.maximize!r} and {self.minimize!r}, one "
                "metric must decide; keep one"
            )
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class Trial:
    """One training that tuning tried.

    Attributes:
        number: from 0.
        state: `diverged` had a NaN or infinite loss.
        value: the metric at the best epoch; of a pruned one at its last epoch; None if diverged.
        epochs: how many it ran.
        settings: what it tried, by path.
    """

    number: int
    state: Literal["complete", "pruned", "diverged"]
    value: float | None
    epochs: int
    settings: Mapping[str, "Json"]
