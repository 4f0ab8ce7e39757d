import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.data.sources import SourceError
from assets.data.sources.handed import HandedTable, hand_over
from assets.data.sources.tabular import reader_of
from assets.versions.disk import Disk

# hands a table over and reads it as ingestion does, twice: 32 MiB, then 384 MiB; prints the peaks of resident memory
PASSES_ON = """
import resource, sys
from pathlib import Path
import numpy as np, pyarrow as pa
from assets.data.ingest import ingest
from assets.data.sources import AssetSource
from assets.data.sources.handed import HandedTable, hand_over
from assets.versions.disk import Disk

def batches(count):
    for _ in range(count):
        yield pa.RecordBatch.from_pydict({"zero": np.zeros(2**20), "one": np.ones(2**20)})

path, schema = Path(sys.argv[1]), pa.schema({"zero": pa.float64(), "one": pa.float64()})
for count in (2, 24):
    hand_over(Disk(), path, pa.RecordBatchReader.from_batches(schema, batches(count)))
    rows = AssetSource(kind="asset", key="a").batches_of(HandedTable("a", (path,)))
    assert sum(map(len, ingest(rows, derive=None, period=None, column=None))) == count * 2**20
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def handed(folder: Path, *tables: object) -> HandedTable:
    files = tuple(folder / f"{place}.parquet" for place in range(len(tables)))
    for path, table in zip(files, tables, strict=True):
        hand_over(Disk(), path, reader_of(table))
    return HandedTable("shop/orders", files)


def test_memory_does_not_grow_with_the_table(tmp_path):
    command = [sys.executable, "-c", PASSES_ON, str(tmp_path / "a.parquet")]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    small, large = map(int, found.stdout.split())
    assert large - small < 128


def test_partitions_come_one_after_another_under_the_schema_that_holds_all(tmp_path):
    whole, gap = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [None, 3.5]})
    assert handed(tmp_path, whole, gap).reader().read_all().to_pydict() == {"a": [1.0, 2.0, None, 3.5]}


def test_small_batches_become_large_row_groups(tmp_path):
    reader = pa.table({"a": list(range(1000))}).to_reader(max_chunksize=1)
    assert hand_over(Disk(), tmp_path / "a.parquet", reader) == 1000
    assert pq.read_metadata(tmp_path / "a.parquet").num_row_groups == 1


def test_refuses_partitions_that_do_not_go_together(tmp_path):
    table = handed(tmp_path, pa.table({"a": [1]}), pa.table({"b": [1]}))
    with pytest.raises(SourceError, match=r"source has parts of other columns: '.*1\.parquet' lacks \['a'\] and adds"):
        table.reader()


@pytest.mark.parametrize("spoil", ["cut", "flip", "remove"])
def test_a_damaged_file_is_one_sentence(tmp_path, spoil):
    table = handed(tmp_path, pa.table({"a": list(range(1000))}))
    (file,) = table.files
    content = bytearray(file.read_bytes())
    content[30] ^= 1
    file.write_bytes(content if spoil == "flip" else file.read_bytes()[:-9])
    if spoil == "remove":
        file.unlink()
    message = r"source\.key names an asset whose table cannot be read: 'shop/orders' lies in .*; materialize the asset"
    with pytest.raises(SourceError, match=message):
        table.reader().read_all()
