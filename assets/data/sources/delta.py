"""Rows of a Delta Lake table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from pydantic import Field, field_validator

from assets.data.period import Period
from assets.data.sources.addresses import CREDENTIALS
from assets.data.sources.arrow import SourceError, plain
from assets.environment import MachineFact, here
from assets.settings import Section

if TYPE_CHECKING:
    from deltalake import DeltaTable

# files and batches that are read ahead hold memory
_AHEAD = 2
_ROWS = 8_192


class DeltaSource(Section):
    """A Delta Lake table, read by the package deltalake, which is installed beside Trainyard."""

    kind: Literal["delta"]
    path: MachineFact
    """Folder or address (`s3://bucket/orders`) of the table, without credentials: they come from the environment."""
    version: int | None = Field(default=None, ge=0)
    """Version of the table that is read; absent: the newest."""

    @field_validator("path")
    @classmethod
    def _without_credentials(cls, path: str) -> str:
        if CREDENTIALS.search(path):
            raise ValueError(
                "source.path holds credentials: a part before an @; take them out, and give them by the environment"
            )
        return path

    def fingerprint(self) -> str | None:
        """The table's identity and version: a version of a Delta table never changes."""
        with self._reading():
            table = self._table()
            return f"{table.metadata().id} version {table.version()}"

    def batches(self, period: Period | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of the version, file after file.

        Raises:
            SourceError: deltalake is not installed, the table or its version is not there, or a file is damaged.
        """
        return plain(self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with self._reading():
            rows = self._table().to_pyarrow_dataset()
            yield from rows.to_batches(
                batch_size=_ROWS, batch_readahead=_AHEAD, fragment_readahead=1, use_threads=False
            )

    def _table(self) -> "DeltaTable":
        from deltalake import DeltaTable

        return DeltaTable(here(self.path), version=self.version)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            from deltalake.exceptions import DeltaError
        except ImportError as error:
            raise SourceError(
                f"source.kind delta needs a package that is not installed: {error}; install deltalake"
            ) from error
        try:
            yield
        except (DeltaError, OSError, pa.ArrowException) as error:
            said = re.sub(r"\s+", " ", str(error))[:200]
            raise SourceError(
                f"source.path cannot be read as a Delta table: {self.path!r} says {said!r}; check the path, the "
                "version and the credentials in the environment"
            ) from error
