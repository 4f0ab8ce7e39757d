"""Why a stage is made, or why another version than before stands for it, in words."""

from collections.abc import Mapping, Sequence

from assets.versions.in_short import in_short
from assets.versions.recipe import Recipe
from assets.versions.version import Version
from assets.work import Work

MOST = {"code of ": (3, "code of {} more module{} changed"), "declaration ": (6, "{} more setting{} changed")}
NEVER = "never made before"


def changed(work: Work, recipe: Recipe) -> tuple[str, ...]:
    """Say what a recipe has that the one of the version that stands has not; of many modules the first."""
    before = work.store.head(recipe.address)
    if before is None:
        return (NEVER,)
    changes = list(recipe.changes(before.recipe)) or ["the version that stood was removed"]
    for kind, (most, told) in MOST.items():
        alike = [change for change in changes if change.startswith(kind)]
        if more := alike[most:]:
            changes = [change for change in changes if change not in more]
            changes.insert(changes.index(alike[most - 1]) + 1, told.format(len(more), "s" if len(more) > 1 else ""))
    return tuple(changes)


def made_first(causes: Mapping[tuple[str, str], Sequence[str]]) -> tuple[str, ...]:
    """Say what would be made before a stage, and why; periods of which the same holds together.

    Args:
        causes: period, empty for none, and stage -> what it has that what stands has not; empty if it only follows.
    """
    stages: dict[str, list[str]] = {}
    why: dict[str, dict[str, None]] = {}
    for (period, stage), changes in causes.items():
        earlier = tuple(f"input {name}" for name in stages.setdefault(period, []))
        own = [change for change in changes if not change.startswith(earlier)]
        why.setdefault(period, {}).update(dict.fromkeys(own))
        stages[period].append(stage)
    alike: dict[tuple[str, str], list[str]] = {}
    for period, names in stages.items():
        alike.setdefault((" and ".join(names), ", ".join(why[period])), []).append(period)
    return tuple(
        f"{names} {f'of {in_short(periods)} ' if all(periods) else ''}would be made first{f': {told}' if told else ''}"
        for (names, told), periods in alike.items()
    )


def gone_back(work: Work, version: Version) -> tuple[str, ...]:
    """Say that an earlier version stands again and what differs from the one that stood; empty if that is this one."""
    before = work.store.head(version.address)
    if before is None or before == version:
        return ()
    return (f"what was made {made_at(version)} stands again", *changed(work, version.recipe))


def made_at(version: Version) -> str:
    """When a version was made, UTC, to the minute."""
    return version.manifest["created_at"][:16]
