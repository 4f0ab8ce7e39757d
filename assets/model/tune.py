"""Which settings of `model` and `train` are searched for, and how."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from assets.settings import Section

if TYPE_CHECKING:
    from data_checks.verdict import Json

_CHANGE_THE_LOSS = ("train.loss", "train.class_weights")


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
    """A search for better settings, judged on the validation part; the test part is never seen."""

    trials: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Trainings to try; the first has the settings as declared, as far as the space holds them."""
    sampler: Literal["tpe", "random"] = "tpe"
    """How the next settings are chosen: near what did well (Bergstra et al. 2011), or blindly."""
    pruner: Literal["hyperband", "median"] | None = "hyperband"
    """How a training that does badly is ended early (Li et al. 2018, or below the median); null: never."""
    maximize: Literal["roc_auc", "accuracy"] | None = None
    """The validation metric to make large."""
    minimize: Literal["loss", "rmse"] | None = None
    """The validation metric to make small; `loss` if neither is named."""
    space: dict[str, Range | Choices] = Field(default_factory=dict)
    """By setting, for example `train.optimizer.lr`, what to try; empty: learning rate, weight decay and dropout."""

    @model_validator(mode="after")
    def _consistent(self) -> "Tune":
        faults = list(self._faults())
        if faults:
            raise ValueError("; also, ".join(faults))
        return self

    @property
    def metric(self) -> str:
        """What trials are compared by: `loss`, or one of `assets.model.objective.METRICS`."""
        return self.maximize or self.minimize or "loss"

    def _faults(self) -> Iterator[str]:
        if self.maximize and self.minimize:
            yield (
                f"tune.maximize and tune.minimize exclude each other: {self.maximize!r} and {self.minimize!r}, one "
                "metric must decide; keep one"
            )
        for path in sorted(self.space):
            inside = next((other for other in self.space if path.startswith(f"{other}.")), None)
            if inside:
                yield (
                    f"tune.space.{path} is searched twice: it lies inside {inside!r} and each setting must have one "
                    "place; keep one"
                )
            if self.metric == "loss" and any(f"{changing}.".startswith(f"{path}.") for changing in _CHANGE_THE_LOSS):
                yield (
                    f"tune.space.{path} changes the loss that trials are compared by: minimize is 'loss' and must be "
                    "a metric that all trials share; name one in tune.maximize or tune.minimize"
                )


@dataclass(frozen=True)
class Trial:
    """One training that tuning tried.

    Attributes:
        number: from 0.
        state: `pruned` did badly and was ended early, `diverged` had a NaN or infinite loss.
        value: the metric at the best epoch; of a pruned one, at its last; None if diverged.
        epochs: how many it ran.
        settings: what it tried, by path.
    """

    number: int
    state: Literal["complete", "pruned", "diverged"]
    value: float | None
    epochs: int
    settings: Mapping[str, "Json"]
