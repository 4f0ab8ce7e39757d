"""Rows that another Dagster asset returns."""

from collections.abc import Iterator
from typing import Literal

import pyarrow as pa

from assets.data.sources.arrow import SourceError, plain
from assets.data.sources.handed import HandedTable
from assets.data.sources.tabular import reader_of
from assets.settings import Section


class AssetSource(Section):
    """Another asset's table, handed in by the shell."""

    kind: Literal["asset"]
    key: str
    """Key of the Dagster asset, folders parted by `/`."""

    def fingerprint(self) -> str | None:
        """None: what the asset returns is known once it was read."""
        return None

    def batches_of(self, value: object) -> Iterator[pa.RecordBatch]:
        """The rows of the asset's value, in its order; a record batch reader is drawn from once.

        Args:
            value: what the asset's IO manager hands on: a `HandedTable`, a pyarrow table, record batch or record batch
                reader, or a pandas frame.

        Raises:
            SourceError: the value is something else, or its file cannot be read.
        """
        rows = value.reader() if isinstance(value, HandedTable) else reader_of(value)
        if rows is None:
            raise SourceError(
                f"source.key names an asset that returns no table: {self.key!r} gave a {type(value).__name__}; "
                "return a pyarrow table or record batch reader, or a pandas frame"
            )
        return plain(rows)
