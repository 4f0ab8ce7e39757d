"""What people's own code returns as a table, as Arrow."""

import sys

import pyarrow as pa

from assets.data.sources.arrow import BATCH_ROWS


def table_of(value: object) -> pa.Table | None:
    """The value as a pyarrow table, a frame without its index; None where it is no table, batch or pandas frame."""
    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    return pa.Table.from_pandas(value, preserve_index=False) if is_frame(value) else None


def reader_of(value: object) -> pa.RecordBatchReader | None:
    """The value's rows, batch by batch; None where it is no table, batch, reader or pandas frame."""
    if isinstance(value, pa.RecordBatchReader):
        return value
    table = table_of(value)
    return None if table is None else table.to_reader(max_chunksize=BATCH_ROWS)


def is_frame(value: object) -> bool:
    """Whether the value is a pandas frame; pandas is not imported to find out, since without it there is none."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def is_frame_type(kind: object) -> bool:
    """Whether an annotation is pandas' frame itself, and no other class of that name."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and kind is pandas.DataFrame
