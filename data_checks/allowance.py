"""What share of rows may fail a critical expectation on rows that does not say it itself."""

from collections.abc import Sequence

from data_checks.expectation_form import Expectation


def allowance(at_most: float) -> float:
    """Return the `mostly` that lets a share of the rows fail.

    >>> allowance(0.57)
    0.43
    """
    return round(1 - at_most, 12)


def with_allowance(expectations: Sequence[Expectation], at_most: float) -> tuple[Expectation, ...]:
    """Let those whose failing rows are quarantined ask no more of the rows than that few fail.

    Args:
        expectations: as declared, under `action: quarantine`.
        at_most: the share of rows that quarantine may take, 0 to 1.

    Returns:
        The same in order; a critical one on rows without `mostly` has that of `at_most`.
    """
    return tuple(_allowed(each, at_most) if _says_nothing(each) else each for each in expectations)


def _says_nothing(expectation: Expectation) -> bool:
    return expectation.row_level and expectation.severity == "critical" and "mostly" not in expectation.arguments


def _allowed(expectation: Expectation, at_most: float) -> Expectation:
    return expectation.model_copy(update={"arguments": {**expectation.arguments, "mostly": allowance(at_most)}})
