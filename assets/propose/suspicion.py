"""Columns that may give the target away, or that no model should learn from, each with the figure behind it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.propose.look import Look, Seen, instants_of
from assets.propose.names import AFTERWARDS, BEFORE, words
from assets.propose.target import Choice, numbers
from assets.propose.text_numbers import unread_number
from assets.propose.types import epoch_unit, is_identifier, is_text, is_vast, may_be_learned, mean_length
from data_checks.floats import as_floats
from data_checks.lone_predictors import lone_predictors
from data_checks.row_hashes import value_codes

NEAR_AUC, NEAR_R2 = 0.95, 0.95
PURE_SHARE, COMMON_SHARE, ROWS_SHARE = 0.99, 0.9, 0.01
EXACT_R2 = 0.9999
MOST_PARTS = 4
MOST_CATEGORIES = 1000
MOSTLY_MISSING = 0.9
_MOST_ROWS = 20_000
_UNNAMED = re.compile("Unnamed: [0-9]+")
_GENERIC = frozenset({"median", "average", "number", "amount", "monthly", "yearly", "annual", "weekly", "percent"})


@dataclass(frozen=True)
class Suspicion:
    """One thing to look at.

    Attributes:
        column: which column.
        why: what is suspicious, with its figure, as a phrase that fits after the column's name.
        never: whether the column is kept from the model until somebody decides otherwise.
    """

    column: str
    why: str
    never: bool


def suspicions(look: Look, choice: Choice, *, event_time: str | None) -> tuple[Suspicion, ...]:
    """Look at every column but the target; the first reason to keep a column from the model is the one told.

    Args:
        look: what the table holds.
        choice: the target.
        event_time: the column that says when a row happened; None if there is none.
    """
    target = numbers(look, choice)
    names = [name for name in look.columns if name != choice.column]
    found = [
        *_useless(look, names),
        *_later(look, names, event_time),
        *_powers(look, names, choice, target),
        *_parts(look, names, choice, target),
        *_pure(look, names, choice, target),
        *_named(names, choice),
    ]
    told: dict[str, Suspicion] = {}
    for one in found:
        if one.column not in told or (one.never and not told[one.column].never):
            told[one.column] = one
    return tuple(told.values())


def _useless(look: Look, names: list[str]) -> Iterator[Suspicion]:
    for name in names:
        seen = look.columns[name]
        why = _no_feature(seen) or _no_quantity(name, look) or _too_many(name, look)
        if why:
            yield Suspicion(name, why, never=True)
        elif seen.null_share > MOSTLY_MISSING:
            yield Suspicion(name, f"is missing in {_percent(seen.null_share)} of the rows", never=False)


def _no_feature(seen: Seen) -> str | None:
    if seen.nulls == seen.rows:
        return "holds no value at all"
    if seen.constant:
        return f"is always {next(iter(seen.values or ()))!r}"
    return None if may_be_learned(seen.type) else f"holds {seen.type}, of which no feature is made"


def _no_quantity(name: str, look: Look) -> str | None:
    seen = look.columns[name]
    if _UNNAMED.fullmatch(name) and pa.types.is_integer(seen.type):
        return "is called as pandas calls a column without a name: most likely the index that a frame was written with"
    if unit := epoch_unit(seen):
        return f"counts {unit} since 1970, of which a model would learn the trend: derive a time"
    if is_vast(seen):
        return f"holds whole numbers beyond 2^53, up to {seen.high:.4g}, as identifiers do and quantities do not"
    written = unread_number(name, look)
    return written and f"{written}, and is read as text: mend it at its origin, or derive a column"


def _too_many(name: str, look: Look) -> str | None:
    seen = look.columns[name]
    if pa.types.is_string(seen.type) and is_text(seen, look):
        return f"is free text of {mean_length(name, look):.0f} characters on average, and most rows say something else"
    if is_identifier(name, look):
        return "is an identifier and names one row each"
    if pa.types.is_string(seen.type) and not seen.hours and look.distinct(name) > MOST_CATEGORIES:
        return f"has {look.distinct(name):,} different values, too many to learn from"
    return None


def _later(look: Look, names: list[str], event_time: str | None) -> Iterator[Suspicion]:
    """Times after the event: they are written when the row's story is over."""
    times = [name for name in names if look.columns[name].hours and name != event_time]
    if event_time is None or event_time not in look.sample.column_names:
        for name in times:
            if AFTERWARDS & set(words(name)):
                yield Suspicion(name, "is a time that its name places after the event", never=True)
        return
    event = _instants(look.sample[event_time])
    for name in times:
        later = pc.greater(_instants(look.sample[name]), event).drop_null()
        share = float(pc.mean(pc.cast(later, pa.float64())).as_py() or 0.0)
        if share > 0.01:
            yield Suspicion(
                name, f"is later than {event_time} in {_percent(share)} of the rows that have both", never=True
            )


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    instants = instants_of(column)
    return (
        pa.chunked_array([pa.nulls(len(column), pa.timestamp("us"))])
        if instants is None
        else instants.cast("timestamp[us]")
    )


