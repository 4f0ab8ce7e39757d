"""What is wrong with a declaration, told all at once and each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from assets.versions.in_short import and_more, in_common

SHOWN = 20
NEARLY = 0.1
# how alike a word must be to the one that it is surely meant for, and how much where both begin alike
ALIKE, LESS_ALIKE = 0.75, 0.65
BEGINNING = 3


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

    >>> closest("hiden", ["hidden", "dropout"]), closest("lgo", ["low", "high", "log"])
    ('hidden', 'log')
    """
    words = sorted(set(known))
    if nearest := _one_edit_away(word, words):
        return nearest
    lower = {each.lower(): each for each in reversed(words)}
    found = get_close_matches(word, words, cutoff=0.6) or get_close_matches(word.lower(), lower, cutoff=0.6)
    if not found:
        return None
    likely = next((each for each in found if _begin_alike(word, each, found[0])), found[0])
    return lower.get(likely, likely)


def _begin_alike(word: str, other: str, best: str) -> bool:
    """Whether another word, hardly further off than the closest, begins as the word does.

    >>> closest("categories", ["category", "max_categories"])
    'category'
    """
    near = SequenceMatcher(None, other, word).ratio() > SequenceMatcher(None, best, word).ratio() - NEARLY
    return near and other[:3].lower() == word[:3].lower()


def surely(word: str, known: Iterable[str]) -> str | None:
    """Return the one known word that another is close to, or None where it may mean something else.

    >>> surely("mpl", ["mlp", "linear"]), surely("mode", ["model", "modes"]), surely("api_key", ["key"])
    ('mlp', None, None)
    """
    known = tuple(known)
    if nearest := _one_edit_away(word, known):
        return nearest
    meant = closest(word, known)
    if meant is None:
        return None
    alike, begins = _alike(word, meant), _begins(word, meant)
    rivals = [each for each in known if each != meant and _alike(word, each) >= alike and _begins(word, each) >= begins]
    is_clear = alike >= (LESS_ALIKE if begins else ALIKE) or sorted(word.lower()) == sorted(meant.lower())
    return meant if is_clear and not rivals else None


def _one_edit_away(word: str, known: Iterable[str]) -> str | None:
    """Return the only known word that one letter more, less, other or swapped makes of a word, whatever their case."""
    near = [each for each in known if len(each) > 1 < len(word) and is_one_edit(word.lower(), each.lower())]
    return near[0] if len(near) == 1 else None


def is_one_edit(word: str, other: str) -> bool:
    """Whether one letter more, less, other or swapped with its neighbour makes one word of the other.

    >>> [is_one_edit("yb", "by"), is_one_edit("modle", "model"), is_one_edit("mode", "model"), is_one_edit("a", "bc")]
    [True, True, True, False]
    """
    short, long = sorted((word, other), key=len)
    same = in_common(short, long)
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    rest = (short[same + 1 :], long[same + 1 :])
    is_swapped = short[same : same + 2] == long[same : same + 2][::-1] and short[same + 2 :] == long[same + 2 :]
    return rest[0] == rest[1] or is_swapped


def _alike(word: str, other: str) -> float:
    return SequenceMatcher(None, word.lower(), other.lower()).ratio()


def _begins(word: str, other: str) -> bool:
    return word[:BEGINNING].lower() == other[:BEGINNING].lower()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint such as "did you mean 'metric'?", or the known words where none is close.

    >>> did_you_mean("metrik", ["metric", "slice"])
    "did you mean 'metric'?"
    """
    words = sorted(set(known))
    meant = closest(word, words)
    if meant:
        return f"did you mean '{meant}'?"
    return f"choose from {and_more(words, SHOWN)}" if words else "remove it"
