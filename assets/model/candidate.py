"""The settings that a trial of tuning trains with."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from assets.declare.faults import did_you_mean
from assets.model.networks import Model
from assets.model.train import Train
from assets.model.tune import Choices, Tune

if TYPE_CHECKING:
    from data_checks.verdict import Json

_MODEL: TypeAdapter[Model] = TypeAdapter(Model)


class TuneError(ValueError):
    """The search cannot be made, or found nothing."""


@dataclass(frozen=True)
class Candidate:
    """Settings that a trial may train with."""

    model: Model
    train: Train

    def with_values(self, values: Mapping[str, "Json"]) -> "Candidate":
        """The same settings with some values put in, checked as a declaration is.

        Args:
            values: by path, for example `train.optimizer.lr`.

        Raises:
            TuneError: a path names no setting, or the values do not fit together.
        """
        tree = self._tree()
        for path, value in values.items():
            *sections, last = path.split(".")
            place: Any = tree
            for section in sections:
                place = place.get(section) if isinstance(place, dict) else None
            if not isinstance(place, dict) or last not in place:
                message = (
                    f"tune.space.{path} names no setting: {path!r} must be one of model or train as declared; "
                    f"{did_you_mean(path, _paths(tree))}"
                )
                raise TuneError(message)
            place[last] = value
        try:
            train = Train.model_validate_json(json.dumps(tree["train"]))
            return Candidate(_MODEL.validate_json(json.dumps(tree["model"])), train)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]["msg"]
            message = f"tune.space holds what does not fit: {named(values)}, {fault}; correct the value in the space"
            raise TuneError(message) from error

    def value(self, path: str) -> "Json":
        """What stands at a path that names a setting."""
        place: Any = self._tree()
        for section in path.split("."):
            place = place[section]
        found: Json = place
        return found

    def _tree(self) -> dict[str, Any]:
        return {"model": self.model.model_dump(mode="json"), "train": self.train.model_dump(mode="json")}


def check_space(tune: Tune, declared: Candidate) -> None:
    """Refuse a space with a path or a value that does not fit the declared settings.

    Raises:
        TuneError: all that does not fit, in one sentence each.
    """
    faults = []
    for path, tried in tune.space.items():
        for value in tried.choices if isinstance(tried, Choices) else (tried.low, tried.high):
            try:
                declared.with_values({path: value})
            except TuneError as error:
                faults.append(str(error))
    if faults:
        raise TuneError("; also, ".join(dict.fromkeys(faults)))


def named(values: Mapping[str, "Json"]) -> str:
    """The values in one line for people.

    >>> named({"train.optimizer.lr": 0.00123456, "model.hidden": [64, 64]})
    'train.optimizer.lr=0.00123, model.hidden=[64, 64]'
    """
    shown = {path: f"{value:.3g}" if isinstance(value, float) else json.dumps(value) for path, value in values.items()}
    return ", ".join(f"{path}={value}" for path, value in shown.items())


def _paths(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{name}.")