def _powers(look: Look, names: list[str], choice: Choice, target: np.ndarray) -> Iterator[Suspicion]:
    shown = [n for n in names if not pa.types.is_nested(look.columns[n].type) and not look.columns[n].constant]
    parts = np.where(np.random.default_rng(0).random(len(target)) < 0.7, "train", "validation").astype(object)
    measure, near = ("R²", NEAR_R2) if choice.task == "regression" else ("ROC AUC", NEAR_AUC)
    for name, power in lone_predictors(look.sample.select(shown), target, parts, task=choice.task).items():
        reached = min(power.train, power.validation)
        said = f"alone predicts {choice.column}"
        if power.suspect:
            yield Suspicion(name, f"{said} almost perfectly ({measure} {reached:.4f})", never=True)
        elif reached > near:
            yield Suspicion(
                name,
                f"{said} very well ({measure} {reached:.4f}): is it known in time?",
                never=False,
            )


def _parts(look: Look, names: list[str], choice: Choice, target: np.ndarray) -> Iterator[Suspicion]:
    """A few numbers that add up to the target: found by adding the most telling one at a time (least squares)."""
    if choice.task != "regression":
        return
    known = np.flatnonzero(np.isfinite(target))[:_MOST_ROWS]
    numeric = [name for name in names if look.columns[name].low is not None]
    columns = {name: values for name in numeric if (values := _centred(look, name, known)) is not None}
    truth = target[known] - target[known].mean()
    chosen: list[str] = []
    for _ in range(min(MOST_PARTS, len(columns))):
        rest = {n: _explained([columns[c] for c in (*chosen, n)], truth) for n in columns if n not in chosen}
        best = max(rest, key=lambda name: rest[name])
        chosen.append(best)
        if rest[best] > EXACT_R2:
            break
    else:
        return
    if len(chosen) > 1:
        for name in chosen:
            others = " and ".join(other for other in chosen if other != name)
            yield Suspicion(
                name, f"gives {choice.column} almost exactly together with {others} (R² above {EXACT_R2})", never=True
            )


def _centred(look: Look, name: str, rows: np.ndarray) -> np.ndarray | None:
    values = np.asarray(as_floats(look.sample[name]).to_numpy(), np.float64)[rows]
    if not np.isfinite(values).all() or np.ptp(values) == 0:
        return None
    centred: np.ndarray = (values - values.mean()) / values.std()
    return centred


def _explained(columns: list[np.ndarray], truth: np.ndarray) -> float:
    matrix = np.stack(columns, axis=1)  # (N, columns)
    weights = np.linalg.lstsq(matrix, truth, rcond=None)[0]
    return 1.0 - float(((truth - matrix @ weights) ** 2).sum() / (truth**2).sum())


def _pure(look: Look, names: list[str], choice: Choice, target: np.ndarray) -> Iterator[Suspicion]:
    """Values whose rows are almost all of one class, which is not the common one."""
    if choice.task != "binary":
        return
    known = target >= 0
    shares = {label: float((target[known] == code).mean()) for code, label in enumerate(choice.labels.classes)}
    for name in names:
        if look.columns[name].values is None or look.columns[name].constant or look.columns[name].hours:
            continue
        codes, firsts = np.unique(value_codes(look.sample[name]), return_index=True)
        of_rows = value_codes(look.sample[name])
        for value_code, first in zip(codes, firsts, strict=True):
            mine = known & (of_rows == value_code)
            if value_code < 0 or mine.sum() < max(50, ROWS_SHARE * known.sum()):
                continue
            value = look.sample[name][int(first)].as_py()
            for code, label in enumerate(choice.labels.classes):
                share = float((target[mine] == code).mean())
                if share >= PURE_SHARE and shares[label] <= COMMON_SHARE:
                    said = f"says {value!r} in {int(mine.sum()):,} rows looked at"
                    have = f"{_percent(share)} of these have {choice.column} {label!r}"
                    yield Suspicion(name, f"{said}: {have}, of all {_percent(shares[label])}", never=True)


def _named(names: list[str], choice: Choice) -> Iterator[Suspicion]:
    """Names that speak of the end of the story, or of the target itself."""
    own = {word[:6]: word for word in words(choice.column) if len(word) > 5 and word not in _GENERIC}
    for name in names:
        if BEFORE & set(words(name)):
            continue
        shared = [own[word[:6]] for word in words(name) if word[:6] in own]
        after = sorted(AFTERWARDS & set(words(name)))
        if after:
            yield Suspicion(name, f"is called '{after[0]}': is it written after the event?", never=False)
        elif shared:
            yield Suspicion(name, f"is called like the target ('{shared[0]}'): was it known before?", never=False)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
