import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.data.sources import FilesSource
from assets.data.sources.arrow import BATCH_BYTES
from assets.data.sources.parquet_rows import batches, numbered
from assets.data.sources.places import Place, places


def place(folder, rows: pa.Table, **more: object) -> Place:
    pq.write_table(rows, folder / "rows.parquet", **more)
    return places([str(folder / "rows.parquet")])[0]


def test_a_file_that_decodes_to_a_thousand_times_its_size_comes_in_small_batches(tmp_path):
    codes = pa.array(np.zeros(600, dtype="int32"))
    texts = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 2**20]))
    found = place(tmp_path, pa.table({"a": texts, "b": np.arange(600)}))
    source = FilesSource(kind="files", path=found.path)
    largest = rows = total = 0
    for batch in source.batches():
        largest, rows, total = max(largest, batch.nbytes), rows + len(batch), total + batch.nbytes
    assert total > 1_000 * found.told["size"]
    assert rows == 600
    assert largest <= 1.01 * BATCH_BYTES


def test_rows_of_many_values_come_few_at_a_time(tmp_path):
    lists = pa.array([[0.0] * 50_000] * 300)
    found = list(batches(place(tmp_path, pa.table({"a": lists}), compression="zstd")))
    assert sum(map(len, found)) == 300
    assert max(batch.nbytes for batch in found) <= BATCH_BYTES


def test_long_plain_texts_come_few_at_a_time(tmp_path):
    texts = pa.array(["x" * 100_000 + str(number) for number in range(1_000)])
    found = list(batches(place(tmp_path, pa.table({"a": texts}), compression="zstd", use_dictionary=False)))
    assert max(batch.nbytes for batch in found) <= BATCH_BYTES


def test_short_texts_stay_plain_and_come_many_at_a_time(tmp_path):
    found = next(batches(place(tmp_path, pa.table({"a": ["x", "y"] * 50_000}))))
    assert found.schema.types == [pa.string()]
    assert len(found) == 65_536


def test_row_groups_that_are_not_asked_for_are_not_read(tmp_path):
    found = place(tmp_path, pa.table({"a": list(range(10))}), row_group_size=3)
    numbered_rows = [(group, batch["a"].to_pylist()) for group, batch in numbered(found, {1, 3})]
    assert numbered_rows == [(1, [3, 4, 5]), (3, [9])]
    assert [group for group, _ in numbered(found)] == [0, 1, 2, 3]


def test_a_file_without_rows_keeps_its_columns(tmp_path):
    (found,) = batches(place(tmp_path, pa.table({"a": pa.array([], pa.int64())})))
    assert (len(found), found.schema.names) == (0, ["a"])
