"""Settings that would have no effect as the others stand: whoever wrote them expects one."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from assets.declare.yaml_text import KeyPath, dotted
from assets.model.networks import Mlp
from assets.model.optimize import Step
from data_checks.allowance import allowance

if TYPE_CHECKING:
    from assets.data.preprocess import Contract
    from assets.declaration import Declaration
    from data_checks.expectation_form import Expectation

Conflicts = Iterator[tuple[KeyPath, str]]
MOST_WEIGHTS = 500_000_000


def _idle(path: KeyPath, value: object, why: str) -> tuple[KeyPath, str]:
    name = dotted(path)
    return path, f"{name} has no effect: {value!r} {why}"


def _target(declaration: "Declaration") -> Conflicts:
    target = declaration.target
    if target.task in {"regression", "multiclass"} and target.positive is not None:
        yield _idle(
            ("target", "positive"), target.positive, f"is of binary targets, the task is {target.task}; remove it"
        )


def _loss(declaration: "Declaration") -> Conflicts:
    task, train = declaration.target.task, declaration.train
    if train.class_weights == {}:
        yield _idle(("train", "class_weights"), {}, "names no class; name them, write balanced, or remove it")
    elif task == "regression" and train.class_weights is not None:
        yield _idle(("train", "class_weights"), train.class_weights, "needs classes, the task is regression; remove it")
    if task in {"binary", "multiclass"} and "loss" in train.model_fields_set:
        yield _idle(("train", "loss"), train.loss, f"is of regression, the task is {task}; remove it")


def _epochs(declaration: "Declaration") -> Conflicts:
    train = declaration.train
    patience = train.early_stopping
    if patience is not None and "early_stopping" in train.model_fields_set and patience >= train.epochs:
        why = f"epochs without a gain can't pass within epochs of {train.epochs}; lower it, or write null"
        yield _idle(("train", "early_stopping"), patience, why)
    if patience is None and train.min_delta:
        yield _idle(("train", "min_delta"), train.min_delta, "is of early stopping, which is off; remove it")
    if isinstance(train.schedule, Step) and train.schedule.every >= train.epochs:
        why = f"epochs to the first drop are not reached in {train.epochs}; lower it, or take a constant schedule"
        yield _idle(("train", "schedule", "every"), train.schedule.every, why)


def _network(declaration: "Declaration") -> Conflicts:
    model = declaration.model
    if isinstance(model, Mlp):
        weights = sum(before * after for before, after in zip(model.hidden, model.hidden[1:], strict=False))
        if weights > MOST_WEIGHTS:
            yield (
                ("model", "hidden"),
                (
                    f"model.hidden is absurd: {weights:,} weights between its layers are more than {MOST_WEIGHTS:,}; "
                    "take fewer or smaller layers"
                ),
            )


def _evaluate(declaration: "Declaration") -> Conflicts:
    evaluate = declaration.evaluate
    if evaluate.intervals is None and "rounds" in evaluate.model_fields_set:
        yield _idle(("evaluate", "rounds"), evaluate.rounds, "draws for intervals, of which none are wanted; remove it")


def _monitor(declaration: "Declaration") -> Conflicts:
    monitor = declaration.monitor
    if monitor.labels_after is None and "may_lose" in monitor.model_fields_set:
        why = "is judged when labels arrive, and monitor.labels_after does not say when; write it, or remove this"
        yield _idle(("monitor", "may_lose"), monitor.may_lose, why)
    if not (monitor.features or monitor.predictions) and "chunks" in monitor.model_fields_set:
        why = "calibrates drift, and neither features nor predictions are watched; remove it"
        yield _idle(("monitor", "chunks"), monitor.chunks, why)


def _reasons(declaration: "Declaration") -> Conflicts:
    for setting in ("never", "accept"):
        for name, reason in getattr(declaration.features, setting).items():
            if not reason.strip():
                told = f"{reason!r} tells nobody why; write the reason in some words"
                yield ("features", setting, name), f"features.{setting}.{name} is empty: {told}"


def _features(declaration: "Declaration") -> Conflicts:
    features = declaration.features
    lists = (features.number, features.category, features.time)
    if all(names is None for names in lists):
        for name in features.accept.keys() & features.never.keys():
            yield _idle(("features", "accept", name), features.accept[name], "accepts what is in never; remove one")
        return
    if not any(lists):
        yield ("features",), "features is empty: every list that is written is; name columns, or leave the lists out"
        return
    named = {name for names in lists for name in names or ()}
    for name in sorted(features.accept.keys() - named):
        yield _idle(
            ("features", "accept", name), features.accept[name], "accepts a column that is no feature; remove it"
        )
    if features.clip is not None and not features.number:
        yield _idle(("features", "clip"), features.clip, "draws numbers in, and features.number is empty; remove it")
    for name in ("min_count", "max_categories"):
        if name in features.model_fields_set and not features.category:
            why = "is of categories, and features.category is empty; remove it"
            yield _idle(("features", name), getattr(features, name), why)


def _mostly(declaration: "Declaration") -> Conflicts:
    """Yield each `mostly` that never decides, since by then more rows stand aside than may."""
    contract = declaration.contract
    at_most = contract.rows_that_fail.at_most
    if at_most == 1:
        told = "1 lets all rows be put aside, and nothing would be left to learn from; lower it"
        yield ("contract", "rows_that_fail", "at_most"), f"contract.rows_that_fail.at_most is no limit: {told}"
        return
    if contract.rows_that_fail.action == "stop" or contract.duplicates == "drop":
        return
    for place, expectation in enumerate(contract.expectations):
        mostly = expectation.arguments.get("mostly")
        if not isinstance(mostly, int | float) or not 0 < mostly < allowance(at_most):
            continue
        if expectation.severity == "critical" and _judges_all(expectation, contract):
            where = f"contract.expectations.{place}.{expectation.name}.mostly"
            yield (
                ("contract", "expectations", place, expectation.name, "mostly"),
                (
                    f"{where} lets more rows fail than may be quarantined: {mostly:g} lets {1 - mostly:.6g} of them, "
                    f"and contract.rows_that_fail.at_most is {at_most:g}; raise one of them, or write severity: "
                    "warning, which keeps the rows"
                ),
            )


def _judges_all(expectation: "Expectation", contract: "Contract") -> bool:
    """Whether it considers every row; of few, a share that `at_most` of all allows may be any."""
    if expectation.use or "row_condition" in expectation.arguments:
        return False
    never_null = {name for name, column in contract.columns.items() if not column.nullable}
    return expectation.name.endswith("_to_not_be_null") or never_null.issuperset(expectation.columns)


RULES: tuple[tuple[Callable[["Declaration"], Conflicts], str], ...] = (
    (_target, "target.task target.positive"),
    (_loss, "target.task train.class_weights train.loss"),
    (_epochs, "train.epochs train.early_stopping train.min_delta train.schedule"),
    (_network, "model"),
    (_evaluate, "evaluate.intervals evaluate.rounds"),
    (_monitor, "monitor"),
    (_reasons, "features"),
    (_features, "features"),
    (_mostly, "contract.expectations contract.rows_that_fail contract.duplicates contract.columns"),
)
