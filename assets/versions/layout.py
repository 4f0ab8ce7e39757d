"""Where the files of one stage lie, and how its small files are sealed against damage."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from assets.versions.recipe import Address, canonical
from data_checks.verdict import Json

UNPARTITIONED = "_"
LONGEST_NAME = 150


class DamagedError(ValueError):
    """Something in the store is not what was written there."""


@dataclass(frozen=True)
class Layout:
    """The folder of one stage of one pipeline: objects, records, heads, verdicts, and what is not yet published.

    Attributes:
        root: `<store>/<pipeline>/<stage>`.
    """

    root: Path

    @classmethod
    def of(cls, store: Path, address: Address) -> "Layout":
        """The folder to which an address belongs."""
        return cls(store / address.pipeline / address.stage)

    @classmethod
    def all(cls, store: Path, pipeline: str | None = None, stage: str | None = None) -> list["Layout"]:
        """The stages of a store in which something was written, sorted; of one pipeline or stage if named."""
        return [cls(path.parent) for path in sorted(store.glob(f"{pipeline or '*'}/{stage or '*'}/staging"))]

    @property
    def pipeline(self) -> str:
        """Name of the pipeline."""
        return self.root.parent.name

    @property
    def stage(self) -> str:
        """Name of the stage."""
        return self.root.name

    @property
    def objects(self) -> Path:
        """One folder a version: its files and its manifest."""
        return self.root / "objects"

    @property
    def records(self) -> Path:
        """One file a version; it exists exactly if the version is published."""
        return self.root / "records"

    @property
    def heads(self) -> Path:
        """One file a partition: the key of the version that stands for it."""
        return self.root / "heads"

    @property
    def verdicts(self) -> Path:
        """One folder a version with one file a check."""
        return self.root / "verdicts"

    @property
    def staging(self) -> Path:
        """One folder a writer at work: its owner and its files."""
        return self.root / "staging"

    @property
    def memo(self) -> Path:
        """One file a finding that only costs reading again if it is deleted."""
        return self.root / "memo"

    @property
    def checkpoints(self) -> Path:
        """One folder a partition, in it one a recipe: how far a training has come that is not yet published."""
        return self.root / "checkpoints"

    def record(self, key: str) -> Path:
        """The record of a version."""
        return self.records / f"{key}.json"

    def head(self, partition: str | None) -> Path:
        """The head of a partition."""
        return self.heads / f"{UNPARTITIONED if partition is None else _file_name(partition)}.json"

    def verdict(self, key: str, check: str) -> Path:
        """The verdict of a check; a name too long for a file is cut, and told apart by its hash."""
        name = _file_name(check)
        if len(name) > LONGEST_NAME:
            name = name[:LONGEST_NAME] + hashlib.sha256(check.encode()).hexdigest()[:16]
        return self.verdicts / key / f"{name}.json"

    def verdicts_of(self, key: str) -> list[Path]:
        """The verdicts of a version that there are."""
        return sorted((self.verdicts / key).glob("[!.]*.json"))

    def partitions(self) -> list[str | None]:
        """Every partition that has a head."""
        names = sorted(path.stem for path in self.heads.glob("[!.]*.json"))
        return [None if name == UNPARTITIONED else unquote(name) for name in names]


def _file_name(name: str) -> str:
    return quote(name, safe="").replace(".", "%2E")  # no name begins with a dot, as drafts do


def plain(value: object, where: str) -> bytes:
    """Write a JSON value for people to read.

    Args:
        value: of lists, dicts with text keys, texts, finite numbers, flags and None.
        where: what it is, for the message.

    Raises:
        ValueError: for anything else, such as NaN and numpy scalars.
    """
    try:
        return json.dumps(value, indent=1, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where} is no plain JSON: {error}; convert such values before they are stored") from error


def sealed(content: dict[str, Json]) -> bytes:
    """A small file that shows whether it is whole: its content with the sha256 of the content."""
    return canonical({"content": content, "sha256": hashlib.sha256(canonical(content)).hexdigest()})


def unsealed(path: Path) -> dict[str, Json] | None:
    """Read what `sealed` made, or None where there is no such file.

    Raises:
        DamagedError: if it is not what was written.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        whole = json.loads(text)
        if whole["sha256"] == hashlib.sha256(canonical(whole["content"])).hexdigest():
            return dict(whole["content"])
        found = "its content does not have its sha256"
    except (ValueError, KeyError, TypeError) as error:
        found = f"it cannot be read ({error})"
    raise DamagedError(
        f"store.{path.parent.name} is damaged: {path}: {found}; delete that file and run the stage again"
    )
