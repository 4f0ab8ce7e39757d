"""What a version is made from; its hash is the key under which the version is found again."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypedDict

from assets.versions.in_short import LISTED, in_short
from data_checks.verdict import Json

FORMAT = 1
SHOWN = 60
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
        found += _changed_inputs(old.inputs, self.inputs)
        found += [
            f"declaration {name} {change}"
            for name, change in _differences(_leaves(old.declaration), _leaves(self.declaration))
        ]
        found += _changed_code(old.code, self.code)
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


def _changed_inputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Say it of each input; of one stage's periods, or of files, all at once where many changed alike."""
    alike: dict[tuple[str, str], dict[str, str]] = {}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if name not in old:
            what, values = "new", f": {new[name][:8]}…"
        elif name not in new:
            what, values = "no longer read", ""
        else:
            what, values = "another version", f": {old[name][:8]}… -> {new[name][:8]}…"
        alike.setdefault((name.partition(" ")[0], what), {})[name] = values
    for (kind, what), found in alike.items():
        if len(found) > LISTED:
            yield f"inputs {kind} {in_short([name.partition(' ')[2] for name in found])}: each is {what}"
        else:
            yield from (f"input {name} is {what}{values}" for name, values in found.items())


def _changed_code(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"code of {name} is used now"
        elif name not in new:
            yield f"code of {name} is no longer used"
        elif old[name] != new[name]:
            yield f"code of {name} changed"


def _differences(old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield name, f"added: {_shown(new[name])}"
        elif name not in new:
            yield name, f"removed: {_shown(old[name])}"
        elif canonical(old[name]) != canonical(new[name]):
            yield name, f"changed: {_shown(old[name])} -> {_shown(new[name])}"


def _leaves(value: Mapping[str, Json] | Sequence[Json], above: str = "") -> dict[str, Json]:
    """Every plain value by its path, `gates.0.at_least`; an empty object or list is a value."""
    found: dict[str, Json] = {}
    pairs = value.items() if isinstance(value, Mapping) else ((str(index), one) for index, one in enumerate(value))
    for name, one in pairs:
        if isinstance(one, dict | list | tuple) and one:
            found |= _leaves(one, f"{above}{name}.")
        else:
            found[above + name] = one
    return found


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
