"""What a check says of one version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["critical", "warning", "info"]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check; a failed critical one stops every later stage, in any run.

    Attributes:
        check: the sentence that is true when it passes, as an identifier, for example `no_leakage`.
        passed: whether the sentence is true.
        summary: one sentence for people; on failure in the form `<where> <what is wrong>: <values> <rule>; <remedy>`.
        severity: `critical` blocks, `warning` and `info` do not.
        evidence: observed figures, limits and examples; plain JSON values only, no numpy scalars.
    """

    check: str
    passed: bool
    summary: str
    severity: Severity = "critical"
    evidence: Mapping[str, Json] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """Whether later stages must refuse the version."""
        return not self.passed and self.severity == "critical"
