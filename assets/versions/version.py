"""A published version: immutable, and verified whenever it is read."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.versions.layout import DamagedError
from assets.versions.manifest import MANIFEST, InputEntry, Manifest, footer_sha256, sha256_of
from assets.versions.recipe import Address, Recipe
from assets.versions.shown import shown
from data_checks.verdict import Json

HIDDEN = "(sensitive)"


@dataclass(frozen=True)
class Version:
    """Files that belong together, under a key that says how they were made and a digest that says what they hold.

    Names are paths inside the version; `rows` also finds `rows.parquet`, and so `.npy` and `.json`.

    Attributes:
        address: the stage and partition it belongs to.
        key: 32 hex, the hash of its recipe.
        digest: 64 hex, the hash of its content: equal content, however made, has an equal digest.
        folder: where the files lie; nothing may be changed in it.
        manifest: what is recorded of it.
    """

    address: Address
    key: str
    digest: str
    folder: Path
    manifest: Manifest = field(compare=False, repr=False)

    @property
    def recipe(self) -> Recipe:
        """What it was made from."""
        return Recipe.from_json(self.manifest["recipe"])

    @property
    def counts(self) -> dict[str, int]:
        """Such as rows read and kept."""
        return self.manifest["counts"]

    def table(
        self, name: str, columns: Sequence[str] | None = None, filters: "pa.compute.Expression | None" = None
    ) -> pa.Table:
        """Read a table, or some columns of it, in the order in which it was written.

        Args:
            name: of the table.
            columns: to read, in this order; all if None.
            filters: rows to keep.

        Raises:
            ValueError: if there is no such table or column.
            DamagedError: if the file is not what was written.
        """
        name = self._named(name, ".parquet")
        chosen = self._columns(name, columns)
        with self._intact(name) as path:
            return pq.read_table(
                path, columns=chosen, filters=filters, page_checksum_verification=True, partitioning=None
            )

    def batches(self, name: str, columns: Sequence[str] | None = None, rows: int = 1 << 16) -> Iterator[pa.RecordBatch]:
        """Read a table piece by piece, in order, `rows` at most at a time, once at least; raises as `table` does."""
        name = self._named(name, ".parquet")
        chosen = self._columns(name, columns)
        with self._intact(name) as path, pq.ParquetFile(path, page_checksum_verification=True) as file:
            if file.metadata.num_rows == 0:
                yield pa.RecordBatch.from_pylist([], file.schema_arrow)
            for group in range(file.num_row_groups):  # of bounded size: one batch must not hold several
                yield from file.iter_batches(rows, row_groups=[group], columns=chosen)

    def array(self, name: str) -> np.ndarray:
        """Read a plain array; raises as `table` does."""
        array: np.ndarray = np.load(io.BytesIO(self._content(self._named(name, ".npy"))), allow_pickle=False)
        return array

    def json(self, name: str) -> Json:
        """Read a JSON value; raises as `table` does."""
        value: Json = json.loads(self._content(self._named(name, ".json")))
        return value

    def preview(self, name: str, rows: int = 5) -> list[dict[str, Json]]:
        """Read the first rows of a table for people, as JSON, with a mark for each value of a sensitive column."""
        name = self._named(name, ".parquet")
        hidden = self.manifest["files"][name].get("sensitive", [])
        first = next(self.batches(name, rows=rows), None)
        if first is None:
            return []
        columns = [
            [HIDDEN] * len(first) if column in hidden else shown(values)
            for column, values in zip(first.schema.names, first.columns, strict=True)
        ]
        return [dict(zip(first.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def path(self, name: str) -> Path:
        """Give the verified place of a file, or of a folder with all files in it, for others to read."""
        files = self.manifest["files"]
        wanted = [name] if name in files else [file for file in files if file.startswith(f"{name}/")]
        if not wanted:
            raise self._absent(name)
        for file in wanted:
            self._check(file)
        return self.folder / name

    def verify(self) -> None:
        """Read every file and compare it with what was written.

        Raises:
            DamagedError: for the first file that differs, is missing or does not belong here.
        """
        for name in self.manifest["files"]:
            self._check(name)
        found = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if not path.is_dir()}
        if surplus := sorted(found - self.manifest["files"].keys() - {MANIFEST}):
            raise self._damage(surplus[0], "it was not there when the version was published")

    def _named(self, name: str, suffix: str) -> str:
        for candidate in (name, name + suffix):
            if candidate in self.manifest["files"]:
                return candidate
        raise self._absent(name)

    def _columns(self, name: str, columns: Sequence[str] | None) -> list[str] | None:
        known = self.manifest["files"][name].get("schema", {})
        if unknown := [column for column in columns or () if known and column not in known]:
            raise ValueError(
                f"store.{self.address}.{name} has no column {', '.join(unknown)}: it holds {', '.join(known)}; "
                "read one of those"
            )
        return None if columns is None else list(columns)

    @contextmanager
    def _intact(self, name: str) -> Iterator[Path]:
        """Page checksums guard the pages; the footer, which says where and what they are, is compared here."""
        path, entry = self.folder / name, self.manifest["files"][name]
        if "footer" not in entry:
            self._check(name)
        elif not path.is_file() or footer_sha256(path) != entry["footer"]:
            raise self._damage(name, "its footer is not the one that was written" if path.exists() else "it is missing")
        try:
            yield path
        except (pa.ArrowException, OSError, ValueError):
            self._check(name)
            raise

    def _content(self, name: str) -> bytes:
        path = self.folder / name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != self.manifest["files"][name]["sha256"]:
            raise self._damage(name, "its sha256 is not the one that was written" if path.exists() else "it is missing")
        return content

    def _check(self, name: str) -> None:
        path = self.folder / name
        if not path.is_file():
            raise self._damage(name, "it is missing")
        if sha256_of(path) != self.manifest["files"][name]["sha256"]:
            raise self._damage(name, "its sha256 is not the one that was written")

    def _absent(self, name: str) -> ValueError:
        held = ", ".join(self.manifest["files"])
        return ValueError(f"store.{self.address} holds no {name}: version {self.key} has {held}; read one of those")

    def _damage(self, name: str, what: str) -> DamagedError:
        record = self.folder.parent.parent / "records" / f"{self.key}.json"
        return DamagedError(
            f"store.{self.address} is damaged: {self.folder / name}: {what}; delete {record} and run the stage again"
        )


Inputs = Mapping[str, "Version | Sequence[Version]"]


def lineage(inputs: Inputs) -> list[InputEntry]:
    """What a manifest says of the versions that another was made from."""
    return [
        {
            "name": name,
            "pipeline": version.address.pipeline,
            "stage": version.address.stage,
            "partition": version.address.partition,
            "key": version.key,
            "digest": version.digest,
        }
        for name, given in inputs.items()
        for version in ([given] if isinstance(given, Version) else given)
    ]
