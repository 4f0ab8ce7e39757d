"""A proposal as the text of a `defs.yaml`: a person reads it first."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import dedent

import numpy as np

from assets.declaration import TYPE
from assets.declare.editor_schema import MODELINE
from assets.propose import ProposeError
from assets.propose.contract_text import contract
from assets.propose.division import division
from assets.propose.gates import gates
from assets.propose.learning import Learning, learning
from assets.propose.periods import LEAST, ROWS
from assets.propose.proposal import Proposal
from assets.propose.yaml_lines import block, comment, entry, scalar, text
from assets.release.evaluate import DEFAULT_METRICS
from data_checks.metric_names import Task
from data_checks.verdict import Json

MODULE = "derived"
_SLICE_VALUES = (2, 8)


def declaration(name: str, proposal: Proposal, source: Mapping[str, Json], *, notes: Iterable[str] = ()) -> str:
    """Return the whole file.

    Args:
        name: of the pipeline.
        proposal: what was found.
        source: its `source` section.
        notes: what a reader should know of the section.

    Raises:
        ProposeError: no column is left to learn from.
    """
    if not proposal.features():
        others = [f"{name} ({proposal.never.get(name, 'free text')})" for name in proposal.barred]
        held = f"only {', '.join(others)}" if others else "no other columns"
        raise ProposeError(
            f"--source has nothing to learn from: besides {proposal.choice.column!r} there are {held}; give a table "
            "with columns that are known before the answer"
        )
    parts = (
        _head(proposal),
        _source(source, notes),
        _time(name, proposal),
        contract(proposal),
        _target(proposal),
        _features(proposal),
        _division(proposal),
        _after(proposal),
    )
    body = "\n\n".join("\n".join(lines) for lines in (list(part) for part in parts) if lines)
    return f"{MODELINE}\ntype: {TYPE}\nattributes:\n{body}\n"


def _head(proposal: Proposal) -> Iterator[str]:
    look, column = proposal.look, proposal.choice.column
    seen = f"{look.rows:,} rows" + ("" if look.whole else f", and a sample of {look.sample.num_rows:,} of them")
    yield from comment(f"Proposed from {seen}. Nothing here is law: read it, and change what you know better.", 2)
    yield f"  description: {scalar(f'Predicts {column}')}"


def _source(section: Mapping[str, Json], notes: Iterable[str]) -> Iterator[str]:
    for note in notes:
        yield from comment(f"{note}.", 2)
    yield from entry("source", dict(section), 2)


def _time(name: str, proposal: Proposal) -> Iterator[str]:
    pieces, periods, time = proposal.pieces, proposal.periods, proposal.time
    if pieces:
        yield from comment(f"{pieces.date} is put together from {', '.join(pieces.columns)}.", 2)
        yield from entry("derive", {"use": f"pipelines.{name}.{MODULE}:event_date"}, 2)
    if time is None:
        for why in proposal.untimely:
            yield from comment(f"{why}.", 2)
        yield from comment(
            "No column is taken for the time of a row, so that all rows are one table. With one, add partitions: "
            "{every: month, column: …, start: …} and window: 12.",
            2,
        )
        return
    if periods is None:
        yield from comment(
            f"{time} is taken for the time of a row, but there are too few periods to train by them: enough are "
            f"{' or '.join(f'{least} {every}s' for every, least in LEAST.items())}, half of them with {ROWS} rows or "
            "more.",
            2,
        )
        return
    counts = periods.counts
    outside = (
        f"; {periods.outside:,} rows lie outside, in sparse periods at the ends or before a gap"
        if periods.outside
        else ""
    )
    yield from comment(
        f"{len(counts)} {periods.every}s from {periods.first} to {periods.last}, of {min(counts):,} to {max(counts):,} "
        f"rows{outside}.",
        2,
    )
    section: dict[str, Json] = {"every": periods.every, "column": time, "start": periods.first}
    if not periods.grows:
        yield from comment(
            f"Its newest row is more than three {periods.every}s old, so that no more are expected after the end.",
            2,
        )
        section["end"] = periods.last
    yield from entry("partitions", section, 2)
    yield from comment(
        f"Each training reads this many {periods.every}s in a row: the last one tests, the one before it validates, "
        "and the others train.",
        2,
    )
    yield f"  window: {periods.window}"


def _target(proposal: Proposal) -> Iterator[str]:
    choice = proposal.choice
    if choice.why:
        others = "; ".join(f"{name} ({why})" for name, why in choice.others) or "none that stands out"
        yield from comment(f"Chosen because {choice.why}. Other candidates: {others}.", 2)
    missing = proposal.look.columns[choice.column].nulls
    if missing:
        yield from comment(f"{missing:,} rows without a value of it are left out of training.", 2)
    section: dict[str, Json] = {"column": choice.column, "task": choice.task}
    if choice.task == "binary":
        section["positive"] = choice.labels.classes[1]
    values = proposal.look.columns[choice.column].values or ()
    if choice.coded:
        yield from comment(f"Its {len(values)} values are taken for classes; if they are numbers:", 2)
        yield from _as_another("regression", proposal)
    elif choice.task == "regression" and len(values) and proposal.types[choice.column] == "integer":
        yield from comment(f"It has {len(values)} different values; if these are classes: task: multiclass.", 2)
        yield from _as_another("multiclass", proposal)
    yield from entry("target", section, 2)
    later = [one for one in proposal.suspicions if "is later than" in one.why]
    if later and proposal.periods:
        yield from comment(
            f"If {later[0].column} says when the answer became known, name it, so that no training uses an answer "
            f"before its time: known_at: {later[0].column}. Where one answer is known sooner than the other, add how "
            "old a row must be, such as matures_after: 14 days.",
            2,
        )


def _as_another(task: Task, proposal: Proposal) -> Iterator[str]:
    """Yield what else is to be written where the target is of another task."""
    column = proposal.look.sample[proposal.choice.column].drop_null()
    numbers = np.asarray(column.cast("float64", safe=False).to_numpy(), np.float64)
    numbers = numbers[np.isfinite(numbers)]
    lines = [f"task: {task}"]
    if (parts := division(proposal, task)) != division(proposal, proposal.choice.task):
        lines += entry("split", dict(parts.section), 0)
    if (train := _learning(task, numbers, proposal).train) != _learning(proposal.choice.task, numbers, proposal).train:
        lines += entry("train", dict(train), 0)
    lines += entry("metrics", list(DEFAULT_METRICS[task]), 0)
    lines += ["gates:", *block([*gates(task, numbers, proposal.tested).gates], 2)]
    yield from (f"  #   {line}" for line in lines)


def _learning(task: Task, target: np.ndarray, proposal: Proposal) -> Learning:
    return learning(task, target, proposal.learned, categories="category" in proposal.features())


def _features(proposal: Proposal) -> Iterator[str]:
    yield "  features:"
    open_questions = [one for one in proposal.suspicions if not one.never]
    if open_questions:
        yield from comment("Left in, and worth a look:", 4)
        for one in open_questions:
            yield from comment(f"- {one.column} {one.why}", 4)
    for kind, names in proposal.features().items():
        yield from entry(kind, list[Json](names), 4)
    never = {**{name: f"it {why}" for name, why in proposal.never.items()}, **_known_already(proposal)}
    if never:
        yield from comment("Kept from the model. Whoever knows better moves a column into one of the lists above.", 4)
        yield "    never:"
        for name, why in never.items():
            yield from text(name, why, 6)


def _known_already(proposal: Proposal) -> dict[str, str]:
    pieces = proposal.pieces.columns if proposal.pieces else ()
    reasons = {name: f"it is a piece of {proposal.time}" for name in pieces if name not in proposal.never}
    if proposal.group:
        reasons[proposal.group] = "it names a group of rows; the next group has another name"
    return reasons


def _division(proposal: Proposal) -> Iterator[str]:
    found = division(proposal, proposal.choice.task)
    if found.why:
        yield from comment(found.why, 2)
    yield from entry("split", dict(found.section), 2)


def _after(proposal: Proposal) -> Iterator[str]:
    task, target = proposal.choice.task, proposal.known
    learns = _learning(task, target, proposal)
    for why in learns.why:
        yield from comment(why, 2)
    yield from entry("model", dict(learns.model), 2)
    if learns.train:
        yield from entry("train", dict(learns.train), 2)
    evaluate: dict[str, Json] = {"metrics": list(DEFAULT_METRICS[task])}
    if slices := _slices(proposal):
        evaluate["slices"] = list[Json](slices)
    yield from entry("evaluate", evaluate, 2)
    found = gates(task, target, proposal.tested)
    yield from comment(found.why, 2)
    yield "  gates:"
    for gate in found.gates:
        yield from (f"    - {line.strip()}" for line in _one(gate))
    if proposal.periods:
        schedules = {"month": "0 6 2 * *", "week": "0 6 * * 1", "day": "0 6 * * *", "hour": "30 * * * *"}
        hint = f'retrain: {{schedule: "{schedules[proposal.periods.every]}"}}'
        yield from comment(f"To train again by itself: {hint}", 2)


def _one(gate: Json) -> list[str]:
    return [line.removeprefix("gate: ") for line in entry("gate", gate, 0)]


def _slices(proposal: Proposal) -> list[str]:
    """The category of fewest values by which metrics are shown again."""
    least, most = _SLICE_VALUES
    sizes = [
        (len(values), name)
        for name in proposal.features().get("category", [])
        if (values := proposal.look.columns[name].values) and least <= len(values) <= most
    ]
    return [min(sizes)[1]] if sizes else []


def module_docstring(name: str) -> str:
    """Return the text of the folder's `__init__.py`."""
    return dedent(f'''\
        """The pipeline {name}."""
        ''')
