import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.versions import table_file
from assets.versions.disk import Disk, HashedFile, StoreWriteError
from assets.versions.fingerprint import fingerprint
from assets.versions.table_file import TableFile


@pytest.fixture
def file(tmp_path: Path) -> HashedFile:
    return HashedFile(Disk(), tmp_path / "rows.parquet")


def test_takes_batches_and_tells_what_they_hold(file: HashedFile) -> None:
    rows = pa.table({"a": list(range(1000)), "b": ["x", None] * 500})
    with file:
        table = TableFile(file, "store.rows", {"b"})
        for batch in rows.to_batches(max_chunksize=7):
            table.write(batch)
        table.close()
        file.finish()
    assert table.rows == 1000
    assert table.entry()["digest"] == fingerprint(rows)
    assert table.entry()["sensitive"] == ["b"]
    assert table.statistics()["a"]["maximum"] == 999
    assert "top" not in table.statistics()["b"]
    assert pq.read_table(file.path).equals(rows)


def test_whole_numbers_and_days_are_written_by_their_differences(file: HashedFile) -> None:
    rows = pa.table({"a": [1, 2], "b": [1.5, 2.5], "c": pa.array([1, 2], pa.date32()), "d": ["x", "y"]})
    with file:
        table = TableFile(file, "store.rows")
        table.write(rows.to_batches()[0])
        table.close()
    group = pq.read_metadata(file.path).row_group(0)
    found = {group.column(place).path_in_schema: group.column(place).encodings for place in range(4)}
    assert [name for name, encodings in found.items() if "DELTA_BINARY_PACKED" in encodings] == ["a", "c"]
    assert [name for name, encodings in found.items() if "RLE_DICTIONARY" in encodings] == ["d"]


def test_rows_of_great_length_make_small_groups(file: HashedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "GROUP_BYTES", 2**20)
    with file:
        table = TableFile(file, "store.rows")
        for _ in range(8):
            table.write(pa.record_batch([["x" * 1000] * 500], names=["a"]))
        table.close()
    assert pq.read_metadata(file.path).num_row_groups == 3
    assert table.rows == 4000


def written(table: TableFile, batches: list[pa.RecordBatch]) -> None:
    for batch in batches:
        table.write(batch)


class Full(Disk):
    """A disk that takes the beginning of a file."""

    def write(self, descriptor: int, content: memoryview) -> int:
        if os.lseek(descriptor, 0, os.SEEK_CUR) > 1000:
            raise OSError(28, "No space left on device")
        return super().write(descriptor, content)


def test_what_goes_wrong_beside_the_caller_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "GROUP_ROWS", 1024)
    batch = pa.record_batch([np.random.default_rng(0).normal(size=1024)], names=["a"])
    with HashedFile(Full(), tmp_path / "rows.parquet") as refused:
        table = TableFile(refused, "store.rows")
        with pytest.raises(StoreWriteError, match="No space left on device"):
            written(table, [batch] * 5)
        table.abandon()
