"""Metrics, slices, gates and searches that do not fit the task or each other."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from assets.declare.faults import closest
from assets.declare.yaml_text import KeyPath
from assets.release.evaluate import DEFAULT_METRICS
from data_checks.gates import Gate
from data_checks.metric_names import METRICS, Task

if TYPE_CHECKING:
    from assets.declaration import Declaration

Conflicts = Iterator[tuple[KeyPath, str]]
# least and greatest value that a metric can have
RANGES: dict[str, tuple[float, float]] = {
    "quadratic_kappa": (-1.0, 1.0),
    "r2": (float("-inf"), 1.0),
    **dict.fromkeys(("log_loss", "mae", "rmse", "mape", "median_absolute_error"), (0.0, float("inf"))),
}
# what training measures on the validation rows beside the loss
SEARCHED: dict[Task, str] = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "rmse"}


def _metrics(declaration: "Declaration") -> Conflicts:
    task = declaration.target.task
    for place, name in enumerate(declaration.evaluate.metrics or ()):
        if task is not None and isinstance(name, str) and task not in METRICS[name].tasks:
            yield (
                ("evaluate", "metrics", place),
                f"evaluate.metrics {not_of(task, name)}",
            )
    if task is None:
        yield from _of_no_task(declaration)


def not_of(task: Task, name: str) -> str:
    """Return what is wrong with a metric that targets of a task can't have."""
    fitting = ", ".join(other for other, metric in METRICS.items() if task in metric.tasks)
    return f"does not fit the task: '{name}' is not a metric of {task} targets; choose from {fitting}"


def _of_no_task(declaration: "Declaration") -> Conflicts:
    """Yield the first metric that no target could have beside those before it."""
    before: dict[str, frozenset[str]] = {}
    for place, name in enumerate(declaration.evaluate.metrics or ()):
        if not isinstance(name, str):
            continue
        tasks = frozenset(METRICS[name].tasks)
        clash = next((other for other, theirs in before.items() if not tasks & theirs), None)
        if clash:
            yield (
                ("evaluate", "metrics", place),
                (
                    f"evaluate.metrics does not fit itself: '{name}' and '{clash}' are metrics of different targets; "
                    "take one of them out"
                ),
            )
            return
        before[name] = tasks


def _searched(declaration: "Declaration") -> Conflicts:
    task, tune = declaration.target.task, declaration.tune
    if tune is None:
        return
    if task is not None and tune.metric not in {"loss", SEARCHED[task]}:
        setting = "maximize" if tune.maximize else "minimize"
        yield (
            ("tune", setting),
            (
                f"tune.{setting} does not fit the task: '{tune.metric}' is not measured in training of {task} targets; "
                + ("minimize rmse or loss" if task == "regression" else f"maximize {SEARCHED[task]}, or minimize loss")
            ),
        )
    if tune.trials == 1:
        yield (
            ("tune", "trials"),
            "tune.trials searches nothing: 1, and the first has the settings as declared; raise it",
        )


def _slices(declaration: "Declaration") -> Conflicts:
    for place, name in enumerate(declaration.evaluate.slices):
        if name == declaration.target.column:
            yield (
                ("evaluate", "slices", place),
                f"evaluate.slices names the target: of '{name}' each slice would hold one class or span; remove it",
            )
        elif name in declaration.contract.sensitive:
            yield (
                ("evaluate", "slices", place),
                (
                    f"evaluate.slices names a sensitive column: the slices of '{name}' are called by its values, in "
                    "the evaluation, the plots and the model card; remove it, or slice by a coarser column that "
                    "derive makes of it"
                ),
            )


def _gated_metrics(declaration: "Declaration") -> Conflicts:
    task = declaration.target.task
    metrics = declaration.evaluate.metric_names or (DEFAULT_METRICS[task] if task else None)
    told: set[str] = set()
    for place, gate in enumerate(declaration.gates):
        if metrics is not None and gate.metric not in {*metrics, *told} and not _is_of_another(task, gate):
            told.add(gate.metric)
            where = "evaluate.metrics" if declaration.evaluate.metrics else f"the usual metrics of {task} targets"
            yield (
                ("gates", place, "metric"),
                f"gates.{place}.metric is not evaluated: '{gate.metric}' is not in {where}; add it",
            )


def _gated_tasks(declaration: "Declaration") -> Conflicts:
    task = declaration.target.task
    for place, gate in enumerate(declaration.gates):
        if task is not None and _is_of_another(task, gate):
            yield ("gates", place, "metric"), f"gates.{place}.metric {not_of(task, gate.metric)}"


def _is_of_another(task: Task | None, gate: Gate) -> bool:
    return task is not None and gate.metric in METRICS and task not in METRICS[gate.metric].tasks


def _fairness(declaration: "Declaration") -> Conflicts:
    slices, named = declaration.evaluate.slices, declaration.evaluate.fairness
    for place, name in enumerate(named):
        if name in named[:place]:
            told = f"'{name}' stands there before; remove it"
            yield ("evaluate", "fairness", place), f"evaluate.fairness names a column twice: {told}"
        elif name not in slices:
            yield (
                ("evaluate", "fairness", place),
                f"evaluate.fairness names a column that is not sliced: {_unsliced(name, slices)}",
            )


