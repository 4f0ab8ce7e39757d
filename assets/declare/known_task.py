"""What does not fit a target whose task only its rows tell: rules that wait for it, before anything is trained."""

from typing import TYPE_CHECKING

from assets.declare import idle_settings, judging_conflicts

if TYPE_CHECKING:
    from assets.data.target import Task
    from assets.declaration import Declaration

_RULES = tuple(
    rule for rule, reads in (*judging_conflicts.RULES, *idle_settings.RULES) if "target.task" in reads.split()
)


def unfit(declaration: "Declaration", task: "Task") -> tuple[str, ...]:
    """Return what a declaration that names no task sets and that the task of its rows can't have; each a sentence."""
    if declaration.target.task is not None:
        return ()
    known = declaration.model_copy(update={"target": declaration.target.model_copy(update={"task": task})})
    return tuple(sentence for rule in _RULES for _, sentence in rule(known))
