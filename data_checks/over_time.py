"""Whether a period's rows are as those of the periods before it, and as new as they should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from data_checks.verdict import Json, Severity, Verdict


def rows_as_before(
    rows: int,
    before: Mapping[str, int],
    *,
    at_least: float | None,
    at_most: float | None,
    severity: Severity = "critical",
) -> Verdict:
    """Judge the number of rows by that of the periods before; the first period has nothing to be judged by.

    Args:
        rows: kept rows of the period.
        before: kept rows of earlier periods by their keys; their median counts, which one odd period can't move.
        at_least: smallest multiple of that median; None is no limit.
        at_most: largest multiple of it; None is no limit.
        severity: of the verdict.

    Returns:
        The verdict `rows_as_before`.
    """
    named = "rows_as_before"
    if not before:
        summary = f"{rows} rows, and no earlier period is stored to compare with"
        return Verdict(named, True, summary, severity, {"rows": rows, "compared_with": {}})
    usual = median(before.values())
    low, high = (None if limit is None else limit * usual for limit in (at_least, at_most))
    evidence: dict[str, Json] = {
        "rows": rows,
        "usual": float(usual),
        "ratio": rows / usual if usual else None,
        "at_least": at_least,
        "at_most": at_most,
        "compared_with": dict(before),
    }
    told = f"{rows} rows, {_times(rows, usual)} the {usual:g} of {_listed(before)}"
    broken = low is not None and rows < low, high is not None and rows > high
    if not any(broken):
        return Verdict(named, True, told, severity, evidence)
    limit = f"at least {at_least:g}" if broken[0] else f"at most {at_most:g}"
    summary = (
        f"contract.over_time.rows is missed: {told}, {limit} times must be; look whether the source is whole, or widen "
        "the limit"
    )
    return Verdict(named, False, summary, severity, evidence)


def fresh(
    newest: datetime | None, *, as_of: datetime, within: timedelta, column: str, severity: Severity = "critical"
) -> Verdict:
    """Judge how old the newest row is.

    Args:
        newest: its time, with a zone; None where no row has one.
        as_of: when the rows should be complete: the end of their period, or now.
        within: how much older than that the newest row may be.
        column: where the time stands.
        severity: of the verdict.

    Returns:
        The verdict `fresh`.
    """
    age = None if newest is None else as_of - newest
    evidence: dict[str, Json] = {
        "column": column,
        "newest": None if newest is None else newest.isoformat(),
        "as_of": as_of.isoformat(),
        "hours_old": None if age is None else age.total_seconds() / 3600,
        "within_hours": within.total_seconds() / 3600,
    }
    if newest is not None and age is not None and age <= within:
        summary = f"the newest {column!r} is {newest:%Y-%m-%d %H:%M}, {_span(age)} as of {as_of:%Y-%m-%d %H:%M}"
        return Verdict("fresh", True, summary, severity, evidence)
    seen = f"the newest is {newest:%Y-%m-%d %H:%M}, {_span(age)}" if newest and age else "no row has a time"
    summary = (
        f"contract.over_time.fresh is missed: of {column!r} {seen} as of {as_of:%Y-%m-%d %H:%M}, at most "
        f"{_span(within)} may be; look whether the source is fed, or allow more"
    )
    return Verdict("fresh", False, summary, severity, evidence)


@dataclass(frozen=True)
class Repeat:
    """A row whose key stands in an earlier period too.

    Attributes:
        row: its place in its period.
        period: the earlier period.
        earlier_row: the place there.
        key: the values of the key by column; empty where they are sensitive.
    """

    row: int
    period: str
    earlier_row: int
    key: Mapping[str, Json]


def unique_across_periods(
    columns: Sequence[str],
    *,
    rows: int,
    without_key: int,
    repeated: int,
    by_period: Mapping[str, int],
    looked_at: Sequence[str],
    examples: Sequence[Repeat] = (),
    severity: Severity = "critical",
) -> Verdict:
    """Judge whether keys of a period occur in earlier ones.

    Args:
        columns: that make up the key.
        rows: of the period.
        without_key: rows of it in which a column of the key is missing, which repeat nothing.
        repeated: rows of it whose key stands in an earlier period.
        by_period: how many such rows, by the earlier period; periods without any are left out.
        looked_at: the earlier periods, ascending.
        examples: some of these rows.
        severity: of the verdict.

    Returns:
        The verdict `unique_across_periods`.
    """
    named, key = "unique_across_periods", ", ".join(columns)
    evidence: dict[str, Json] = {
        "key": key,
        "rows": rows,
        "rows_without_key": without_key,
        "repeated": repeated,
        "by_period": dict(by_period),
        "looked_at": list[Json](looked_at),
        "examples": [
            {**each.key, "in row": each.row, "earlier period": each.period, "earlier row": each.earlier_row}
            for each in examples
        ],
    }
    if not repeated:
        told = f"no key of {rows} rows occurs in {_listed(looked_at)}" if looked_at else "no earlier period is stored"
        return Verdict(named, True, f"{key}: {told}", severity, evidence)
    first = next(iter(examples), None)
    shown = f", row {first.row} as row {first.earlier_row} of {first.period}" if first else ""
    summary = (
        f"contract.over_time.unique is broken: {repeated} of {rows} rows have a {key} of an earlier period, in "
        f"{_listed(list(by_period))}{shown}, none may; take them out at their origin, or name a key that is unique"
    )
    return Verdict(named, False, summary, severity, evidence)


def _times(rows: int, usual: float) -> str:
    return f"{rows / usual:.3g} times" if usual else "against"


def _listed(periods: Mapping[str, int] | Sequence[str]) -> str:
    keys = list(periods)
    return ", ".join(keys) if len(keys) <= 3 else f"{keys[0]} to {keys[-1]} ({len(keys)} periods)"


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.3g} days old" if abs(hours) >= 48 else f"{hours:.3g} hours old"
