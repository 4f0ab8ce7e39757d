"""What is wrong with a declaration, told all at once and each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

SHOWN = 20


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend in one file; line and column count from 1, line 0 stands for the whole file."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


class DeclarationError(ValueError):
    """A declaration that can't be used; holds every fault found, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None where none is close.

    >>> closest("hiden", ["hidden", "dropout"])
    'hidden'
    """
    words = sorted(set(known))
    lower = {each.lower(): each for each in reversed(words)}
    found = get_close_matches(word, words, n=1, cutoff=0.6) or get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return lower.get(found[0], found[0]) if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint such as "did you mean 'metric'?", or the known words where none is close.

    >>> did_you_mean("metrik", ["metric", "slice"])
    "did you mean 'metric'?"
    """
    words = sorted(set(known))
    meant = closest(word, words)
    if meant:
        return f"did you mean '{meant}'?"
    few = ", ".join(words[:SHOWN]) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")
    return f"choose from {few}" if words else "remove it"
