"""The files of a version that is not yet published."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.disk import Disk, HashedFile, explained, make_folders
from assets.fingerprint import Fingerprint
from assets.layout import plain
from assets.manifest import MANIFEST, FileEntry, content_digest, footer_sha256, sha256_of
from assets.recipe import Address
from assets.statistics import Statistics
from data_checks.verdict import Json

GROUP_ROWS = 1 << 17
GROUP_BYTES = 1 << 27
TEXT_BYTES = 32


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
        name = self._named(name, ".parquet")
        schema, batches = _one_schema(rows, f"store.{self.address}.{name}")
        digest, figures, count = Fingerprint(schema), Statistics(schema, sensitive), 0
        with self._new(name) as file, pq.ParquetWriter(file, schema, **_parquet(schema)) as writer:
            for batch in _even(batches, _group_rows(schema)):
                digest.update(batch)
                figures.update(batch)
                count += len(batch)
                writer.write_batch(batch, row_group_size=len(batch))
        self.statistics[name] = figures.result()
        self._files[name] = {
            "bytes": file.length,
            "sha256": file.sha256,
            "digest": digest.digest(),
            "rows": count,
            "schema": {field.name: str(field.type) for field in schema},
            "footer": footer_sha256(file.path),
            "sensitive": sorted(set(sensitive) & set(schema.names)),
        }
        return count

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


def _one_schema(rows: pa.Table | Iterable[pa.RecordBatch], where: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    if isinstance(rows, pa.Table):
        schema, batches = rows.schema, iter(rows.to_batches())
    else:
        batches = iter(rows)
        first = next(batches, None)
        if first is None:
            raise ValueError(f"{where} has no schema: 0 batches came; yield one batch, which may have no rows")
        schema, batches = first.schema, chain([first], batches)
    if twice := sorted({name for name in schema.names if schema.names.count(name) > 1}):
        raise ValueError(f"{where} has columns of one name: {', '.join(twice)} occur twice; rename them")
    return schema.remove_metadata(), _alike(batches, schema, where)


def _alike(batches: Iterable[pa.RecordBatch], schema: pa.Schema, where: str) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if not batch.schema.equals(schema):
            raise ValueError(
                f"{where} has batches of two schemas: {_told(batch.schema)} after {_told(schema)}; yield batches "
                "of one schema"
            )
        yield batch.replace_schema_metadata(None)


def _told(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def _even(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Cut and join batches to exactly `rows` each, so that file and figures do not depend on how they came."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        rest = batch
        while count + len(rest) >= rows:
            yield pa.concat_batches([*waiting, rest.slice(0, rows - count)])
            rest, waiting, count = rest.slice(rows - count), [], 0
        if len(rest):
            waiting.append(rest)
            count += len(rest)
    if waiting:
        yield pa.concat_batches(waiting)


def _group_rows(schema: pa.Schema) -> int:
    """Rows of a row group: as many as stay in bounds when decoded, by the types alone."""
    width = sum(field.type.bit_width / 8 if _is_fixed(field.type) else TEXT_BYTES for field in schema)
    return max(1024, min(GROUP_ROWS, int(GROUP_BYTES / max(width, 1))))


def _parquet(schema: pa.Schema) -> dict[str, Any]:
    """Dictionaries for text only: of random floats they make a file a third larger and reading twice as slow."""
    return {
        "compression": "zstd",
        "write_page_checksum": True,
        "use_dictionary": [field.name for field in schema if not _is_fixed(field.type)] or False,
    }


def _is_fixed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(kind) or pa.types.is_decimal(kind))