def _unsliced(name: str, slices: Sequence[str]) -> str:
    near = closest(name, slices)
    return f"'{name}' is not in evaluate.slices; " + (f"did you mean '{near}'?" if near else "add it there")


def _gated_slices(declaration: "Declaration") -> Conflicts:
    slices = declaration.evaluate.slices
    told: set[str] = set()
    for place, gate in enumerate(declaration.gates):
        if gate.slice is not None and gate.slice not in {*slices, *told}:
            told.add(gate.slice)
            yield (
                ("gates", place, "slice"),
                f"gates.{place}.slice is not evaluated: {_unsliced(gate.slice, slices)}",
            )


def _gates(declaration: "Declaration") -> Conflicts:
    seen: set[Gate] = set()
    for place, gate in enumerate(declaration.gates):
        where = f"gates.{place}"
        if gate in seen:
            yield ("gates", place), f"{where} has no effect: it repeats an earlier one; remove one"
            continue
        seen.add(gate)
        if gate.slice is None and "min_rows" in gate.model_fields_set:
            yield (
                ("gates", place, "min_rows"),
                f"{where}.min_rows has no effect: it is {gate.min_rows}, but no slice; remove it, or name one",
            )
        yield from _limit(gate, place)


def _limit(gate: Gate, place: int) -> Conflicts:
    metric = METRICS.get(gate.metric)
    least, most = RANGES.get(gate.metric, (0.0, 1.0))
    for name, limit, higher in (("at_least", gate.at_least, True), ("at_most", gate.at_most, False)):
        if limit is None or metric is None:
            continue
        where = f"gates.{place}.{name}"
        if metric.higher_is_better != higher:
            other, better = ("at_most", "lower") if higher else ("at_least", "higher")
            yield (
                ("gates", place, name),
                f"{where} refuses the better models: of {gate.metric} the {better} value is better; write {other}",
            )
        elif not (least < limit <= most if higher else least <= limit < most):
            yield _beyond(gate, place, name, limit)
    for name, limit in (("not_worse_by", gate.not_worse_by), ("better_by", gate.better_by)):
        if limit is not None and limit >= _width(gate):
            yield _beyond(gate, place, name, limit)


def _width(gate: Gate) -> float:
    least, most = RANGES.get(gate.metric, (0.0, 1.0))
    return most - least


def _beyond(gate: Gate, place: int, name: str, limit: float) -> tuple[KeyPath, str]:
    least, most = RANGES.get(gate.metric, (0.0, 1.0))
    return (
        ("gates", place, name),
        (
            f"gates.{place}.{name} is out of reach or no limit: {limit:g}, but {gate.metric} lies between {least:g} "
            f"and {most:g}; write a value within"
        ),
    )


def _may_lose(declaration: "Declaration") -> Conflicts:
    """What the first metric can't lose by is no limit of its loss."""
    task, monitor = declaration.target.task, declaration.monitor
    metrics = declaration.evaluate.metrics or (DEFAULT_METRICS[task] if task else ())
    first = metrics[0] if metrics and isinstance(metrics[0], str) else None
    least, most = RANGES.get(first, (0.0, 1.0)) if first else (0.0, math.inf)
    if "may_lose" in monitor.model_fields_set and monitor.may_lose >= most - least:
        told = f"{monitor.may_lose:g}, but {first} lies between {least:g} and {most:g}; write a value within"
        yield ("monitor", "may_lose"), f"monitor.may_lose is no limit: {told}"


def _laxer(declaration: "Declaration") -> Conflicts:
    """Yield each gate that a stricter one on the same figure makes needless, of a slice on no fewer of its values."""
    for place, gate in enumerate(declaration.gates):
        for other, strict in enumerate(declaration.gates):
            for name, higher in (("at_least", True), ("at_most", False), ("not_worse_by", False), ("better_by", True)):
                own, theirs = getattr(gate, name), getattr(strict, name)
                is_limit = own is not None and (name.startswith("at_") or own < _width(gate))
                same = gate.model_dump(exclude={name, "min_rows"}) == strict.model_dump(exclude={name, "min_rows"})
                same = same and (gate.slice is None or strict.min_rows <= gate.min_rows)
                if is_limit and theirs is not None and same and (own < theirs if higher else own > theirs):
                    told = f"{own:g} is asked for, and gates.{other} asks for {theirs:g}"
                    yield ("gates", place), f"gates.{place} has no effect: {told}; remove it"


RULES: tuple[tuple[Callable[["Declaration"], Conflicts], str], ...] = (
    (_metrics, "target.task evaluate.metrics"),
    (_searched, "target.task tune"),
    (_slices, "target.column evaluate.slices contract.columns"),
    (_gated_metrics, "target.task evaluate.metrics! gates"),
    (_gated_tasks, "target.task gates"),
    (_gated_slices, "evaluate.slices! gates"),
    (_fairness, "evaluate.slices! evaluate.fairness"),
    (_gates, "gates"),
    (_laxer, "gates!"),
    (_may_lose, "target.task evaluate.metrics! monitor"),
)
