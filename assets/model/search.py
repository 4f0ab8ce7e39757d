"""Find the best settings in a declared space, by training on train rows and comparing on validation rows."""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, assert_never

from assets.model.candidate import Candidate, TuneError, check_space, named
from assets.model.checkpoint import Checkpoint
from assets.model.networks import Mlp
from assets.model.optimize import learning_rate
from assets.model.train import DivergedError
from assets.model.tune import Choices, Range, Trial, Tune

if TYPE_CHECKING:
    import optuna

    from data_checks.verdict import Json

_STATES: Mapping[str, Literal["complete", "pruned", "diverged"]] = {
    "COMPLETE": "complete",
    "PRUNED": "pruned",
    "FAIL": "diverged",
}
_RATE = "train.optimizer.lr"

Attempt = Callable[[Candidate, Callable[[Mapping[str, float]], None]], Mapping[str, float]]
"""Trains a candidate, telling each epoch's history row, and returns the best epoch's."""


def search(
    tune: Tune,
    declared: Candidate,
    attempt: Attempt,
    *,
    record: Checkpoint | None,
    report: Callable[[str], None],
) -> tuple[Candidate, tuple[Trial, ...]]:
    """Try candidates one after another; an interrupted search goes on with the same trials as an uninterrupted one.

    Every trial's sampler is seeded by (seed, number of the trial), and what it knows is the finished trials before it.

    Args:
        tune: space and manner of the search.
        declared: the settings outside the space, and the first trial's inside it.
        attempt: trains one candidate.
        record: keeps the finished trials; None to keep none.
        report: told one line a trial.

    Returns:
        The settings of the best complete trial, the first of equals; and all trials in order.

    Raises:
        TuneError: the space does not fit the settings, a metric is not there, or no trial completed.
    """
    check_space(tune, declared)
    space = tune.space or _default_space(declared)
    distributions = {path: _distribution(tried) for path, tried in space.items()}
    with _quiet():
        study = _study(tune, declared.train.epochs)
        _restore(study, record, distributions)
        for number in range(len(study.trials), tune.trials):
            study.sampler = _sampler(tune, seed=declared.train.seed, number=number)
            if number == 0:
                study.enqueue_trial(_declared_values(space, declared))
            asked = study.ask(distributions)
            _try(asked, study, declared.with_values(_values(asked.params, space)), attempt=attempt, metric=tune.metric)
            _keep(study, record)
            report(_line(study, tune, space))
        trials = tuple(_trial(frozen, space) for frozen in study.trials)
    if not any(trial.state == "complete" for trial in trials):
        message = (
            f"tune.space holds nothing that trains: all {len(trials)} trials diverged and one must complete; lower the "
            "learning rates in the space, or set train.gradient_clip"
        )
        raise TuneError(message)
    return declared.with_values(trials[study.best_trial.number].settings), trials


def _try(trial: "optuna.Trial", study: "optuna.Study", candidate: Candidate, *, attempt: Attempt, metric: str) -> None:
    from optuna import TrialPruned
    from optuna.trial import TrialState

    def on_epoch(row: Mapping[str, float]) -> None:
        trial.report(_measured(row, metric), int(row["epoch"]))
        if row["epoch"] < candidate.train.epochs and trial.should_prune():
            raise TrialPruned

    try:
        study.tell(trial, _measured(attempt(candidate, on_epoch), metric))
    except TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except DivergedError:
        study.tell(trial, state=TrialState.FAIL)


def _measured(row: Mapping[str, float], metric: str) -> float:
    key = f"validation_{metric}"
    if key not in row:
        known = ", ".join(name.removeprefix("validation_") for name in row if name.startswith("validation_"))
        message = (
            f"tune.maximize or tune.minimize names what is not measured here: {metric!r} must be one of {known}; name "
            "one of these (roc_auc also needs both classes among the validation rows)"
        )
        raise TuneError(message)
    return row[key]


