"""What a pipeline's own source may look like, and what it may not."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

GIVEN: dict[str, pa.Table] = {}


def batches(start: datetime | None, end: datetime | None) -> Iterator[pa.RecordBatch]:
    yield from GIVEN["rows"].to_batches(max_chunksize=2)


def frames(start: datetime | None, end: datetime | None) -> Iterator[pd.DataFrame]:
    for batch in batches(start, end):
        yield batch.to_pandas()


def bounds(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"start": [str(start)], "end": [str(end)]})


def none(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield from ()


def no_generator(start: datetime | None, end: datetime | None) -> pa.Table:
    return pa.table({"a": [1]})


def no_table(start: datetime | None, end: datetime | None) -> Iterator[object]:
    yield pa.table({"a": [1]})
    yield {"a": 1}


def two_schemas(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"a": [1], "b": [1]})
    yield pa.table({"a": ["x"], "b": [1]})


def raising(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"a": [1]})
    raise KeyError("spent")


def opening(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"a": [len(Path("/no/such/file").read_text())]})


def without_service(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"a": [1]})
    raise ConnectionRefusedError("away")


def without_bounds() -> Iterator[pa.Table]:
    yield pa.table({"a": [1]})


def one_large(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"a": pa.array(range(5_000_000))})


def telling_a_value(start: datetime | None, end: datetime | None) -> Iterator[pa.Table]:
    yield pa.table({"a": [1]})
    raise ValueError("123-45-6789 is no guest")


def mixed_values(start: datetime | None, end: datetime | None) -> Iterator[pd.DataFrame]:
    yield pd.DataFrame({"a": pd.Series([1, "123-45-6789"], dtype=object)})
