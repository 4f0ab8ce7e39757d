"""One change that new rows suggest."""

from dataclasses import dataclass
from typing import Literal

from assets.declare.yaml_text import KeyPath
from data_checks.verdict import Json

Action = Literal["replace", "append", "add", "remove", "decide", "note"]
LEAST_ROWS, LEAST_SHARE = 3, 0.001


@dataclass(frozen=True)
class Change:
    """One change, or what no change of the contract can mend, or only a note, and why.

    Attributes:
        why: one line for people.
        action: replace the value at `path`, append `value` to the list or add `key` to the mapping there, remove what
            stands there; `decide`: the contract does not fit, and somebody must say what is done; `note`: it fits.
        path: in the declaration.
        key: of what is added.
        value: what is written.
    """

    why: str
    action: Action = "note"
    path: KeyPath = ()
    key: str = ""
    value: Json = None


def many(rows: int, of: int) -> bool:
    """Whether so many rows differ that the contract should: three, and one in a thousand; quarantine is for fewer."""
    return rows >= max(LEAST_ROWS, LEAST_SHARE * of)
