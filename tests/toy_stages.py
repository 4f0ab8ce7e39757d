"""Stages so small that a test sees every rule of carrying one out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assets.declaration import Declaration
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import Check, Inputs, Made, Stage, Work
from data_checks.verdict import Json, Severity, Verdict


@dataclass
class Window:
    """What the toy stages see of the world, changed by the tests."""

    epochs: int = 1
    at_most: int = 10
    value: int = 5
    fingerprint: str | None = "same"
    standing: str | None = None
    severity: Severity = "critical"
    made: list[str] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)


class Number(Stage):
    """Writes a number, and holds it against a limit."""

    name = "number"
    group = "data"
    kinds = frozenset({"json"})

    def __init__(self, seen: Window) -> None:
        self.seen = seen

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        return {"epochs": self.seen.epochs}

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        return {"at_most": self.seen.at_most}

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        return (Check("small_enough", "The number is small enough.", self.seen.severity),)

    def inputs(self, work: Work) -> Inputs:
        return {}

    def outside(self, work: Work) -> Mapping[str, str] | None:
        return {"source": self.seen.fingerprint} if self.seen.fingerprint else None

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        self.seen.made.append(self.name)
        draft.write_json("number", self.seen.value)
        return Made({"numbers": 1})

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        self.seen.judged.append(self.name)
        value: Any = version.json("number")
        passed = value <= self.seen.at_most
        return [Verdict("small_enough", passed, f"{value} is compared with {self.seen.at_most}", self.seen.severity)]

    def still_stands(self, work: Work, version: Version) -> str | None:
        return self.seen.standing


class Double(Number):
    """Writes twice the number that stands."""

    name = "double"
    follows = ("number",)

    def inputs(self, work: Work) -> Inputs:
        return {"number": (work.current("number"),)}

    def outside(self, work: Work) -> Mapping[str, str] | None:
        return {}

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        return ()

    def still_stands(self, work: Work, version: Version) -> str | None:
        return None


class Careless(Number):
    """Gives a verdict that it did not declare."""

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        return [Verdict("another", passed=True, summary="fine")]
