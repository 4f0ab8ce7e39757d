"""Outputs of costly stages, kept in a folder and put back in their place."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import pyarrow.parquet as pq

from assets.mlflow_service import MlflowService
from assets.versions.manifest import MANIFEST, Manifest
from assets.versions.recipe import Recipe
from assets.versions.version import Version
from assets.work import Inputs, Stage, Work

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")


class RecordingError(ValueError):
    """A recorded output that is not there, or is not what this pipeline would put in its place."""


class NothingKept(MlflowService):
    """An MLflow for tests that holds nothing and keeps nothing, and is never imported."""

    def __init__(self) -> None:
        super().__init__("nowhere:")

    def read(self, ask: "Callable[[MlflowClient], T]") -> T:
        """Answer that there is nothing: no run, no model, no move."""
        return cast("T", None)

    def write(self, what: str, change: "Callable[[MlflowClient], T]") -> T:
        """Forget it."""
        return cast("T", None)


def keep(version: Version, folder: Path) -> Path:
    """Copy a version into a folder of recordings, in place of an earlier one; return where it lies there."""
    place = _place(folder, version.address.stage, version.address.partition)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(version.folder, place)
    return place


def put_back(stage: Stage, work: Work, inputs: Inputs, folder: Path) -> Version:
    """Publish a recorded version under its own key, as if the present inputs had given it.

    Raises:
        RecordingError: there is none for this pipeline and period, it was changed, or the section of the declaration
            that the stage reads has changed since.
    """
    place, where = _place(folder, stage.name, work.partition), f"testing.{stage.name}"
    if not (place / MANIFEST).is_file():
        raise RecordingError(
            f"{where} is not recorded: {place} holds no {MANIFEST}; run the stage once and call "
            f"record({stage.name!r}, {str(folder)!r})"
        )
    manifest: Manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    recipe = Recipe.from_json(manifest["recipe"])
    if recipe.address != work.address(stage.name):
        raise RecordingError(
            f"{where} was recorded for another pipeline or period: {recipe.address} is not {work.address(stage.name)}; "
            "record it anew"
        )
    present = replace(recipe, declaration=stage.terms(work.declaration).slice)
    if changes := present.changes(recipe):
        raise RecordingError(f"{where} was recorded under another declaration: {'; '.join(changes)}; record it anew")
    with work.store.draft(recipe.address) as draft:
        for name, entry in manifest["files"].items():
            if name.endswith(".parquet"):
                draft.write_table(name, pq.read_table(place / name), sensitive=entry.get("sensitive", ()))
            else:
                draft.write_bytes(name, (place / name).read_bytes())
        if draft.digest() != manifest["digest"]:
            raise RecordingError(f"{where} is not what was recorded: {place} was changed by hand; record it anew")
        return work.store.publish(
            draft, recipe, inputs=inputs, counts=manifest["counts"], metadata=manifest["metadata"]
        )


def _place(folder: Path, stage: str, partition: str | None) -> Path:
    return folder / stage / (partition or "all")
