"""Where the rows of a pipeline come from, one file a kind.

The law of a source: a frozen section told apart by `kind`; `fingerprint()` is the identity of its content, or None
where that is unknown until read; `batches(period)` (of an asset: `batches_of(value)`) begins anew with every call, is
lazy, and gives plain Arrow batches of one schema in a stable order; whatever goes wrong is one `SourceError`. A
`period` is a hint that saves reading (with it, `delta` takes the event-time column); rows outside of it are left out by
`ingest`, and a part that may hold a row without an event time is always read, since that is refused.
"""

from collections.abc import Iterator
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from assets.data.period import Period
from assets.data.sources.arrow import SourceError
from assets.data.sources.asset import AssetSource
from assets.data.sources.delta import DeltaSource
from assets.data.sources.files import FilesSource
from assets.data.sources.python import PythonSource
from assets.data.sources.sql import SqlSource

Source = Annotated[FilesSource | SqlSource | DeltaSource | PythonSource | AssetSource, Field(discriminator="kind")]


def rows_of(
    source: FilesSource | SqlSource | DeltaSource | PythonSource, period: Period | None, *, hidden: bool
) -> Iterator[pa.RecordBatch]:
    """The rows of a source that reads itself.

    Args:
        source: which.
        period: a hint that saves reading.
        hidden: whether a row may hold what nobody may see: a function or a database may repeat one in its errors.
    """
    if isinstance(source, PythonSource | SqlSource):
        return source.batches(period, hidden=hidden)
    return source.batches(period)


__all__ = ["AssetSource", "DeltaSource", "FilesSource", "PythonSource", "Source", "SourceError", "SqlSource", "rows_of"]
