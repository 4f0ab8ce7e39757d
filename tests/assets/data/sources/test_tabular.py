import pandas as pd
import pyarrow as pa
import pytest

from assets.data.sources.tabular import reader_of, table_of

ROWS = pa.table({"a": [1, 2]})


@pytest.mark.parametrize("value", [ROWS, ROWS.to_batches()[0], pd.DataFrame({"a": [1, 2]}, index=["x", "y"])])
def test_takes_tables_batches_and_frames(value):
    assert table_of(value).cast(ROWS.schema).equals(ROWS)


@pytest.mark.parametrize("value", [ROWS, ROWS.to_reader(), pd.DataFrame({"a": [1, 2]})])
def test_reads_them_batch_by_batch(value):
    assert reader_of(value).read_all().to_pydict() == ROWS.to_pydict()


@pytest.mark.parametrize("value", [None, [1], {"a": [1]}, pd.Series([1])])
def test_anything_else_is_none(value):
    assert table_of(value) is None
    assert reader_of(value) is None
