"""Judges the clean rows of one period beside those of the periods before, and beside the clock."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from assets.data.event_time import duration
from assets.data.over_time import Fresh, OverTime, RowsAsBefore, Unique, newest
from assets.data.period import PeriodError
from assets.data.stages.keys import Repeats, keys_of, repeats
from assets.declaration import Declaration
from assets.declare.faults import did_you_mean
from assets.settings import plain
from assets.versions.version import Version
from assets.work import Check, Comparison, InputError, Work
from data_checks.json_values import json_value
from data_checks.over_time import Repeat, fresh, rows_as_before, unique_across_periods
from data_checks.verdict import Json, Verdict

SHOWN = 5
EARLIER = "_earlier_row"


def checks(declaration: Declaration) -> tuple[Check, ...]:
    """Return one check a rule."""
    rules = declaration.contract.over_time
    found = []
    if rules.rows:
        found.append(
            Check("rows_as_before", "There are about as many rows as in the periods before.", rules.rows.severity)
        )
    if rules.fresh:
        found.append(Check("fresh", f"The newest row is at most {rules.fresh.within} old.", rules.fresh.severity))
    if rules.unique:
        key = ", ".join(rules.unique.columns)
        found.append(Check("unique_across_periods", f"No {key} occurs in an earlier period.", rules.unique.severity))
    return tuple(found)


def comparison(work: Work, clean: Version) -> Comparison | None:
    """Return what a clean version is held against now, and the judgement; None where the contract has no such rule.

    Earlier periods count as they stand, apart from those that a blocking check refused: nothing reads these.
    """
    rules, as_of = work.declaration.contract.over_time, _as_of(work)
    names = tuple(check.name for check in checks(work.declaration))
    if not names:
        return None
    before = tuple(_before(work, rules.rows.periods)) if rules.rows else ()
    earlier = tuple(_before(work, rules.unique.periods)) if rules.unique else ()
    basis: dict[str, Json] = {
        "rules": plain(rules),
        "sensitive": list[Json](sorted(work.declaration.contract.sensitive)),
        "periods": {_key(version): version.digest for version in (*before, *earlier)},
        "as_of": as_of.isoformat() if rules.fresh else None,
    }
    return Comparison(names, basis, partial(_judged, work, clean, as_of=as_of, before=before, earlier=earlier))


def _judged(
    work: Work, clean: Version, *, as_of: datetime, before: Sequence[Version], earlier: Sequence[Version]
) -> tuple[Verdict, ...]:
    rules = work.declaration.contract.over_time
    _refuse_unknown_columns(work, clean)
    found = []
    if rules.rows:
        found.append(_rows(rules.rows, clean, before))
    if rules.fresh:
        found.append(_fresh(work, rules.fresh, clean, as_of))
    if rules.unique:
        found.append(_unique(work, rules.unique, clean, earlier))
    return tuple(found)


def _rows(rule: RowsAsBefore, clean: Version, before: Sequence[Version]) -> Verdict:
    counts = {_key(version): version.counts["kept"] for version in before}
    return rows_as_before(
        clean.counts["kept"], counts, at_least=rule.at_least, at_most=rule.at_most, severity=rule.severity
    )


def _fresh(work: Work, rule: Fresh, clean: Version, as_of: datetime) -> Verdict:
    column = _time_column(work.declaration, rule)
    partitions = work.declaration.partitions
    latest = newest(clean.batches("rows", [column]), column, partitions.time_zone if partitions else "UTC")
    return fresh(latest, as_of=as_of, within=duration(rule.within), column=column, severity=rule.severity)


def _unique(work: Work, rule: Unique, clean: Version, earlier: Sequence[Version]) -> Verdict:
    hidden = not work.declaration.contract.sensitive.isdisjoint(rule.columns)
    by_period: Counter[str] = Counter()
    repeated: set[int] = set()
    examples: list[Repeat] = []
    for version in earlier:
        met = repeats(work, clean, version, rule.columns)
        if met is None:
            continue
        repeated.update(met.rows["_row"].to_pylist())
        by_period[_key(version)] = met.rows.num_rows
        if len(examples) < SHOWN:
            examples += _examples(met, _key(version), rule.columns, hidden=hidden)
    rows = clean.counts["kept"]
    return unique_across_periods(
        rule.columns,
        rows=rows,
        without_key=rows - keys_of(work, clean, rule.columns).counts["keys"],
        repeated=len(repeated),
        by_period=by_period,
        looked_at=[_key(version) for version in earlier],
        examples=examples[:SHOWN],
        severity=rule.severity,
    )


def _examples(met: Repeats, period: str, columns: Sequence[str], *, hidden: bool) -> list[Repeat]:
    there = met.earlier.rename_columns([EARLIER if name == "_row" else name for name in met.earlier.column_names])
    pairs = met.rows.slice(0, SHOWN).join(there, keys=list(columns), join_type="inner")
    ordered = pairs.sort_by([("_row", "ascending"), (EARLIER, "descending")]).to_pylist()
    first = {pair["_row"]: pair for pair in ordered}
    return [
        Repeat(row, period, pair[EARLIER], {name: json_value(pair[name]) for name in (() if hidden else columns)})
        for row, pair in first.items()
    ]


def _before(work: Work, most: int | None) -> Iterator[Version]:
    """Yield the clean versions of earlier periods that stand and that no blocking check refused, in their order."""
    partitions, period = work.declaration.partitions, work.period
    if partitions is None or period is None:
        return
    if most is None:
        stored = [address.partition or "" for address in work.store.addresses(work.pipeline, "clean")]
        keys = [key for _, key in sorted(_started(work, stored)) if key != period.key]
    else:
        keys = [each.key for each in partitions.trailing(period.key, most + 1)[:-1]]
    for key in keys:
        version = work.store.head(work.address("clean", key))
        if version and not any(stored.verdict.blocks for stored in work.store.verdicts(version).values()):
            yield version


def _started(work: Work, keys: Sequence[str]) -> Iterator[tuple[datetime, str]]:
    """Yield the periods up to this one; a key of other partitions, declared once, is none of them."""
    partitions, period = work.declaration.partitions, work.period
    if partitions is None or period is None:
        return
    for key in keys:
        try:
            start = partitions.period(key).start
        except PeriodError:
            continue
        if start <= period.start:
            yield start, key


def _as_of(work: Work) -> datetime:
    """Return when the rows should be complete: the end of the period, but no later than now, to the hour."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return min(work.period.end, now) if work.period else now


def _time_column(declaration: Declaration, rule: Fresh) -> str:
    column = rule.column or (declaration.partitions.column if declaration.partitions else None)
    if column is None:
        raise InputError("contract.over_time.fresh.column is missing: there are no partitions to take it from; name it")
    return column


def _refuse_unknown_columns(work: Work, clean: Version) -> None:
    rules: OverTime = work.declaration.contract.over_time
    there = clean.manifest["files"]["rows.parquet"]["schema"]
    fresh_column = [("fresh.column", _time_column(work.declaration, rules.fresh))] if rules.fresh else []
    named = [*fresh_column, *(("unique.columns", name) for name in (rules.unique.columns if rules.unique else ()))]
    for setting, name in named:
        if name not in there:
            raise InputError(
                f"contract.over_time.{setting} names a column that is not there: '{name}'; {did_you_mean(name, there)}"
            )


def _key(version: Version) -> str:
    return version.address.partition or ""
