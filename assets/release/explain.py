"""What a model leans on: how much worse its metric gets when one column no longer belongs to its row."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from assets.release.evaluation import ColumnImportance
from assets.release.metrics import value
from data_checks.metric_names import AnyMetric, higher_is_better


class ExplanationError(ValueError):
    """Rows or scores from which no importance can be told."""


def importance(
    score: Callable[[pa.Table], np.ndarray],
    rows: pa.Table,
    truth: np.ndarray,
    *,
    columns: Sequence[str],
    metric: AnyMetric,
    repeats: int,
    seed: int,
    max_rows: int,
) -> tuple[ColumnImportance, ...]:
    """Shuffle one column at a time among the rows and measure again.

    Columns that say the same thing hide each other: while one is shuffled the model reads the other.

    Source: Breiman, Random Forests, Machine Learning 45 (2001), section 10, on rows that training did not see.

    Args:
        score: rows to (N,) probability of the positive class, (N, K) probabilities or (N,) predictions; is called
            with `repeats` copies of the drawn rows at once.
        rows: N rows, not modified.
        truth: (N,) their encoded target.
        columns: to shuffle.
        metric: to measure.
        repeats: how often each column is shuffled.
        seed: of the drawn rows and of the shuffling; columns do not change each other's shuffling.
        max_rows: how many rows are drawn at most.

    Returns:
        Each column's loss, positive where the model needs it, the largest first; none at all where the metric is
        undefined on the drawn rows, as with one class.

    Raises:
        ExplanationError: a column is not there, or a score is not finite.
    """
    _check_columns(columns, rows)
    drawn = _drawn(len(truth), max_rows=max_rows, seed=seed)
    sample, target = rows.take(drawn), np.asarray(truth)[drawn]
    whole = value(metric, target, _finite(score(sample), "as they are"))
    if not np.isfinite(whole):
        return ()
    found = []
    for number, name in enumerate(columns):
        shuffled = _shuffled(sample, name, repeats=repeats, random=np.random.default_rng((seed, number)))
        scores = _finite(score(shuffled), f"with '{name}' shuffled")
        found.append(_loss(name, metric, whole, [value(metric, target, part) for part in np.split(scores, repeats)]))
    return tuple(sorted(found, key=lambda each: -each["value"]))


def _loss(column: str, metric: AnyMetric, whole: float, shuffled: Sequence[float]) -> ColumnImportance:
    losses = (whole - np.array(shuffled)) * (1 if higher_is_better(metric) else -1)
    return {"column": column, "value": float(losses.mean()) + 0.0, "deviation": float(losses.std())}


def _check_columns(columns: Sequence[str], rows: pa.Table) -> None:
    if absent := [name for name in columns if name not in rows.column_names]:
        raise ExplanationError(
            f"evaluate.importance names columns that are not there: {absent} not in {rows.column_names}; "
            "hand over the rows that the model scores"
        )


def _drawn(rows: int, *, max_rows: int, seed: int) -> np.ndarray:
    if rows <= max_rows:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, max_rows, replace=False))


def _shuffled(sample: pa.Table, column: str, *, repeats: int, random: np.random.Generator) -> pa.Table:
    order = np.concatenate([random.permutation(sample.num_rows) for _ in range(repeats)])
    place = sample.column_names.index(column)
    return pa.concat_tables([sample] * repeats).set_column(place, sample.field(place), sample[column].take(order))


def _finite(scores: np.ndarray, when: str) -> np.ndarray:
    if broken := int((~np.isfinite(scores)).sum()):
        raise ExplanationError(
            f"evaluate.importance got scores that are not finite: {broken} of {scores.size} for the rows {when} "
            "must be none; shuffle the columns that the features read, not those they are derived from"
        )
    return np.asarray(scores, dtype=np.float64)
