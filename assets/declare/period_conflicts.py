"""Periods, windows, parts and schedules that do not fit each other."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from assets.cron import finer_than
from assets.data.event_time import duration
from assets.declare.yaml_text import KeyPath

if TYPE_CHECKING:
    from assets.data.over_time import RowsAsBefore
    from assets.data.period import Every, Partitions, Period
    from assets.data.split import Split
    from assets.declaration import Declaration

MOST_PERIODS = 200_000
LENGTHS: "dict[Every, timedelta]" = {
    "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=28),
}  # fmt: skip


def _periods(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    partitions, split = declaration.partitions, declaration.split
    if partitions is None:
        if declaration.target.matures_after is not None:
            yield ("target", "matures_after"), "target.matures_after has no effect: it needs partitions; remove it"
        if declaration.window is not None:
            yield (
                ("window",),
                f"window has no effect: {declaration.window} periods, no partitions; declare partitions or remove it",
            )
        return
    if split and split.by not in {None, "time"}:
        return
    sizes = (split.validation, split.test) if split else (None, None)
    gap, purge = (span if isinstance(span, int) else 0 for span in ((split.gap, split.purge) if split else (0, 0)))
    held = sum(size if isinstance(size, int) else 1 for size in sizes) + gap + max(gap, purge)
    if declaration.window is not None and held >= declaration.window:
        yield (
            ("window",),
            f"window is too short: {declaration.window} periods, split takes {held}; make it at least {held + 1}",
        )
    elif partitions.end is not None and (there := len(_first_periods(partitions, held + 1))) <= held:
        yield (
            ("partitions", "end"),
            (
                f"partitions.end leaves too few periods: {there} from {partitions.start!r} to {partitions.end!r}, of "
                f"which split takes {held}; end later, or begin earlier"
            ),
        )
    elif partitions.end is not None and declaration.window is not None and _are_fewer(partitions, declaration.window):
        there = len(_first_periods(partitions, declaration.window))
        told = f"{declaration.window} periods, and from {partitions.start!r} to {partitions.end!r} there are {there}"
        yield ("window",), f"window has no effect: {told}; lower it, or leave it out"


def _are_fewer(partitions: "Partitions", window: int) -> bool:
    return len(_first_periods(partitions, window)) < window


def _first_periods(partitions: "Partitions", most: int) -> tuple["Period", ...]:
    """Return the periods that there are, no more than are asked for."""
    last = partitions.end or partitions.start
    found = [partitions.period(partitions.start)]
    while found[-1].start < partitions.period(last).start and len(found) < most:
        found.append(partitions.holding(found[-1].end))
    return tuple(found)


def _split(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    split, periodic = declaration.split, declaration.partitions is not None
    if split is None:
        return
    by_time = split.by == "time" or (split.by is None and periodic)
    if by_time and not periodic and split.column is None:
        yield ("split",), "split.column is missing: by=time needs a column without partitions; name it"
    yield from _sizes(split, by_time=by_time, counts=by_time and periodic)
    for name in ("gap", "purge"):
        if getattr(split, name) and isinstance(getattr(split, name), int) and not periodic:
            yield (
                ("split", name),
                f"split.{name} counts periods: {getattr(split, name)} without partitions; write such as '7 days'",
            )
    if by_time and periodic and split.column not in {None, declaration.partitions and declaration.partitions.column}:
        yield (
            ("split", "column"),
            f"split.column has no effect: {split.column!r}, but time is partitions.column; remove it",
        )
    if isinstance(split.gap, int) and isinstance(split.purge, int) and 0 < split.purge <= split.gap:
        yield (
            ("split", "purge"),
            f"split.purge has no effect: {split.purge} is no longer than the gap of {split.gap}; remove it",
        )
    if "seed" in split.model_fields_set and (by_time or split.by in {"given", "custom"}):
        yield ("split", "seed"), f"split.seed has no effect: nothing is drawn by {split.by or 'time'}; remove it"


def _sizes(split: "Split", *, by_time: bool, counts: bool) -> Iterator[tuple[KeyPath, str]]:
    """Yield sizes of another kind than the split's; two are most likely wrong in the same way, and told together."""
    sizes = {name: size for name in ("validation", "test") if (size := getattr(split, name)) is not None}
    wrong = {
        name: size
        for name, size in sizes.items()
        if not (isinstance(size, int) if counts else isinstance(size, float) or (by_time and isinstance(size, str)))
    }
    unit = "a number of periods, such as 1" if counts else "a share, such as 0.2"
    if len(wrong) == 1:
        ((name, size),) = wrong.items()
        yield ("split", name), f"split.{name} is of another kind: {size!r} must be {unit}; write one"
    elif wrong:
        told = f"{' and '.join(map(repr, wrong.values()))} must each be {unit}; write one for each"
        yield ("split", "validation"), f"split.validation and split.test are of another kind: {told}"


