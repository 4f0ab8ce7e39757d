from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from assets.data.sources import AssetSource, FilesSource, Source, SourceError, SqlSource
from assets.data.sources.handed import HandedTable, hand_over
from assets.versions.disk import Disk
from tests.assets.data.sources.contract import SourceContract

SOURCE = AssetSource(kind="asset", key="shop/orders")


class TestTable(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return SOURCE.batches_of(rows)


class TestFrame(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return SOURCE.batches_of(rows.to_pandas())


class TestReader(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return SOURCE.batches_of(rows.to_reader(max_chunksize=2))


class TestHandedTable(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        hand_over(Disk(), folder / "rows.parquet", rows.to_reader())
        return SOURCE.batches_of(HandedTable("shop/orders", (folder / "rows.parquet",)))


def test_a_reader_is_drawn_from_lazily():
    drawn = []

    def batches():
        for number in range(3):
            drawn.append(number)
            yield pa.RecordBatch.from_pydict({"a": [number]})

    found = SOURCE.batches_of(pa.RecordBatchReader.from_batches(pa.schema({"a": pa.int64()}), batches()))
    next(found)
    assert drawn == [0]


def test_the_index_of_a_frame_is_no_column():
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert pa.Table.from_batches(SOURCE.batches_of(frame)).column_names == ["a"]


def test_refuses_what_is_no_table():
    with pytest.raises(
        SourceError, match=r"source\.key names an asset that returns no table: 'shop/orders' gave a list"
    ):
        SOURCE.batches_of([1, 2])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"kind": "files", "path": "a.csv"}', FilesSource),
        ('{"kind": "sql", "url_env": "A", "query": "SELECT 1"}', SqlSource),
        ('{"kind": "asset", "key": "a"}', AssetSource),
    ],
)
def test_a_source_is_told_by_its_kind(text, kind):
    assert isinstance(TypeAdapter(Source).validate_json(text), kind)
