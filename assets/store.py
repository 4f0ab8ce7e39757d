"""Versions on disk: published whole or not at all, found again by their key, with their verdicts beside them."""

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from assets.owner import Owner
from assets.versions.disk import Disk, StoreWriteError, explained, make_folders, replace_file, write_file
from assets.versions.draft import Draft
from assets.versions.layout import DamagedError, Layout, plain, sealed, unsealed
from assets.versions.manifest import MANIFEST, InputEntry, Manifest, content_digest, sha256_of
from assets.versions.recipe import FORMAT, Address, Recipe
from assets.versions.version import Inputs, Version, lineage
from data_checks.verdict import Json, Verdict


class MissingVersionError(ValueError):
    """A version that was there is gone: clean-up has taken it meanwhile."""


@dataclass(frozen=True)
class StoredVerdict:
    """A verdict as it stands beside its version.

    Attributes:
        verdict: what the check said.
        basis: hash of all that it judged by; with another basis the check must run again.
        at: when it was recorded.
    """

    verdict: Verdict
    basis: str
    at: datetime

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read what `Store.record` wrote."""
        return cls(Verdict(**content["verdict"]), content["basis"], datetime.fromisoformat(content["at"]))


class Store:
    """Immutable versions under a folder; one exclusive create of a version's record is what publishes it.

    Any number of processes may use one folder at once: a twin that publishes a key later gets the version of the first.

    Args:
        root: the folder; created when something is written.
        disk: what carries out every write.
    """

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root.absolute()
        self.disk = disk or Disk()

    def find(self, address: Address, key: str) -> Version | None:
        """Give the version of a key, if it is published, and mark it as in use, so that clean-up leaves it.

        Raises:
            DamagedError: if its record or manifest is not what was written.
        """
        version = read_version(self.root, address, key)
        if version is None:
            return None
        record = self._layout(address).record(key)
        try:
            with explained(record):
                self.disk.touch(record)
        except StoreWriteError as error:
            if error.errno == errno.ENOENT:
                return None
            if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:  # who may only read can still read
                raise
        return version

    def head(self, address: Address) -> Version | None:
        """Give the version that was materialised last for an address; raises as `find` does."""
        head = unsealed(self._layout(address).head(address.partition))
        return None if head is None else self.find(address, str(head["key"]))

    def addresses(self, pipeline: str | None = None, stage: str | None = None) -> tuple[Address, ...]:
        """Give every address that has a head, sorted; of one pipeline or one stage if named."""
        return tuple(
            Address(layout.pipeline, layout.stage, partition)
            for layout in Layout.all(self.root, pipeline, stage)
            for partition in layout.partitions()
        )

    @contextmanager
    def draft(self, address: Address) -> Iterator[Draft]:
        """Open a folder to write a version into; it is gone afterwards, unless it was published."""
        home = self._layout(address).staging / f"{Owner.current().name}-{os.urandom(8).hex()}"
        files = home / "files"
        try:
            make_folders(self.disk, self.root, files)
            yield Draft(self.disk, address, files)
        finally:
            with suppress(OSError):  # the outcome is decided; clean-up takes what is left
                self.disk.remove(home)

    def publish(
        self,
        draft: Draft,
        recipe: Recipe,
        *,
        inputs: Inputs | None = None,
        counts: Mapping[str, int] | None = None,
        metadata: Mapping[str, Json] | None = None,
        statistics: Mapping[str, Json] | None = None,
    ) -> Version:
        """Make a draft a version, at once and for good; to do it again, after a failure too, changes nothing.

        Args:
            draft: what was written; it can no longer be written to.
            recipe: what it was made from.
            inputs: name -> the version, or versions, it was made from.
            counts: for people and checks, such as rows read and kept.
            metadata: for people; plain JSON.
            statistics: beside those of the tables, which are gathered as they are written; plain JSON.

        Returns:
            The version of this key, which is a twin's if that was first.

        Raises:
            StoreWriteError: if the machine refuses; nothing is published then, or all of it.
            MissingVersionError: if an input is gone.
        """
        if draft.address != recipe.address:
            raise ValueError(
                f"store.publish got a draft of {draft.address} for a recipe of {recipe.address}; use one address"
            )
        manifest = _manifest(recipe, inputs or {})
        manifest["counts"] |= counts or {}
        manifest["metadata"] |= metadata or {}
        manifest["statistics"] |= {**draft.statistics, **(statistics or {})}
        layout = self._layout(recipe.address)
        own = layout.objects / f"{recipe.key}-{draft.folder.parent.name.rpartition('-')[2]}"
        with explained(own):
            if not layout.record(recipe.key).exists():
                self._refuse_lost(manifest["inputs"])
                self._commit(draft, manifest, own)
            self.disk.sync(layout.records)
        version = self.find(recipe.address, recipe.key)
        if version is None:
            raise _gone(recipe.address, recipe.key)
        if version.folder != own:
            with suppress(OSError):  # the twin's version stands; clean-up takes what is left of this one
                self.disk.remove(own)
        return version

    def point(self, version: Version) -> None:
        """Let a version stand for its address, in place of the one before.

        Raises:
            StoreWriteError: if the machine refuses; then the one before or this one stands.
            MissingVersionError: if the version is gone.
        """
        layout = self._layout(version.address)
        make_folders(self.disk, self.root, layout.heads)
        replace_file(self.disk, layout.head(version.address.partition), sealed({"key": version.key}))
        if not layout.record(version.key).exists():
            raise _gone(version.address, version.key)

    def record(self, version: Version, verdicts: Sequence[Verdict], basis: str) -> None:
        """Keep what checks said of a version, in place of what they said before; each verdict whole or not at all.

        Args:
            version: that was judged.
            verdicts: of its checks.
            basis: hash of all that they judged by.

        Raises:
            StoreWriteError: if the machine refuses.
            MissingVersionError: if clean-up has just taken the version.
        """
        layout, at = self._layout(version.address), datetime.now(UTC).isoformat()
        try:
            make_folders(self.disk, self.root, layout.verdicts / version.key)
            for verdict in verdicts:
                told: dict[str, Json] = {**asdict(verdict), "evidence": dict(verdict.evidence)}
                plain(told, f"store.{version.address}.{verdict.check} with its evidence")
                content: dict[str, Json] = {"verdict": told, "basis": basis, "at": at}
                replace_file(self.disk, layout.verdict(version.key, verdict.check), sealed(content))
        except StoreWriteError as error:
            if error.errno == errno.ENOENT:
                raise _gone(version.address, version.key) from error
            raise

    def verdicts(self, version: Version) -> dict[str, StoredVerdict]:
        """Give the verdict of each check that has judged a version, by the name of the check.

        Raises:
            DamagedError: if one is not what was written.
        """
        found = [unsealed(path) for path in self._layout(version.address).verdicts_of(version.key)]
        stored = [StoredVerdict.from_json(content) for content in found if content is not None]
        return {one.verdict.check: one for one in stored}

    def _layout(self, address: Address) -> Layout:
        return Layout.of(self.root, address)

    def _commit(self, draft: Draft, manifest: Manifest, own: Path) -> None:
        """Seal the files, give them their place, and link the record; any step may have been done by an earlier try."""
        layout, note = self._layout(draft.address), draft.folder.parent / "record.json"
        for folder in (layout.objects, layout.records):
            make_folders(self.disk, self.root, folder)
        if draft.folder.exists():
            files = draft.finish()
            whole = {**manifest, "files": files, "digest": content_digest(files)}
            content = plain(whole, f"store.{draft.address} with its counts, metadata and statistics")
            sha256 = write_file(self.disk, draft.folder / MANIFEST, content)
            self.disk.sync(draft.folder)
            write_file(self.disk, note, sealed({"folder": own.name, "manifest": sha256}))
            self.disk.move(draft.folder, own)
        self.disk.sync(own.parent)
        record = layout.record(manifest["key"])
        try:
            self.disk.link(note, record)
        except OSError:
            if not record.exists():  # there is a twin's, or our own: a link can take effect and still report an error
                raise

    def _refuse_lost(self, inputs: Sequence[InputEntry]) -> None:
        for entry in inputs:
            read = Address(entry["pipeline"], entry["stage"], entry["partition"])
            if not self._layout(read).record(entry["key"]).exists():
                raise _gone(read, entry["key"])


def read_version(root: Path, address: Address, key: str) -> Version | None:
    """Give the version of a key without marking it as in use; else as `Store.find`."""
    layout = Layout.of(root, address)
    record = unsealed(layout.record(key))
    if record is None:
        return None
    path = layout.objects / str(record["folder"]) / MANIFEST
    if not path.is_file() or sha256_of(path) != record["manifest"]:
        if not layout.record(key).exists():  # clean-up took it meanwhile
            return None
        raise DamagedError(
            f"store.{address} is damaged: {path} is missing or not what was written; delete {layout.record(key)} "
            "and run the stage again"
        )
    manifest: Manifest = json.loads(path.read_bytes())
    return Version(address, key, manifest["digest"], path.parent, manifest)


def _manifest(recipe: Recipe, inputs: Inputs) -> Manifest:
    return {
        "format": FORMAT,
        "key": recipe.key,
        "digest": "",
        "recipe": recipe.to_json(),
        "inputs": lineage(inputs),
        "files": {},
        "counts": {},
        "statistics": {},
        "metadata": {},
        "created_at": datetime.now(UTC).isoformat(),
    }


def _gone(address: Address, key: str) -> MissingVersionError:
    return MissingVersionError(
        f"store.{address} lost a version: {key} was removed by clean-up meanwhile; run the stage again"
    )
