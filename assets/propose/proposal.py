"""Everything that a table suggests for its declaration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from assets.data.period import Partitions
from assets.data.preprocess import Type
from assets.propose import ProposeError
from assets.propose.contract import REFERENCE
from assets.propose.look import Look, instants_of
from assets.propose.periods import Periods, event_time, periods_of, untimely
from assets.propose.pieces import Pieces
from assets.propose.suspicion import Suspicion, suspicions
from assets.propose.target import Choice, choose, numbers
from assets.propose.types import Kind, is_group, is_key, kind_of, types_of
from data_checks.metric_names import Task
from data_checks.verdict import Json

LEAST_ROWS, LEAST_OF_A_CLASS, FEW_OF_A_CLASS = 20, 10, 50


@dataclass(frozen=True)
class Proposal:
    """What a declaration is written from.

    Attributes:
        look: what the table holds; its sample has the derived date too.
        types: type of each column that the contract can name.
        choice: what is predicted.
        suspicions: what to look at, with the columns to keep from the model.
        time: the event-time column, of the source or derived; None if there is none.
        periods: the periods of the event time, if there are enough.
        pieces: the columns from which the date is derived, if it is.
        group: the column whose rows belong together, if the rows are not divided by time.
        key: the column that names each row, if the rows are divided by neither.
        untimely: columns that might be the time of a row and are not, each with the reason; empty if there is one.
    """

    look: Look
    types: Mapping[str, Type]
    choice: Choice
    suspicions: tuple[Suspicion, ...]
    time: str | None
    periods: Periods | None
    pieces: Pieces | None
    group: str | None
    key: str | None
    untimely: tuple[str, ...]

    @property
    def known(self) -> np.ndarray:
        """(N,) 0/1, class codes or numbers of the target in the sample, where it has a value."""
        found = numbers(self.look, self.choice)
        is_known = np.isfinite(found) if self.choice.task == "regression" else found >= 0
        return np.asarray(found[is_known])

    @property
    def tested(self) -> int:
        """About how many rows with an answer a test part has: the newest period's, or a fifth of all."""
        return self._answered(self.periods.counts[-1] if self.periods else 0.2 * self.look.rows)

    @property
    def learned(self) -> int:
        """About how many rows with an answer are trained on."""
        return self._answered(
            sum(self.periods.counts[-self.periods.window : -2]) if self.periods else 0.6 * self.look.rows
        )

    @property
    def rare(self) -> tuple[Json, int] | None:
        """The rarest class and its rows, if they are so few that a part could have next to none by chance."""
        values = self.look.columns[self.choice.column].values
        if self.choice.task == "regression" or not values:
            return None
        value, rows = min(values.items(), key=lambda pair: pair[1])
        return (value, rows) if rows < FEW_OF_A_CLASS else None

    def _answered(self, rows: float) -> int:
        seen = self.look.columns[self.choice.column]
        return max(1, round(rows * (1 - (seen.nulls + seen.infinite) / seen.rows)))

    @property
    def never(self) -> dict[str, str]:
        """Columns to keep from the model, each with the reason."""
        return {one.column: one.why for one in self.suspicions if one.never}

    @property
    def barred(self) -> list[str]:
        """Columns besides the target that are not learned from."""
        features = {name for names in self.features().values() for name in names}
        return [name for name in self.look.columns if name != self.choice.column and name not in features]

    def features(self) -> dict[Kind, list[str]]:
        """The columns to learn from, by kind; a date in pieces is learned from once."""
        barred = {self.choice.column, *self.never, *(self.pieces.columns if self.pieces else ())}
        barred |= {self.group} if self.group else set()
        found: dict[Kind, list[str]] = {"number": [], "category": [], "time": []}
        for name, column in self.types.items():
            kind = kind_of(column)
            if kind is not None and name not in barred:
                found[kind].append(name)
        if self.pieces:
            found["time"].append(self.pieces.date)
        return {kind: names for kind, names in found.items() if names}


def propose(look: Look, *, target: str | None, now: datetime, task: Task | None = None) -> Proposal:
    """Judge what was seen of a table.

    Args:
        look: what it holds.
        target: the column that the user named, or None.
        now: to tell whether the table still grows.
        task: that the user named, or None.

    Raises:
        ProposeError: there are too few rows, or nothing can be predicted from it as asked.
    """
    _check_table(look)
    types = types_of(look)
    pieces, time = None, event_time(look)
    if time is None and look.pieces is not None:
        pieces = look.pieces[0]
        time = pieces.date
        dates = pieces.dates(look.sample)
        if dates is not None:
            look = replace(look, sample=look.sample.append_column(time, dates))
    choice = choose(look, types, named=target, task=task)
    _check_choice(look, choice)
    hours = look.pieces[1] if pieces and look.pieces else look.columns[time].hours if time else None
    periods = periods_of(hours, now=now) if hours else None
    if periods and time:
        _check_newest(look, choice, time, periods)
    found = suspicions(look, choice, event_time=time)
    never = {one.column for one in found if one.never}
    groups = [name for name in types if name not in never and name != choice.column and is_group(name, look)]
    group = groups[0] if groups and time is None else None
    keys = [name for name in types if name != choice.column and is_key(name, look)]
    key = keys[0] if keys and time is None and group is None else None
    return Proposal(look, types, choice, found, time, periods, pieces, group, key, () if time else untimely(look))


def _check_table(look: Look) -> None:
    if look.rows < LEAST_ROWS:
        raise ProposeError(
            f"--source holds too few rows: {look.rows} cannot be divided into those that train, validate and test; "
            f"give {LEAST_ROWS} or more"
        )
    if referring := [name for name in look.columns if REFERENCE in name]:
        raise ProposeError(
            f"--source has a column that no declaration can name: {referring[0]!r} holds {REFERENCE}, which begins a "
            "reference to a variable there; rename it"
        )


def _check_choice(look: Look, choice: Choice) -> None:
    seen = look.columns[choice.column]
    rows, least, said = seen.rows - seen.nulls - seen.infinite, LEAST_ROWS, "has a value"
    if choice.task == "binary" and seen.values and rows >= least:
        rows, value = min((many, str(value)) for value, many in seen.values.items())
        least, said = LEAST_OF_A_CLASS, f"is {value!r}"
    if rows < least:
        raise ProposeError(
            f"--target cannot be predicted: {choice.column!r} {said} in {rows:,} of {seen.rows:,} rows, {least} are "
            "needed to train, validate and test; give more rows, or name another column"
        )


def _check_newest(look: Look, choice: Choice, time: str, periods: Periods) -> None:
    """Refuse a target of two classes of which the newest periods, which validate and test, hold one."""
    times = instants_of(look.sample[time])
    if choice.task != "binary" or not look.whole or times is None:
        return
    scale = Partitions(every=periods.every, column=time, start=periods.first)
    instants = np.asarray(times.cast("int64").to_numpy())
    classes = numbers(look, choice)
    for period in scale.between(periods.first, periods.last)[-2:]:
        start, end = (int(bound.timestamp() * 1e6) for bound in (period.start, period.end))
        held = set(classes[(instants >= start) & (instants < end)].tolist()) - {-1.0}
        if len(held) < 2:
            raise ProposeError(
                f"--target cannot be judged: {choice.column!r} has {len(held)} of its 2 classes in {period.key}, one "
                f"of the two newest {periods.every}s, which validate and test; leave out rows whose answer is not known"
            )
