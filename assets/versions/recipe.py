"""What a version is made from; its hash is the key under which the version is found again."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypedDict

from assets.versions.changes import changed_code, changed_inputs, changed_settings
from data_checks.verdict import Json

FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, order=True)
class Address:
    """Where a version belongs: the stage of a pipeline, and the partition where there are partitions.

    Raises:
        ValueError: for a name that cannot be a folder.
    """

    pipeline: str
    stage: str
    partition: str | None = None

    def __post_init__(self) -> None:
        for field, name in (("pipeline", self.pipeline), ("stage", self.stage)):
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"address.{field} is no name: {name!r} holds other than letters, digits and _; rename it"
                )
        if self.partition in {"", "_"}:
            raise ValueError(f"address.partition is no key: {self.partition!r} is kept for 'no partition'; use None")

    def __str__(self) -> str:
        return f"{self.pipeline}/{self.stage}" + (f"[{self.partition}]" if self.partition else "")


class RecipeEntry(TypedDict):
    """A recipe as a manifest holds it."""

    address: list[str | None]
    inputs: dict[str, str]
    declaration: dict[str, Json]
    code: dict[str, str]
    seed: int | None
    environment: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides the content of a version.

    Attributes:
        address: of the version; so two partitions never share one.
        inputs: name of each input -> its content digest.
        declaration: the slice of the declaration that the stage reads, plain JSON.
        code: module -> hash, of every module the stage runs (`code_version.closure`).
        seed: of its random choices.
        environment: versions of what it runs on, as far as they matter.
    """

    address: Address
    inputs: Mapping[str, str]
    declaration: Mapping[str, Json]
    code: Mapping[str, str]
    seed: int | None = None
    environment: Mapping[str, str]

    @property
    def key(self) -> str:
        """32 hex digits that stand for everything here."""
        return _hash({"format": FORMAT, **self.to_json()})[:32]

    @property
    def code_hash(self) -> str:
        """64 hex digits that stand for the code alone."""
        return _hash(dict(self.code))

    def to_json(self) -> RecipeEntry:
        """The plain form, which `from_json` reads."""
        return {
            "address": [self.address.pipeline, self.address.stage, self.address.partition],
            "inputs": dict(self.inputs),
            "declaration": dict(self.declaration),
            "code": dict(self.code),
            "seed": self.seed,
            "environment": dict(self.environment),
        }

    @classmethod
    def from_json(cls, entry: RecipeEntry) -> Self:
        """Read the plain form."""
        pipeline, stage, partition = entry["address"]
        address = Address(str(pipeline), str(stage), partition)
        return cls(**{**entry, "address": address})  # type: ignore[arg-type]  # the form that to_json wrote

    def changes(self, old: "Recipe") -> tuple[str, ...]:
        """Say in sentences what differs from an older recipe."""
        found = [f"address {old.address} -> {self.address}"] if self.address != old.address else []
        found += changed_inputs(old.inputs, self.inputs)
        found += [f"declaration {change}" for change in changed_settings(old.declaration, self.declaration)]
        found += changed_code(old.code, self.code)
        if self.seed != old.seed:
            found.append(f"seed {old.seed} -> {self.seed}")
        for name in sorted(old.environment.keys() | self.environment.keys()):
            before, after = old.environment.get(name, "absent"), self.environment.get(name, "absent")
            found += [f"environment {name} {before} -> {after}"] if before != after else []
        return tuple(found)


def canonical(value: object) -> bytes:
    """The one spelling of a JSON value: keys sorted, no spaces, UTF-8.

    Raises:
        TypeError: for what JSON cannot hold, such as a numpy scalar.
        ValueError: for NaN and infinity.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def _hash(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
