import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.store import Store
from assets.versions import table_file
from assets.versions.fingerprint import fingerprint
from assets.versions.recipe import Address, Recipe

ADDRESS = Address("hotel", "raw")
ROWS = pa.table(
    {
        "number": [1.5, None, float("nan")],
        "text": ["a", None, "ü"],
        "category": pa.array(["a", None, "b"]).dictionary_encode(),
        "day": [dt.date(2015, 7, 1), None, dt.date(2015, 7, 2)],
        "instant": pa.array([1, None, 3], pa.timestamp("us", "Europe/Berlin")),
        "flag": [True, None, False],
        "small": pa.array([-128, None, 127], pa.int8()),
        "natural": pa.array([0, None, 2**64 - 1], pa.uint64()),
        "whole": [-(2**63), None, 2**63 - 1],
        "reasons": [["late", ""], None, []],
        "struct": [{"x": 1}, None, {"x": None}],
        "large": pa.array(["a", None, "b"], pa.large_string()),
        "nothing": pa.nulls(3),
    }
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def publish(store, write):
    with store.draft(ADDRESS) as draft:
        write(draft)
        return store.publish(draft, Recipe(address=ADDRESS, inputs={}, declaration={}, code={}, environment={}))


def test_a_table_comes_back_as_it_was_with_checksums_and_digest(store):
    version = publish(store, lambda draft: draft.write_table("rows", ROWS))
    read = version.table("rows")
    assert read.schema.equals(ROWS.schema)
    entry = version.manifest["files"]["rows.parquet"]
    assert fingerprint(read) == fingerprint(ROWS) == entry["digest"]
    assert entry["rows"] == 3
    assert entry["schema"]["category"] == "dictionary<values=string, indices=int32, ordered=0>"
    column = pq.read_metadata(version.folder / "rows.parquet").row_group(0).column(0)
    assert column.compression == "ZSTD"
    with pq.ParquetFile(version.folder / "rows.parquet", page_checksum_verification=True) as file:
        assert file.read().num_rows == 3


def test_batches_of_any_size_give_one_and_the_same_file(store, tmp_path, monkeypatch):
    monkeypatch.setattr(table_file, "GROUP_ROWS", 1024)
    table = pa.table({"a": np.arange(5000), "b": [str(number % 7) for number in range(5000)]})
    digests, shas, statistics = set(), set(), []
    for number, size in enumerate((1, 333, 1024, 5000)):
        each = Store(tmp_path / str(number))
        version = publish(each, lambda draft, size=size: draft.write_table("rows", iter(table.to_batches(size))))
        digests.add(version.digest)
        shas.add(version.manifest["files"]["rows.parquet"]["sha256"])
        statistics.append(version.manifest["statistics"])
        assert version.table("rows").equals(table)
    assert len(digests) == len(shas) == 1
    assert all(each == statistics[0] for each in statistics)
    assert pq.read_metadata(version.folder / "rows.parquet").num_row_groups == 5


def test_dictionaries_that_differ_by_batch_are_one_column(store):
    batches = [
        pa.record_batch([pa.array(values).dictionary_encode()], names=["a"]) for values in (["x", "y"], ["z", "x"])
    ]
    version = publish(store, lambda draft: draft.write_table("rows", batches))
    assert version.table("rows")["a"].to_pylist() == ["x", "y", "z", "x"]


def test_a_table_without_rows_keeps_its_columns(store):
    version = publish(
        store,
        lambda draft: draft.write_table(
            "rows", iter(ROWS.schema.empty_table().to_batches() or [pa.RecordBatch.from_pylist([], ROWS.schema)])
        ),
    )
    assert version.table("rows").schema.equals(ROWS.schema)
    assert version.preview("rows") == []


def test_rows_are_never_all_in_memory(store):
    alive = []

    def batches():
        for number in range(20):
            alive.append(pa.total_allocated_bytes())
            yield pa.record_batch([pa.array(np.full(1 << 17, number))], names=["a"])

    publish(store, lambda draft: draft.write_table("rows", batches()))
    assert max(alive[10:]) < max(alive[:10]) * 1.5 + 1_000_000


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"store\.hotel/raw\.rows\.parquet has no schema: 0 batches came; yield one batch"),
        (
            [pa.record_batch([[1]], names=["a"]), pa.record_batch([["x"]], names=["a"])],
            r"rows\.parquet has batches of two schemas: a string after a int64; yield batches of one schema",
        ),
        (pa.table([[1], [2]], names=["a", "a"]), r"rows\.parquet has columns of one name: a occur twice; rename them"),
    ],
)
def test_refuses_rows_that_are_no_table(store, rows, message):
    with pytest.raises(ValueError, match=message):
        publish(store, lambda draft: draft.write_table("rows", rows))
    assert not list((store.root / "hotel/raw/staging").iterdir())


def test_an_error_of_the_source_is_not_taken_for_one_of_the_store(store):
    def batches():
        yield pa.record_batch([[1]], names=["a"])
        raise FileNotFoundError("bookings.csv")

    with pytest.raises(FileNotFoundError, match=r"bookings\.csv"):
        publish(store, lambda draft: draft.write_table("rows", batches()))


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../../x", "a//b", "./a", "manifest.json", "a/"])
def test_refuses_a_name_outside_the_version(store, name):
    with pytest.raises(ValueError, match=r"store\.hotel/raw cannot hold .*; choose another name"):
        publish(store, lambda draft: draft.write_bytes(name, b""))


def test_arrays_keep_shape_and_type_and_objects_are_refused(store):
    array = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    read = publish(store, lambda draft: draft.write_array("a", array)).array("a")
    assert read.dtype == np.float32
    assert read.flags.c_contiguous
    assert (read == array).all()
    with pytest.raises(ValueError, match="Object arrays"):
        publish(store, lambda draft: draft.write_array("a", np.array([object()])))


@pytest.mark.parametrize("value", [float("nan"), np.float32(1)])
def test_refuses_what_is_no_json(store, value):
    with pytest.raises(ValueError, match=r"store\.hotel/raw\.history\.json is no plain JSON: .*; convert such values"):
        publish(store, lambda draft: draft.write_json("history", {"loss": value}))


def test_files_of_others_are_hashed_and_links_are_refused(store, tmp_path):
    def write(draft):
        (draft.path("package/deep") / "network.onnx").write_bytes(b"onnx")

    version = publish(store, write)
    assert list(version.manifest["files"]) == ["package/deep/network.onnx"]
    (tmp_path / "secret").write_text("x")
    with pytest.raises(ValueError, match=r"neither a file nor a folder: .*; write its content"):
        publish(Store(tmp_path / "other"), lambda draft: (draft.path("p") / "link").symlink_to(tmp_path / "secret"))


def test_the_digest_of_a_draft_is_that_of_its_version(store):
    found = []

    def write(draft):
        draft.write_table("rows", ROWS)
        found.append(draft.digest())

    assert publish(store, write).digest == found[0]
