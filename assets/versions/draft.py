"""The files of a version that is not yet published."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from assets.versions.disk import Disk, HashedFile, explained, make_folders
from assets.versions.layout import plain
from assets.versions.manifest import MANIFEST, FileEntry, content_digest, sha256_of
from assets.versions.recipe import Address
from assets.versions.table_file import TableFile
from data_checks.verdict import Json


class Draft:
    """A folder that becomes a version when it is published, and disappears if it is not.

    Names are paths inside the version, with `/`; a missing `.parquet`, `.npy` or `.json` is added.

    Attributes:
        address: the stage and partition it is for.
        folder: where the files lie until then.
        statistics: of each table written so far.
    """

    def __init__(self, disk: Disk, address: Address, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self.statistics: dict[str, dict[str, Json]] = {}
        self._disk = disk
        self._files: dict[str, FileEntry] = {}

    def write_table(
        self, name: str, rows: pa.Table | Iterable[pa.RecordBatch], *, sensitive: Collection[str] = ()
    ) -> int:
        """Write a table in one pass, in bounded memory if it comes in batches.

        Args:
            name: of the table.
            rows: a table, or batches of one schema (at least one, which may be empty); not modified.
            sensitive: columns of which neither the statistics nor a preview may show a value.

        Returns:
            How many rows were written.

        Raises:
            ValueError: if the batches have no schema, or not one schema.
            StoreWriteError: if the machine refuses; so of every other write here.
        """
        with self.table(name, sensitive=sensitive) as file:
            for batch in _batches(rows):
                file.write(batch)
        return file.rows

    @contextmanager
    def table(self, name: str, *, sensitive: Collection[str] = ()) -> Iterator[TableFile]:
        """Write a table batch by batch, several tables at once if need be; arguments and errors as of `write_table`."""
        name = self._named(name, ".parquet")
        with self._new(name) as file:
            table = TableFile(file, f"store.{self.address}.{name}", sensitive)
            try:
                yield table
                table.close()
            except BaseException:
                table.abandon()
                raise
        self.statistics[name] = table.statistics()
        self._files[name] = table.entry()

    def write_array(self, name: str, array: np.ndarray) -> None:
        """Write a plain array row-major, exactly as it is; objects are refused with `ValueError`."""
        with self._new(self._named(name, ".npy")) as file:
            np.save(file, np.asarray(array, order="C"), allow_pickle=False)

    def write_json(self, name: str, value: Json) -> None:
        """Write a JSON value; what JSON does not have, such as NaN and numpy scalars, is refused with `ValueError`."""
        name = self._named(name, ".json")
        self.write_bytes(name, plain(value, f"store.{self.address}.{name}"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file as it is."""
        with self._new(self._named(name, "")) as file:
            file.write(content)

    def path(self, name: str) -> Path:
        """Make a folder and give its place, for others to write files into; they are hashed when it is published."""
        folder = self.folder / self._named(name, "")
        make_folders(self._disk, self.folder, folder)
        return folder

    def digest(self) -> str:
        """The content identity of what was written, which is that of the version it becomes."""
        return content_digest(self.finish())

    def finish(self) -> dict[str, FileEntry]:
        """Make every file and folder durable, and give what the manifest says of each file.

        Raises:
            ValueError: if something is neither a file nor a folder.
        """
        for path in sorted(self.folder.rglob("*"), reverse=True):
            name = path.relative_to(self.folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise ValueError(
                    f"store.{self.address}.{name} is neither a file nor a folder: {path}; write its content"
                )
            if name not in self._files and name != MANIFEST:
                with explained(path):
                    self._disk.sync(path)
                if path.is_file():
                    sha256 = sha256_of(path)
                    self._files[name] = {"bytes": path.stat().st_size, "sha256": sha256, "digest": sha256}
        return dict(sorted(self._files.items()))

    @contextmanager
    def _new(self, name: str) -> Iterator[HashedFile]:
        path = self.folder / name
        make_folders(self._disk, self.folder, path.parent)
        with HashedFile(self._disk, path) as file:
            yield file
            file.finish()
        self._files[name] = {"bytes": file.length, "sha256": file.sha256, "digest": file.sha256}

    def _named(self, name: str, suffix: str) -> str:
        named = name if name.endswith(suffix) else name + suffix
        outside = named != PurePosixPath(named).as_posix() or named.startswith("/") or ".." in named.split("/")
        if outside or named in {".", MANIFEST}:
            raise ValueError(
                f"store.{self.address} cannot hold {name!r}: it is no path inside a version; choose another name"
            )
        return named


def _batches(rows: pa.Table | Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    """The batches, at least one of a table, so that its schema is told even where it has no rows."""
    return rows.to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)] if isinstance(rows, pa.Table) else rows
