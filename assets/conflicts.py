"""Settings that are right by themselves and senseless together."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assets.model.candidate import Candidate, TuneError, check_space
from assets.yaml_text import KeyPath
from data_checks.metric_names import METRICS

if TYPE_CHECKING:
    from assets.declaration import Declaration

Conflict = tuple[KeyPath, str]
ASSET_KEY = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


def conflicts(declaration: "Declaration") -> tuple[Conflict, ...]:
    """Return every conflict, each with the key path of the setting to mend."""
    checks = (_keys, _periods, _over_time, _split, _columns, _metrics, _gates, _after, _tune)
    return tuple(conflict for check in checks for conflict in check(declaration))


def _keys(declaration: "Declaration") -> Iterator[Conflict]:
    """What Dagster refuses as a key would stop every pipeline from loading."""
    source = declaration.source
    keys: list[Conflict] = []
    if source.kind == "asset":
        keys = [(("source", "key"), source.key)]
    elif source.kind == "sql":
        keys = [(("source", "depends_on", place), key) for place, key in enumerate(source.depends_on)]
    for path, key in keys:
        if not ASSET_KEY.fullmatch(key):
            name = ".".join(str(part) for part in path)
            yield path, f"{name} is no asset: '{key}' must be names with / between them; write such as 'shop/orders'"


def _periods(declaration: "Declaration") -> Iterator[Conflict]:
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
    if declaration.window is None or (split and split.by not in {None, "time"}):
        return
    sizes = (split.validation, split.test) if split else (None, None)
    gap, purge = (span if isinstance(span, int) else 0 for span in ((split.gap, split.purge) if split else (0, 0)))
    held = sum(size if isinstance(size, int) else 1 for size in sizes) + gap + max(gap, purge)
    if held >= declaration.window:
        yield (
            ("window",),
            f"window is too short: {declaration.window} periods, split takes {held}; make it at least {held + 1}",
        )


def _over_time(declaration: "Declaration") -> Iterator[Conflict]:
    rules, path = declaration.contract.over_time, ("contract", "over_time")
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


def _split(declaration: "Declaration") -> Iterator[Conflict]:
    split, periodic = declaration.split, declaration.partitions is not None
    if split is None:
        return
    by_time = split.by == "time" or (split.by is None and periodic)
    if by_time and not periodic and split.column is None:
        yield ("split",), "split.column is missing: by=time needs a column without partitions; name it"
    counts = by_time and periodic
    for name in ("validation", "test"):
        size = getattr(split, name)
        fits = isinstance(size, int) if counts else isinstance(size, float) or (by_time and isinstance(size, str))
        if size is not None and not fits:
            unit = "a number of periods, such as 1" if counts else "a share, such as 0.2"
            yield ("split", name), f"split.{name} is of another kind: {size!r} must be {unit}; write one"
    for name in ("gap", "purge"):
        if getattr(split, name) and isinstance(getattr(split, name), int) and not periodic:
            yield (
                ("split", name),
                f"split.{name} counts periods: {getattr(split, name)} without partitions; write such as '7 days'",
            )


def _columns(declaration: "Declaration") -> Iterator[Conflict]:
    target, features = declaration.target, declaration.features
    for kind in ("number", "category", "time"):
        for place, name in enumerate(getattr(features, kind) or ()):
            if name == target.column:
                yield (
                    ("features", kind, place),
                    f"features.{kind} names the target: '{name}' is what is predicted; remove it",
                )
            elif name == target.known_at:
                yield (
                    ("features", kind, place),
                    f"features.{kind} names target.known_at: '{name}' is known with the target; remove it",
                )
    if target.column in features.never:
        yield (
            ("features", "never", target.column),
            f"features.never names the target: '{target.column}' is never a feature; remove it",
        )


def _metrics(declaration: "Declaration") -> Iterator[Conflict]:
    task = declaration.target.task
    for place, name in enumerate(declaration.evaluate.metrics or ()):
        if task is not None and isinstance(name, str) and task not in METRICS[name].tasks:
            yield (
                ("evaluate", "metrics", place),
                f"evaluate.metrics does not fit the task: '{name}' is not a metric of {task} targets; take another",
            )


def _gates(declaration: "Declaration") -> Iterator[Conflict]:
    metrics, slices = declaration.evaluate.metric_names, declaration.evaluate.slices
    for place, gate in enumerate(declaration.gates):
        if metrics is not None and gate.metric not in metrics:
            yield (
                ("gates", place, "metric"),
                f"gates.{place}.metric is not evaluated: '{gate.metric}' is not in evaluate.metrics; add it there",
            )
        if gate.slice is not None and gate.slice not in slices:
            yield (
                ("gates", place, "slice"),
                f"gates.{place}.slice is not evaluated: '{gate.slice}' is not in evaluate.slices; add it there",
            )


def _after(declaration: "Declaration") -> Iterator[Conflict]:
    source, periodic = declaration.predict.source, declaration.partitions is not None
    if source is not None and periodic:
        yield (
            ("predict", "source"),
            "predict.source has no place: with partitions each period's own rows are scored; remove it",
        )
    elif source is not None and source.kind == "asset":
        yield (
            ("predict", "source", "key"),
            f"predict.source can't be an asset: rows of '{source.key}' are not handed in; read its files or table",
        )
    if declaration.monitor.labels_after is not None and not periodic:
        yield (
            ("monitor", "labels_after"),
            "monitor.labels_after has no effect: without partitions no period is labelled later; remove it",
        )


def _tune(declaration: "Declaration") -> Iterator[Conflict]:
    if declaration.tune is None:
        return
    try:
        check_space(declaration.tune, Candidate(declaration.model, declaration.train))
    except TuneError as error:
        yield ("tune", "space"), str(error)
