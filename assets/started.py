"""What started a run, as far as its tags tell."""

from collections.abc import Mapping

FROM_PAGE, FROM_SERVER = "dagster/from_ui", "dagster/code_location"


def started_by(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that say what started a run, and why, where neither its launcher nor its job says it.

    Dagster's page marks what it launches; what any other client of its server launches names a code location; a command
    such as `dg launch`, which runs in its own process, leaves no mark.
    """
    if backfill := tags.get("dagster/backfill"):
        return _said("backfill", f"backfill {backfill}")
    parent, person = tags.get("dagster/parent_run_id"), tags.get("user", "hand")
    reason = f"run {parent[:8]} again" if parent else f"asked for by {person}"
    if "dagster/retry_number" in tags:
        return _said("retry", reason)
    if FROM_PAGE in tags:
        return _said("page", reason)
    if FROM_SERVER in tags:
        return _said("server", reason if parent or "user" in tags else "asked of Dagster's server")
    return _said("command", reason)


def _said(trigger: str, reason: str) -> dict[str, str]:
    return {"trainyard/trigger": trigger, "trainyard/reason": reason}
