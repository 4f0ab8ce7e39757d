"""Findings that cost reading, remembered beside the versions; to delete them costs that reading again."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from assets.versions.disk import Disk, make_folders, replace_file
from assets.versions.layout import DamagedError, sealed, unsealed
from assets.versions.recipe import canonical
from data_checks.verdict import Json


class Memo:
    """Findings by all that they depend on.

    Args:
        disk: what carries out every write.
        folder: where they lie; created when something is written.
    """

    def __init__(self, disk: Disk, folder: Path) -> None:
        self._disk, self._folder = disk, folder

    def get(self, basis: Json) -> Mapping[str, Json] | None:
        """What was found; None if nothing is, or if it is damaged."""
        try:
            return unsealed(self._path(basis))
        except DamagedError:
            return None

    def put(self, basis: Json, found: dict[str, Json]) -> None:
        """Keep what was found, whole or not at all.

        Raises:
            StoreWriteError: if the machine refuses.
        """
        make_folders(self._disk, self._folder.parent, self._folder)
        replace_file(self._disk, self._path(basis), sealed(found))

    def _path(self, basis: Json) -> Path:
        return self._folder / f"{hashlib.sha256(canonical(basis)).hexdigest()}.json"
