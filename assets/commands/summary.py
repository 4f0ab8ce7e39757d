"""What became of a pipeline's months, read back from Dagster's events and MLflow's registry."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import cast

import dagster as dg

from assets.commands.roll_back import since
from assets.declaration import load
from assets.home import REPOSITORY
from assets.mlflow_service import MlflowService
from assets.registry import Registry
from data_checks.verdict import Json

COUNTS = ("read", "kept", "quarantined")
ASSETS = ("clean", "evaluation", "release", "predictions", "drift")
Told = Mapping[str, dg.MetadataValue]


def summary(instance: dg.DagsterInstance, pipeline: str, months: Sequence[str]) -> str:
    """Return one line a month, and where the aliases stand, as a table for a terminal of 120 columns.

    Models are told by the number of their version; `refused` is one that its gates kept out of the registry.

    Args:
        instance: that ran them.
        pipeline: its name.
        months: in order.
    """
    declaration = load(REPOSITORY / "pipelines" / pipeline / "defs.yaml", root=REPOSITORY)
    name = declaration.registration.name or pipeline
    metric = (declaration.evaluate.metrics or ("roc_auc",))[0]
    registry = Registry(MlflowService(os.environ["MLFLOW_TRACKING_URI"]))
    versions = registry.versions(name)
    registered = {version.partition: version for version in versions}
    lines: list[Mapping[str, Json]] = []
    for month in months:
        told = {asset: _told(instance, pipeline, asset, month) for asset in ASSETS}
        line: dict[str, Json] = {"month": month}
        line |= {column: _value(told["clean"], column) for column in COUNTS}
        line[f"{metric} model"] = _figure(told["evaluation"], f"model {metric} with interval")
        line["champion before"] = _figure(told["evaluation"], f"champion {metric} with interval")
        version = registered.get(month)
        line["registered"] = f"{version.version} {_value(told['release'], 'role')}" if version else None
        if version is None and told["evaluation"]:
            line["registered"] = "refused"
        line["champion"] = _number(told["release"])
        line["scored by"] = _number(told["predictions"])
        drifted, watched = (_value(told["drift"], f"columns {what}") for what in ("drifted", "watched"))
        line["drifted"] = None if drifted is None else f"{drifted} of {watched}"
        lines.append(line)
    watched = next((month for month in reversed(months) if _told(instance, pipeline, "drift", month)), None)
    fell = _fell(_told(instance, pipeline, "drift", watched), watched) if watched else ""
    aliases = [f"{alias} is version {version.version}" for version in versions for alias in version.aliases]
    return (
        f"{aligned(lines)}\n\nMLflow {name}: {'; '.join(aliases) or 'no alias yet'}{fell}{_rolled_back(registry, name)}"
    )


def _fell(drift: Told, month: str) -> str:
    """Say that the newest month that was watched found a model worse than it was when it was evaluated."""
    said = str(_value(drift, "performance") or "")
    return f"\nWatched in {month}: {said}" if said.startswith("monitor.performance fell") else ""


def _rolled_back(registry: Registry, name: str) -> str:
    """Say why the champion is not the one that the last month's training left, where somebody rolled back since."""
    moves = [move for move in registry.moves(name) if move.alias == "champion"]
    if not moves or moves[-1].kind != "roll_back":
        return ""
    last = moves[-1]
    return (
        f"\nThe table's champion is who stood after each month's training; {last.who} has rolled back from version "
        f"{last.before} since: {last.why}\n{since(last)}"
    )


def aligned(rows: Sequence[Mapping[str, Json]]) -> str:
    """Return rows as text in columns of even width; what is not there is a dash."""
    if not rows:
        return ""
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def _cell(value: Json) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _told(instance: dg.DagsterInstance, pipeline: str, asset: str, month: str) -> Told:
    """Return what the last materialization said of itself; nothing, if there is none."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey([pipeline, asset]), asset_partitions=[month])
    records = instance.fetch_materializations(wanted, limit=1).records
    found = records[0].asset_materialization if records else None
    return found.metadata if found else {}


def _value(told: Told, name: str) -> Json:
    value = told.get(name)
    return None if value is None else cast("Json", value.value)


def _figure(told: Told, name: str) -> Json:
    """Return a metric with its interval, in as few characters as tell models apart."""
    value = _value(told, name)
    if value is None:
        return None
    text = re.sub(r"\d\.\d{3,}", lambda found: f"{float(found[0]):.3f}", str(value))
    return text if "-" in text else text.replace(" to ", "-")


def _number(told: Told) -> Json:
    """Return the number of the version that is champion."""
    found = re.search(r"version (\d+)", str(_value(told, "champion")))
    return found[1] if found else None
