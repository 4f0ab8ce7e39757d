import numpy as np
import pyarrow as pa
import pytest

from assets.data.sources.arrow import BATCH_BYTES, plain


@pytest.mark.parametrize("text", [pa.string(), pa.large_binary()])
def test_a_small_batch_that_decodes_to_gigabytes_is_cut_before(text):
    codes = pa.array(np.zeros(3_000, dtype="int32"))
    values = pa.array(["x" * 2**20]).cast(text)
    rows = pa.RecordBatch.from_arrays([pa.DictionaryArray.from_arrays(codes, values)], ["a"])
    largest = count = 0
    for batch in plain([rows]):
        largest, count = max(largest, batch.nbytes), count + len(batch)
    assert count == 3_000
    assert BATCH_BYTES // 4 < largest <= BATCH_BYTES * 1.01


def test_one_row_is_never_cut():
    (batch,) = plain([pa.RecordBatch.from_pydict({"a": ["x" * (BATCH_BYTES + 1)]})])
    assert len(batch) == 1
