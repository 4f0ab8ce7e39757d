from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from assets.data.sources import AssetSource, FilesSource, Source, SourceError, SqlSource
from tests.assets.data.sources.contract import SourceContract

SOURCE = AssetSource(kind="asset", key="shop/orders")


class TestTable(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return SOURCE.batches_of(rows)


class TestFrame(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        return SOURCE.batches_of(rows.to_pandas())


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
