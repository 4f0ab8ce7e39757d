"""Rows that another Dagster asset returns."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from assets.data.sources.arrow import BATCH_ROWS, SourceError, plain
from assets.data.sources.tabular import table_of
from assets.settings import Section

if TYPE_CHECKING:
    import pandas as pd


class AssetSource(Section):
    """Another asset's table, handed in by the shell."""

    kind: Literal["asset"]
    key: str
    """Key of the Dagster asset, folders parted by `/`."""

    def fingerprint(self) -> str | None:
        """None: what the asset returns is known once it was read."""
        return None

    def batches_of(self, value: "pa.Table | pd.DataFrame") -> Iterator[pa.RecordBatch]:
        """The rows of the asset's value, in its order.

        Raises:
            SourceError: the value is neither a pyarrow table nor a pandas frame.
        """
        table = table_of(value)
        if table is None:
            raise SourceError(
                f"source.key names an asset that returns no table: {self.key!r} gave a {type(value).__name__}; "
                "return a pyarrow table or a pandas frame"
            )
        return plain(table.to_batches(max_chunksize=BATCH_ROWS))
