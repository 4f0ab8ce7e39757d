"""Columns whose type does not do, or that have no place where they are named."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from assets.data.event_time import duration
from assets.declare.columns import Columns, Kind
from assets.declare.unknown_columns import OURS, may_be_derived
from assets.declare.value_conflicts import incomparable
from assets.declare.yaml_text import KeyPath
from data_checks.metric_names import METRICS

if TYPE_CHECKING:
    from assets.data.preprocess import Type
    from assets.declaration import Declaration

Conflicts = Iterator[tuple[KeyPath, str]]
KINDS: Mapping["Type", Kind] = {
    "integer": "integer", "number": "number", "boolean": "boolean", "category": "text", "text": "text",
    "date": "time", "timestamp": "time",
}  # fmt: skip
FEATURES: Mapping[str, frozenset[Kind]] = {
    "number": frozenset({"integer", "number", "boolean"}),
    "time": frozenset({"time"}),
}
CLASSES: frozenset[Kind] = frozenset({"boolean", "text"})


def _kind(declaration: "Declaration", columns: Columns, name: str) -> Kind | None:
    promised = declaration.contract.columns.get(name)
    return KINDS[promised.type] if promised else columns.source.get(name)


def _times(declaration: "Declaration", columns: Columns) -> Conflicts:
    places: list[tuple[tuple[str, ...], str | None]] = [(("target", "known_at"), declaration.target.known_at)]
    if declaration.partitions:
        places.append((("partitions", "column"), declaration.partitions.column))
    if declaration.split and declaration.split.by == "time":
        places.append((("split", "column"), declaration.split.column))
    fresh = declaration.contract.over_time.fresh
    if fresh:
        places.append((("contract", "over_time", "fresh", "column"), fresh.column))
    for path, name in {name: (path, name) for path, name in reversed(places)}.values():
        kind = _kind(declaration, columns, name) if name else None
        promised = declaration.contract.columns.get(name) if name else None
        holds = "category" if promised and promised.type == "category" else kind
        if holds not in {None, "time", "text"}:
            yield path, f"{'.'.join(path)} is no time: '{name}' holds {holds} values; name a column of dates or times"
    column = fresh and (fresh.column or (declaration.partitions.column if declaration.partitions else None))
    dated = declaration.contract.columns.get(column) if column else None
    if fresh and dated and dated.type == "date" and timedelta() < duration(fresh.within) < timedelta(days=1):
        told = f"{fresh.within!r}, and '{column}' holds dates, of which the last is a day old at the end; write '1 day'"
        yield ("contract", "over_time", "fresh", "within"), f"contract.over_time.fresh.within can't be kept: {told}"


def _task(declaration: "Declaration", columns: Columns) -> Conflicts:
    target = declaration.target
    kind = _kind(declaration, columns, target.column)
    if kind == "time":
        yield ("target", "column"), f"target.column can't be learned: '{target.column}' holds times; derive a number"
    if target.task == "regression" and kind in CLASSES:
        yield (
            ("target", "task"),
            (
                f"target.task does not fit the column: '{target.column}' holds {kind} values, regression needs "
                "numbers; remove it, or take another column"
            ),
        )
    if target.task == "multiclass" and kind == "number":
        yield (
            ("target", "task"),
            (
                f"target.task does not fit the column: '{target.column}' holds numbers with fractions, which are no "
                "classes; write regression, or give the column another type in the contract"
            ),
        )


def _positive(declaration: "Declaration", columns: Columns) -> Conflicts:
    target = declaration.target
    kind, positive = _kind(declaration, columns, target.column), target.positive
    if positive is None or kind is None or isinstance(positive, str) is (kind in {"text", "time"}):
        return
    yield (
        ("target", "positive"),
        (
            f"target.positive is of another kind: {positive!r} is none of '{target.column}', which holds {kind}"
            " values; " + ("put it in quotes" if kind == "text" else "take the quotes off, or mend the value")
        ),
    )


def _kept(declaration: "Declaration", columns: Columns) -> Conflicts:
    """Yield what can't stand beside predictions: rows are scored as they came, without derived columns."""
    keep = declaration.predict.keep
    for place, name in enumerate(keep):
        if name in keep[:place]:
            yield (
                ("predict", "keep", place),
                f"predict.keep names a column twice: '{name}' stands there before; remove it",
            )
            continue
        is_known = declaration.predict.source is None and columns.seen is not None
        if is_known and name not in {*columns.source, *OURS} and may_be_derived(name, columns):
            told = f"'{name}' is none of {columns.seen!r}; name columns that it is derived from"
            yield ("predict", "keep", place), f"predict.keep names a column that is derived: {told}"


def _metrics(declaration: "Declaration", columns: Columns) -> Conflicts:
    target = declaration.target
    if target.task is not None or _kind(declaration, columns, target.column) not in CLASSES:
        return
    fitting = ", ".join(name for name, metric in METRICS.items() if metric.tasks != ("regression",))
    for place, name in enumerate(declaration.evaluate.metrics or ()):
        if isinstance(name, str) and METRICS[name].tasks == ("regression",):
            yield (
                ("evaluate", "metrics", place),
                (
                    f"evaluate.metrics does not fit the target: '{name}' is a metric of numbers, and '{target.column}' "
                    f"holds classes; choose from {fitting}"
                ),
            )


def _strata(declaration: "Declaration", columns: Columns) -> Conflicts:
    split, target = declaration.split, declaration.target
    if split is None or split.column is None:
        return
    is_target = split.column == target.column
    kind = _kind(declaration, columns, split.column)
    # 0.0 and 1.0 are two values as 0 and 1 are: how integers with missing ones are often stored
    many = kind == "time" or (kind == "number" and not (is_target and target.task == "binary"))
    if is_target and (split.by in {"group", "key"} or (split.by is None and declaration.partitions is None)):
        better = "" if target.task == "regression" or many else "by=stratum, or "
        told = f"of '{split.column}' each value would be in one part; take {better}another column"
        yield ("split", "column"), f"split.column groups by the target: {told}"
    elif split.by == "stratum" and (many or (is_target and target.task == "regression")):
        yield (
            ("split", "column"),
            (
                f"split.column has no strata: '{split.column}' holds {'times' if kind == 'time' else 'numbers'}, "
                "and equal shares need a few values; take by=key, or a column of classes"
            ),
        )


def _compared(declaration: "Declaration", columns: Columns) -> Conflicts:
    yield from incomparable(declaration, lambda name: _kind(declaration, columns, name))


def _features(declaration: "Declaration", columns: Columns) -> Conflicts:
    for setting, fitting in FEATURES.items():
        for place, name in enumerate(getattr(declaration.features, setting) or ()):
            kind = _kind(declaration, columns, name)
            if kind is not None and kind not in fitting and name != declaration.target.column:
                better = "time" if kind == "time" else "category" if kind == "text" else "number"
                yield (
                    ("features", setting, place),
                    (
                        f"features.{setting} names a column of another type: '{name}' holds {kind} values; list it "
                        f"under features.{better}, or give it another type in contract.columns"
                    ),
                )


RULES: tuple[tuple[Callable[["Declaration", Columns], Conflicts], str], ...] = (
    (_times, "target partitions split contract.over_time contract.columns"),
    (_task, "target"),
    (_positive, "target"),
    (_kept, "predict"),
    (_metrics, "target evaluate.metrics"),
    (_strata, "target split"),
    (_features, "features"),
    (_compared, "contract.columns contract.expectations"),
)
