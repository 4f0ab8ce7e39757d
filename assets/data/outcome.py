"""What a split can say of a row: a part, or why it is left out; as small integers while it is being decided."""

from typing import Final, Literal

Part = Literal["train", "validation", "test"]

PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
REASONS: Final = ("target_missing", "label_not_known", "too_young", "gap", "purge", "set_aside")
OUTCOMES: Final = (*PARTS, *REASONS)

TRAIN, VALIDATION, TEST, TARGET_MISSING, LABEL_NOT_KNOWN, TOO_YOUNG, GAP, PURGE, SET_ASIDE = range(len(OUTCOMES))
UNDECIDED: Final = -1


class SplitError(ValueError):
    """Rows that cannot be divided as declared."""
