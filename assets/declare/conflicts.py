"""Settings that are right by themselves and senseless together."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.declare import (
    class_conflicts,
    column_conflicts,
    condition_conflicts,
    contradictions,
    idle_settings,
    judging_conflicts,
    period_conflicts,
    query_conflicts,
    split_conflicts,
)
from assets.declare.columns import Columns
from assets.declare.expectation_conflicts import repeated
from assets.declare.unknown_columns import as_meant, unknown
from assets.declare.yaml_text import KeyPath, dotted
from assets.model.candidate import Candidate, TuneError, check_space

if TYPE_CHECKING:
    from assets.declaration import Declaration

Conflict = tuple[KeyPath, str]
Rule = Callable[["Declaration"], Iterator[Conflict]]
# mappings whose keys are the user's own: one that is faulty says nothing of the others
OPEN = {"contract.columns", "features.never", "features.accept", "tune.space"}
ASSET_KEY = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


def conflicts(
    declaration: "Declaration", *, columns: Columns | None = None, faulty: Collection[KeyPath] = ()
) -> tuple[Conflict, ...]:
    """Return every conflict, each with the key path of the setting to mend.

    Args:
        declaration: what is sound in a file.
        columns: what is known of the rows' columns; None to leave rules about them out.
        faulty: settings in whose place the declaration holds a default or a stand-in; rules that need them are left
            out.
    """
    own: tuple[tuple[Rule, str], ...] = (
        (_keys, "source"),
        *query_conflicts.RULES,
        (_columns, "target.column features"),
        (_scored, "predict.source partitions?"),
        (_labelled, "monitor.labels_after partitions?"),
        (_tune, "tune model train"),
        *period_conflicts.RULES,
        *split_conflicts.RULES,
        *judging_conflicts.RULES,
        *idle_settings.RULES,
        *contradictions.RULES,
        *class_conflicts.RULES,
    )
    found: list[Conflict] = []
    judged = {*faulty}
    if columns is not None:
        columns = _apart_from(columns, faulty)
        strange = tuple(unknown(declaration, columns))
        if strange and strange[0].path == ("source",):
            columns = replace(columns, source={}, seen=None)
        declaration, written = as_meant(declaration, strange)
        columns = replace(columns, contract=columns.contract | declaration.contract.columns.keys())
        for judge, needs in (*column_conflicts.RULES, *condition_conflicts.RULES):
            found += judge(declaration, columns) if _sound(needs, faulty) else ()
        judged |= {each.path for each in strange} | {path for path, _ in found}
    if _sound("target.known_at", judged) and _sound("features", faulty):
        found += _known_late(declaration)
    for rule, needs in own:
        found += rule(declaration) if _sound(needs, faulty) else ()
    if columns is not None:
        there = {each.path: each.message for each in strange}
        found = [*there.items(), *((at, told) for path, told in found if (at := written(path)) not in there)]
    return tuple(found)


def _apart_from(columns: Columns, faulty: Collection[KeyPath]) -> Columns:
    """Return what is known of the columns if a faulty source is not looked into: what the contract names."""
    named = {str(path[2]) for path in faulty if path[:2] == ("contract", "columns") and len(path) > 2}
    columns = replace(columns, contract=columns.contract | named)
    unseen = any(path[:1] in {(), ("source",)} for path in faulty)
    return replace(columns, source={}, seen=None) if unseen else columns


def _sound(needs: str, faulty: Collection[KeyPath]) -> bool:
    """Whether none of the settings is faulty; an item that is says nothing of the others, unless all count (`!`).

    Of a section only whether it is there may matter (`?`).
    """
    return not any(_touches(need, path) for need in needs.split() for path in faulty)


def _touches(need: str, faulty: KeyPath) -> bool:
    parts = tuple(need.rstrip("!?").split("."))
    if faulty[: len(parts)] != parts[: len(faulty)]:
        return False
    below = faulty[len(parts) :]
    if need.endswith("?") and below:
        return False
    is_item = any(isinstance(part, int) for part in below) or (below and need in OPEN)
    return need.endswith("!") or not is_item


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
            name = dotted(path)
            yield path, f"{name} is no asset: '{key}' must be names with / between them; write such as 'shop/orders'"


def _columns(declaration: "Declaration") -> Iterator[Conflict]:
    target, features = declaration.target, declaration.features
    for kind in ("number", "category", "time"):
        for place, name in enumerate(getattr(features, kind) or ()):
            if name == target.column:
                yield (
                    ("features", kind, place),
                    f"features.{kind} names the target: '{name}' is what is predicted; remove it",
                )
    if target.column in features.never:
        yield (
            ("features", "never", target.column),
            f"features.never names the target: '{target.column}' is never a feature; remove it",
        )


def _known_late(declaration: "Declaration") -> Iterator[Conflict]:
    """Features that are known with the target only: told unless what says so is itself at fault."""
    target = declaration.target
    for kind in ("number", "category", "time"):
        for place, name in enumerate(getattr(declaration.features, kind) or ()):
            if name == target.known_at != target.column:
                yield (
                    ("features", kind, place),
                    f"features.{kind} names target.known_at: '{name}' is known with the target; remove it",
                )


def _scored(declaration: "Declaration") -> Iterator[Conflict]:
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


def _labelled(declaration: "Declaration") -> Iterator[Conflict]:
    if declaration.monitor.labels_after is not None and declaration.partitions is None:
        yield (
            ("monitor", "labels_after"),
            "monitor.labels_after has no effect: without partitions no period is labelled later; remove it",
        )


def _tune(declaration: "Declaration") -> Iterator[Conflict]:
    if declaration.tune is None:
        return
    tune = declaration.tune
    for name, values in tune.space.items():
        alone = tune.model_copy(update={"space": {name: values}})
        try:
            check_space(alone, Candidate(declaration.model, declaration.train))
        except TuneError as error:
            yield ("tune", "space", name), str(error)
            continue
        choices = getattr(values, "choices", None)
        if choices is not None and len(choices) == 1:
            yield (
                ("tune", "space", name, "choices"),
                f"tune.space.{name} searches nothing: {list(choices)} is one choice; name another, or leave it out",
            )
        elif choices is not None and (again := repeated(choices)) is not None:
            yield (
                ("tune", "space", name, "choices", again),
                f"tune.space.{name} names a choice again: {choices[again]!r} stands there before; remove it",
            )
