"""Why a stage is made, or why another version than before stands for it, in words."""

from assets.versions.recipe import Recipe
from assets.versions.version import Version
from assets.work import Work

CODE, MOST_MODULES = "code of ", 3


def changed(work: Work, recipe: Recipe) -> tuple[str, ...]:
    """Say what a recipe has that the one of the version that stands has not; of many modules the first."""
    before = work.store.head(recipe.address)
    if before is None:
        return ("never made before",)
    changes = recipe.changes(before.recipe) or ("the version that stood was removed",)
    code = [change for change in changes if change.startswith(CODE)]
    if len(code) <= MOST_MODULES:
        return changes
    rest = tuple(change for change in changes if change not in code)
    more = len(code) - MOST_MODULES
    return (*rest, *code[:MOST_MODULES], f"code of {more} more module{'s' if more > 1 else ''} changed")


def gone_back(work: Work, version: Version) -> tuple[str, ...]:
    """Say that an earlier version stands again and what differs from the one that stood; empty if that is this one."""
    before = work.store.head(version.address)
    if before is None or before == version:
        return ()
    return (f"what was made {made_at(version)} stands again", *changed(work, version.recipe))


def made_at(version: Version) -> str:
    """When a version was made, UTC, to the minute."""
    return version.manifest["created_at"][:16]