def _over_time(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    rules, path = declaration.contract.over_time, ("contract", "over_time")
    if rules.fresh and not duration(rules.fresh.within):
        yield (
            (*path, "fresh", "within"),
            f"contract.over_time.fresh.within can't be kept: {rules.fresh.within!r} is no time; write such as '1 day'",
        )
    if rules.rows:
        yield from _usual(rules.rows)
    if declaration.partitions is not None:
        return
    for name in ("rows", "unique"):
        if getattr(rules, name):
            yield (
                (*path, name),
                f"contract.over_time.{name} has no effect: without partitions there is no period before; remove it",
            )
    if rules.fresh and rules.fresh.column is None:
        yield (
            (*path, "fresh"),
            "contract.over_time.fresh.column is missing: without partitions no column of time is known; name it",
        )


def _usual(rows: "RowsAsBefore") -> Iterator[tuple[KeyPath, str]]:
    """Yield limits that a period as usual would break, or none."""
    for name, limit, wrong in (
        ("at_least", rows.at_least, rows.at_least is not None and rows.at_least > 1),
        ("at_most", rows.at_most, rows.at_most is not None and rows.at_most < 1),
    ):
        if wrong:
            told = f"{limit:g} times the usual number, which is 1; write at {name.partition('_')[2]} that"
            yield (
                ("contract", "over_time", "rows", name),
                f"contract.over_time.rows.{name} refuses what is usual: {told}",
            )
    if rows.at_least == 0:
        told = "0 times the usual number is no row, and a period has some; raise it, or remove it"
        yield ("contract", "over_time", "rows", "at_least"), f"contract.over_time.rows.at_least has no effect: {told}"


def _windows(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    partitions, window, target = declaration.partitions, declaration.window, declaration.target
    if partitions is None:
        return
    if _outlive_window(declaration):
        yield (
            ("target", "matures_after"),
            (
                f"target.matures_after leaves no row: {target.matures_after!r} is no less than the window of "
                f"{window} periods of a {partitions.every}; make the window longer"
            ),
        )
    if target.matures_after is not None and not duration(target.matures_after):
        yield (
            ("target", "matures_after"),
            f"target.matures_after has no effect: {target.matures_after!r} is no time; make it longer, or remove it",
        )
    count = _count(partitions)
    if count > MOST_PERIODS:
        yield (
            ("partitions", "start"),
            (
                f"partitions.start is absurd: about {count:,} periods of a {partitions.every} since "
                f"{partitions.start!r} are more than {MOST_PERIODS:,}; begin later, or take longer periods"
            ),
        )


def _outlive_window(declaration: "Declaration") -> bool:
    """Whether labels mature only when their rows have left the window."""
    partitions, window, age = declaration.partitions, declaration.window, declaration.target.matures_after
    if partitions is None or window is None or age is None:
        return False
    return duration(age) >= LENGTHS[partitions.every] * window


def _labels(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    """Labels that are not to be learned from yet are not to be judged by either."""
    matures_after, labels_after = declaration.target.matures_after, declaration.monitor.labels_after
    if declaration.partitions is None or matures_after is None or labels_after is None or _outlive_window(declaration):
        return
    if duration(labels_after) < duration(matures_after):
        yield (
            ("monitor", "labels_after"),
            (
                f"monitor.labels_after is too short: {labels_after!r} after its end a period's newest rows are younger "
                f"than target.matures_after, {matures_after!r}; make it at least that"
            ),
        )


def _count(partitions: "Partitions") -> int:
    last = partitions.period(partitions.end).end if partitions.end else datetime.now(UTC)
    return (last - partitions.period(partitions.start).start) // LENGTHS[partitions.every]


def _schedule(declaration: "Declaration") -> Iterator[tuple[KeyPath, str]]:
    partitions, retrain = declaration.partitions, declaration.retrain
    if retrain is None:
        return
    if partitions is None:
        if "catch_up" in retrain.model_fields_set:
            yield (
                ("retrain", "catch_up"),
                f"retrain.catch_up has no effect: {retrain.catch_up} periods, no partitions; remove it",
            )
    elif finer_than(retrain.schedule, partitions.every):
        yield (
            ("retrain", "schedule"),
            (
                f"retrain.schedule is finer than the partitions: '{retrain.schedule}' is due more than once a "
                f"{partitions.every}, in which nothing new is complete; make it due once, or take shorter periods"
            ),
        )


RULES: tuple[tuple[Callable[["Declaration"], Iterator[tuple[KeyPath, str]]], str], ...] = (
    (_periods, "partitions? partitions.every partitions.start partitions.end window split target.matures_after"),
    (_split, "partitions? partitions.column split"),
    (_over_time, "partitions? contract.over_time"),
    (_windows, "partitions.every partitions.start partitions.end window target.matures_after"),
    (_labels, "partitions? partitions.every window target.matures_after monitor.labels_after"),
    (_schedule, "partitions? partitions.every retrain"),
)
