"""Gives the alias `champion` back to an earlier version, on record."""

from collections.abc import Sequence
from datetime import datetime

from assets.declare.faults import did_you_mean
from assets.registered import Move, Registered, stamp
from assets.registry import Registry


def roll_back(registry: Registry, name: str, to_version: str, *, who: str, why: str, now: datetime) -> Move | None:
    """Make an earlier, proven version the champion again.

    Args:
        registry: where the model is registered.
        name: of the registered model.
        to_version: its number.
        who: the person who decides it.
        why: the reason.
        now: the time.

    Returns:
        The move on record; None if the version is champion already, where nothing is moved and nothing recorded.

    Raises:
        ValueError: there is no such model or version, or no reason or person is named.
        UnprovenError: it was never proven to serve.
    """
    if not who.strip() or not why.strip():
        raise ValueError(f"roll_back.why is missing: who={who!r}, why={why!r} must both be said; they go on record")
    versions = {version.version: version for version in registry.versions(name)}
    if not versions:
        names = registry.names()
        known = _meant(name, names) if names else "train a pipeline first, no model is registered yet"
        raise ValueError(f"roll_back.model is not there: {name!r} is no registered model; {known}")
    if to_version not in versions:
        raise ValueError(
            f"roll_back.to_version is not there: {to_version!r} of {name} among {list(versions)}; name one of these"
        )
    standing = registry.standing(name)
    if standing and standing.version == to_version:
        return None
    stood = {move.to for move in registry.moves(name) if move.alias == "champion"}
    if versions[to_version].proof and to_version not in stood:
        raise ValueError(
            f"roll_back.to_version was never champion: {to_version!r} of {name}, only {sorted(filter(None, stood))} "
            "were; name one of these"
        )
    newest = max((version.partition for version in versions.values() if version.partition), default=None)
    left = standing.version if standing else None
    return registry.move(
        versions[to_version], Move("champion", left, to_version, who, why, stamp(now), "roll_back", newest)
    )


def _meant(name: str, names: Sequence[str]) -> str:
    """Return the hint for a model that is not there; one whose name begins like this is meant, if there is just one."""
    longer = [each for each in names if each.startswith(name)]
    return f"did you mean '{longer[0]}'?" if len(longer) == 1 else did_you_mean(name, names)


def rolled_back_to(registry: Registry, name: str, *, since: str | None, before: str | None) -> Registered | None:
    """The version that a roll back put in the place of the champion of period `since`, for the periods up to `before`.

    Args:
        registry: where the model is registered.
        name: of the registered model.
        since: the period whose release named a champion; None for the first, or without partitions.
        before: the period that asks; None without partitions.

    Returns:
        None if nobody rolled back meanwhile: the champion of `since` stands.
    """
    for move in reversed([move for move in registry.moves(name) if move.alias == "champion"]):
        at = move.partition or ""
        if before is not None and at >= before:
            continue
        if move.kind != "roll_back" or at < (since or ""):
            return None
        return next(version for version in registry.versions(name) if version.version == move.to)
    return None