def _study(tune: Tune, epochs: int) -> "optuna.Study":
    from optuna import create_study
    from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner

    pruner: BasePruner
    match tune.pruner:
        case "hyperband":
            pruner = HyperbandPruner(max_resource=epochs)
        case "median":
            pruner = MedianPruner()
        case None:
            pruner = NopPruner()
        case _:
            assert_never(tune.pruner)
    # A fixed name, because hyperband draws a trial's bracket from it.
    return create_study(study_name="tune", direction="maximize" if tune.maximize else "minimize", pruner=pruner)


def _sampler(tune: Tune, *, seed: int, number: int) -> "optuna.samplers.BaseSampler":
    from optuna.samplers import RandomSampler, TPESampler

    seed_of_trial = zlib.crc32(f"{seed}:{number}".encode())
    match tune.sampler:
        case "tpe":
            return TPESampler(seed=seed_of_trial)
        case "random":
            return RandomSampler(seed=seed_of_trial)
        case _:
            assert_never(tune.sampler)


def _distribution(tried: Range | Choices) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(tried, Choices):
        return CategoricalDistribution([json.dumps(choice) for choice in tried.choices])
    if isinstance(tried.low, int) and isinstance(tried.high, int):
        return IntDistribution(tried.low, tried.high, log=tried.log)
    return FloatDistribution(tried.low, tried.high, log=tried.log)


def _default_space(declared: Candidate) -> dict[str, Range | Choices]:
    rate = learning_rate(declared.train.optimizer, declared.model)
    space: dict[str, Range | Choices] = {
        _RATE: Range(low=rate / 10, high=min(100.0, rate * 10), log=True),
        "train.optimizer.weight_decay": Range(low=1e-6, high=1e-1, log=True),
    }
    if isinstance(declared.model, Mlp):
        space["model.dropout"] = Range(low=0.0, high=0.5)
    return space


def _declared_values(space: Mapping[str, Range | Choices], declared: Candidate) -> dict[str, Any]:
    """What the first trial takes from the declaration: the settings that lie in the space, as optuna holds them."""
    values: dict[str, Any] = {}
    for path, tried in space.items():
        value = learning_rate(declared.train.optimizer, declared.model) if path == _RATE else declared.value(path)
        if isinstance(tried, Choices) and json.dumps(value) in map(json.dumps, tried.choices):
            values[path] = json.dumps(value)
        elif isinstance(tried, Range) and isinstance(value, int | float) and tried.low <= value <= tried.high:
            values[path] = value
    return values


def _values(params: Mapping[str, Any], space: Mapping[str, Range | Choices]) -> dict[str, "Json"]:
    return {path: json.loads(params[path]) if isinstance(space[path], Choices) else params[path] for path in space}


def _restore(study: "optuna.Study", record: Checkpoint | None, distributions: Mapping[str, Any]) -> None:
    from optuna.trial import TrialState, create_trial

    for stored in json.loads((record and record.read()) or b"[]"):
        curve = dict(enumerate(stored.pop("curve"), start=1))
        state, known = TrialState[stored.pop("state")], dict(distributions)
        study.add_trial(create_trial(state=state, distributions=known, intermediate_values=curve, **stored))


def _keep(study: "optuna.Study", record: Checkpoint | None) -> None:
    if record is None:
        return
    stored = [
        {
            "params": trial.params,
            "state": trial.state.name,
            "value": trial.value,
            "curve": list(trial.intermediate_values.values()),
            "system_attrs": trial.system_attrs,  # where the pruner keeps what it has decided
        }
        for trial in study.trials
    ]
    record.write(json.dumps(stored).encode())


def _trial(frozen: "optuna.trial.FrozenTrial", space: Mapping[str, Range | Choices]) -> Trial:
    state = _STATES[frozen.state.name]
    return Trial(frozen.number, state, frozen.value, len(frozen.intermediate_values), _values(frozen.params, space))


def _line(study: "optuna.Study", tune: Tune, space: Mapping[str, Range | Choices]) -> str:
    trial = _trial(study.trials[-1], space)
    value = "no value" if trial.value is None else f"{trial.value:.4g}"
    outcome = f"{trial.state} after {trial.epochs} epochs, {tune.metric} {value}"
    return f"trial {trial.number + 1}/{tune.trials}: {outcome}, {named(trial.settings)}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna logs each trial to the terminal; ours is the line that `report` is told."""
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(verbosity)
