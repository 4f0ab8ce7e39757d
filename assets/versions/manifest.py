"""The form in which a version is recorded, and the digests in it."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from assets.versions.recipe import RecipeEntry
from data_checks.verdict import Json

MANIFEST = "manifest.json"


class FileEntry(TypedDict):
    """What a manifest knows of one file; the last four of tables only."""

    bytes: int
    sha256: str
    digest: str
    rows: NotRequired[int]
    schema: NotRequired[dict[str, str]]
    footer: NotRequired[str]
    sensitive: NotRequired[list[str]]


class InputEntry(TypedDict):
    """One version that another was made from."""

    name: str
    pipeline: str
    stage: str
    partition: str | None
    key: str
    digest: str


class Manifest(TypedDict):
    """All that is recorded of a version beside its files."""

    format: int
    key: str
    digest: str
    recipe: RecipeEntry
    inputs: list[InputEntry]
    files: dict[str, FileEntry]
    counts: dict[str, int]
    statistics: dict[str, Json]
    metadata: dict[str, Json]
    created_at: str


def content_digest(files: Mapping[str, FileEntry]) -> str:
    """The content identity of a version: every file name with the digest of its content."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{files[name]['digest']}\n".encode())
    return whole.hexdigest()


def sha256_of(path: Path) -> str:
    """The sha256 (hex) of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def footer_sha256(path: Path) -> str:
    """The sha256 (hex) of the end of a Parquet file that its page checksums do not cover."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(size - 8, 0))
        length = int.from_bytes(file.read(4), "little")
        file.seek(max(size - 8 - length, 0))
        return hashlib.sha256(file.read()).hexdigest()
