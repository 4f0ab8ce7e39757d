"""Which column is to be predicted: the one that was named, or the likeliest by its name and place."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from assets.data.preprocess import Type
from assets.data.target import Labels, Target, TargetError, infer
from assets.propose import ProposeError
from assets.propose.look import MOST_VALUES, Look, Seen
from assets.propose.names import BEFORE, words
from assets.propose.text_numbers import unread_number
from assets.propose.types import is_group, is_identifier, is_vast
from data_checks.metric_names import Task

_MOST_CLASSES = 100
_MOST_MISSING = 0.01
_CLASSES = frozenset({"class", "label", "category", "species", "type", "kind"})
_SAID: Mapping[int, frozenset[str]] = {
    100: frozenset({"target", "label", "outcome", "y", "class", "response"}),
    60: frozenset(
        {
            "churn", "churned", "default", "defaulted", "fraud", "fraudulent", "cancelled", "canceled", "survived",
            "converted", "conversion", "clicked", "click", "purchased", "bought", "attrition", "diagnosis",
            "readmitted", "exited", "subscribed", "approved", "failure", "failed", "returned",
        }
    ),
    40: frozenset({"price", "value", "sales", "revenue", "demand", "cost", "quality", "rating", "consumption", "cnt"}),
}  # fmt: skip
_LAST, _TWO_VALUES, _ASKS = 15, 20, 10
_FEWEST_CODES, _MOST_CODES, _LEAST_SHARE = 3, 10, 0.01
_YES = frozenset({"yes", "y", "true", "t", "1", "ja", "oui", "si", "sí", "sim", "tak"})
_YES_OR_NO = frozenset({"is", "has", "was", "will", "did"})


@dataclass(frozen=True)
class Choice:
    """What is to be predicted.

    Attributes:
        column: its name.
        task: binary, multiclass or regression.
        labels: task and classes of the sample.
        why: why this column, in words; empty where it was named.
        others: the next likeliest, each with the reason.
    """

    column: str
    task: Task
    labels: Labels
    why: str = ""
    others: tuple[tuple[str, str], ...] = ()
    coded: bool = False
    """Whether whole numbers were taken for classes."""


def choose(look: Look, types: Mapping[str, Type], *, named: str | None, task: Task | None = None) -> Choice:
    """Choose the target.

    Without a name: among columns that can be one (no identifier, constant, time or free text, at most 1 % missing,
    text of at most 100 classes), words of its name count 100 (`target`, `label`), 60 (`churn`, `canceled`) or 40
    (`price`, `value`); a column so named gets 20 more for two values and 10 for `is`, `has` or `was`, and nothing at
    all if it speaks of what happened before (`previous`). The last column gets 15. The most points win, and ties go
    to the later column.

    Whole numbers are taken for classes if the column's name says so, or if they are codes: three to ten values, 0, 1, 2
    and so on, each in 1 % of the rows or more. Counts have rare values, ratings seldom begin at 0.

    Args:
        look: what the table holds.
        types: type of each column.
        named: the column that the user named.
        task: that the user named.

    Raises:
        ProposeError: the column is not there or cannot be predicted, or no column stands out.
    """
    if named is not None:
        _check(named, look, types)
        labels = _labels(named, look, types, task)
        return Choice(named, labels.task, labels, coded=_is_coded(named, labels, types, task))
    unfit = {name: _unfit(name, look, types) for name in types}
    able = [name for name, why in unfit.items() if why is None]
    ranked = sorted(((_points(name, look), place, name) for place, name in enumerate(able)), reverse=True)
    likely = [(name, _why(name, look)) for points, _, name in ranked if points > 0]
    if not likely:
        barred = [f"{name} {why}" for name, why in unfit.items() if why and _points(name, look) > 0]
        but = f", and {'; '.join(barred)}" if barred else ""
        raise ProposeError(
            f"--target is needed: no column stands out by its name or place among {', '.join(look.columns)}{but}; name "
            "one that can be predicted"
        )
    (column, why), others = likely[0], likely[1:4]
    labels = _labels(column, look, types, task)
    coded = _is_coded(column, labels, types, task)
    return Choice(column, labels.task, labels, why, tuple(others), coded)


def numbers(look: Look, choice: Choice) -> np.ndarray:
    """(sample,) float64: 0/1, class codes or numbers of the target; NaN (or -1 for classes) where it is missing."""
    column = look.sample[choice.column]
    known = ~np.asarray(column.is_null(nan_is_null=True).to_numpy(), bool)
    if choice.task == "regression":
        known &= np.isfinite(np.asarray(column.cast("float64", safe=False).fill_null(np.nan).to_numpy(), np.float64))
    found = np.full(len(column), np.nan if choice.task == "regression" else -1.0)
    found[known] = choice.labels.encode(column.filter(known))
    return found


def _is_coded(name: str, labels: Labels, types: Mapping[str, Type], task: Task | None) -> bool:
    return task is None and labels.task == "multiclass" and types[name] == "integer"


def _holds_codes(seen: Seen) -> bool:
    values = seen.values or {}
    if not _FEWEST_CODES <= len(values) <= _MOST_CODES or set(values) != set(range(len(values))):
        return False
    return min(values.values()) >= _LEAST_SHARE * (seen.rows - seen.nulls)


def _labels(name: str, look: Look, types: Mapping[str, Type], task: Task | None) -> Labels:
    column = look.sample[name].drop_null()
    seen = look.columns[name]
    if seen.infinite:
        column = column.filter(np.isfinite(np.asarray(column.to_numpy(), np.float64)))
    said = bool(_CLASSES & set(words(name))) and len(seen.values or ()) > 2
    classes = types[name] == "integer" and (said or _holds_codes(seen))
    if types[name] == "category" and look.columns[name].values is None:
        raise ProposeError(
            f"--target cannot be predicted: {name!r} holds {look.distinct(name):,} different texts, at most "
            f"{MOST_VALUES} can be told apart; name another column or join its rare values"
        )
    try:
        found = infer(
            column,
            Target(
                column=name,
                task=task or ("multiclass" if classes else None),
                positive=_yes(seen) if task in {None, "binary"} else None,
            ),
        )
    except TargetError as error:
        told = str(error).replace("target.column", "--target").replace("target.task", "--task")
        raise ProposeError(told) from error
    return found


def _yes(seen: Seen) -> str | None:
    """Of two texts, the one that says yes."""
    said = [value for value in seen.values or () if isinstance(value, str) and value.strip().lower() in _YES]
    return said[0] if len(said) == 1 and len(seen.values or ()) == 2 else None


def _check(name: str, look: Look, types: Mapping[str, Type]) -> None:
    if name not in look.columns:
        near = get_close_matches(name, look.columns, n=1)
        raise ProposeError(
            f"--target is no column: {name!r} is not among {', '.join(look.columns)}; "
            + (f"did you mean {near[0]!r}?" if near else "name one of them")
        )
    seen = look.columns[name]
    if written := unread_number(name, look):
        raise ProposeError(
            f"--target cannot be predicted: {name!r} {written}, and is read as text; mend it at its origin"
        )
    if name not in types or types[name] in {"date", "timestamp", "text"}:
        held = "nothing" if seen.nulls == seen.rows else types.get(name, seen.type)
        raise ProposeError(
            f"--target cannot be predicted: {name!r} holds {held}, a target holds numbers, classes or yes and no; "
            "name another column"
        )


def _unfit(name: str, look: Look, types: Mapping[str, Type]) -> str | None:
    """Why a column is no candidate; None if it is one."""
    seen = look.columns[name]
    if seen.constant:
        return "holds one value"
    if seen.null_share > _MOST_MISSING:
        return f"is missing in {seen.nulls:,} of {seen.rows:,} rows"
    if is_vast(seen) or (written := unread_number(name, look)):
        return "holds whole numbers beyond 2^53" if is_vast(seen) else f"{written}, and is read as text"
    if types[name] in {"date", "timestamp", "text"}:
        return f"holds {types[name]}"
    if types[name] == "category" and len(seen.values or range(_MOST_CLASSES + 1)) > _MOST_CLASSES:
        return f"holds over {_MOST_CLASSES} texts"
    return "names the rows" if is_identifier(name, look) or is_group(name, look) else None


def _points(name: str, look: Look) -> int:
    own = set(words(name))
    said = 0 if own & BEFORE else next((points for points, known in _SAID.items() if known & own), 0)
    if said:
        said += _TWO_VALUES * (len(look.columns[name].values or ()) == 2) + _ASKS * bool(own & _YES_OR_NO)
    return said + (_LAST if name == list(look.columns)[-1] else 0)


def _why(name: str, look: Look) -> str:
    known: Collection[str] = frozenset().union(*_SAID.values())
    said = [word for word in words(name) if word in known and not BEFORE & set(words(name))]
    reasons = [f"its name says '{said[0]}'"] if said else []
    if name == list(look.columns)[-1]:
        reasons.append("it is the last column")
    return " and ".join(reasons)
