"""What the registry says of a model's versions and of the moves of its aliases."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from data_checks.verdict import Json

Alias = Literal["champion", "challenger"]

MODEL_KEY = "trainyard.model"
PACKAGE = "trainyard.package"
PARTITION = "trainyard.partition"
PROOF = "trainyard.proof"


class UnprovenError(ValueError):
    """An alias was asked for on a version that no clean process has proven."""


class MovedError(ValueError):
    """An alias is not where it was when the decision to move it was made."""


@dataclass(frozen=True)
class Registered:
    """One version of a registered model.

    Attributes:
        name: of the registered model.
        version: its number, as MLflow writes it.
        run_id: the run that trained it.
        source: where its files are.
        tags: lineage, the model's key, the package's digest and the proof.
        aliases: those that point at it.
        description: the model card.
    """

    name: str
    version: str
    run_id: str
    source: str
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    description: str = ""

    @property
    def uri(self) -> str:
        """The address under which MLflow loads it."""
        return f"models:/{self.name}/{self.version}"

    @property
    def partition(self) -> str | None:
        """The period as of which it was trained."""
        return self.tags.get(PARTITION)

    def proven(self, said: Mapping[str, Json]) -> str:
        """The text of the tag `PROOF`, bound to this very model and package."""
        bound = {**said, "passed": True, "model": self.tags[MODEL_KEY], "package": self.tags[PACKAGE]}
        return json.dumps(bound, sort_keys=True)

    @property
    def proof(self) -> Mapping[str, Json] | None:
        """What a clean process proved of this very model and package; None where nothing valid is on record."""
        proof = json.loads(self.tags.get(PROOF, "null"))
        if not isinstance(proof, dict) or proof.get("passed") is not True:
            return None
        bound = proof.get("model") == self.tags.get(MODEL_KEY) and proof.get("package") == self.tags.get(PACKAGE)
        return proof if bound else None


def stamp(now: datetime) -> str:
    """A time with a zone as text in UTC, in a form that sorts by time.

    >>> stamp(datetime(2026, 1, 2, 3, tzinfo=UTC))
    '2026-01-02T03:00:00.000000Z'
    """
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Move:
    """One move of an alias.

    Attributes:
        alias: which one.
        before: the version that it left; None if it stood nowhere.
        to: the version that it points at since; None if it was taken away.
        who: the person or the run.
        why: the reason.
        at: when, as `stamp` writes it.
        kind: by a registration or by a roll back.
        partition: the newest period that was registered then.
    """

    alias: Alias
    before: str | None
    to: str | None
    who: str
    why: str
    at: str
    kind: Literal["register", "roll_back"] = "register"
    partition: str | None = None
