import datetime as dt
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.store import Store
from assets.versions.layout import DamagedError
from assets.versions.recipe import Address, Recipe
from assets.versions.version import lineage

ADDRESS = Address("hotel", "raw", "2015-07")
ROWS = pa.table(
    {
        "number": [1.5, None, 2.5, 4.0] * 4,
        "text": ["a", None, "b", "c"] * 4,
        "day": [dt.date(2015, 7, 1), None, dt.date(2015, 7, 2), dt.date(2015, 7, 3)] * 4,
    }
)


def publish(root, stage="raw", partition="2015-07", rows=ROWS):
    address = Address("hotel", stage, partition)
    store = Store(root)
    with store.draft(address) as draft:
        draft.write_table("rows", rows, sensitive=["text"])
        draft.write_array("weights", np.arange(4))
        draft.write_json("state", {"a": 1})
        (draft.path("package") / "network.onnx").write_bytes(b"onnx")
        recipe = Recipe(address=address, inputs={}, declaration={}, code={}, environment={})
        return store.publish(draft, recipe, counts={"read": 4}, metadata={"note": "x"})


@pytest.fixture
def version(tmp_path):
    return publish(tmp_path)


def read_all(version):
    version.table("rows")
    version.array("weights")
    version.json("state")
    version.path("package")


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << (position % 8)
    path.write_bytes(content)


def test_a_flipped_bit_anywhere_in_a_table_is_an_error_or_changes_nothing_that_is_read(version):
    path = version.folder / "rows.parquet"
    whole = path.read_bytes()
    unnoticed = 0
    for position in range(len(whole)):
        flip(path, position)
        try:
            assert version.table("rows").equals(ROWS)
            unnoticed += 1
        except DamagedError:
            pass
        with pytest.raises(DamagedError):
            version.verify()
        path.write_bytes(whole)
    assert unnoticed < len(whole) / 5


@pytest.mark.parametrize("name", ["weights.npy", "state.json", "package/network.onnx"])
def test_a_flipped_bit_in_any_other_file_is_an_error_that_names_place_and_remedy(version, name):
    path = version.folder / name
    whole = path.read_bytes()
    for position in range(len(whole)):
        flip(path, position)
        with pytest.raises(DamagedError) as caught:
            read_all(version)
        assert str(path) in str(caught.value)
        assert f"delete {version.folder.parents[1] / 'records'}" in str(caught.value)
        path.write_bytes(whole)
    read_all(version)


@pytest.mark.parametrize("name", ["rows.parquet", "weights.npy", "state.json", "package/network.onnx"])
@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_a_missing_or_short_file_is_an_error(version, name, harm):
    harm(version.folder / name)
    with pytest.raises(
        DamagedError, match=r"store\.hotel/raw\[2015-07\] is damaged: .*; delete .* and run the stage again"
    ):
        read_all(version)
    with pytest.raises(DamagedError):
        version.verify()


def test_a_file_that_does_not_belong_here_is_found(version):
    (version.folder / "package/more").write_text("x")
    with pytest.raises(DamagedError, match="was not there when the version was published"):
        version.verify()


def test_a_damaged_manifest_or_record_is_an_error_that_names_place_and_remedy(tmp_path, version):
    record = version.folder.parents[1] / "records" / f"{version.key}.json"
    for path in (version.folder / "manifest.json", record):
        whole = path.read_bytes()
        for position in range(0, len(whole), 7):
            flip(path, position)
            with pytest.raises(DamagedError, match=r"; delete .* and run the stage again"):
                Store(tmp_path).find(ADDRESS, version.key)
            path.write_bytes(whole)
    shutil.rmtree(version.folder)
    with pytest.raises(DamagedError, match="missing or not what was written"):
        Store(tmp_path).find(ADDRESS, version.key)


def test_reads_columns_rows_and_batches(version):
    assert version.table("rows", ["text", "number"]).column_names == ["text", "number"]
    assert version.table("rows", filters=pc.field("number") > 2).num_rows == 8
    assert version.table("rows", columns=["text"], filters=pc.field("number") > 2).column_names == ["text"]
    batches = list(version.batches("rows", ["number"], rows=5))
    assert [len(batch) for batch in batches] == [5, 5, 5, 1]
    assert pa.Table.from_batches(batches).equals(ROWS.select(["number"]))


def test_a_filter_reads_with_checksums_too(version):
    path = version.folder / "rows.parquet"
    whole = path.read_bytes()
    caught = 0
    for position in range(4, len(whole) // 2):
        flip(path, position)
        try:
            assert version.table("rows", filters=pc.field("number") > 0).num_rows == 12
        except DamagedError:
            caught += 1
        path.write_bytes(whole)
    assert caught > 50


def test_an_error_of_the_caller_is_not_taken_for_damage(version):
    with pytest.raises(
        ValueError, match=r"rows\.parquet has no column nope: it holds number, text, day; read one of those"
    ):
        version.table("rows", ["nope"])
    with pytest.raises(ValueError, match=r"holds no nope: version \w+ has .*; read one of those"):
        version.table("nope")
    with pytest.raises(ValueError, match=r"holds no packag"):
        version.path("packag")
    with pytest.raises(pa.ArrowInvalid):
        version.table("rows", filters=pc.field("nope") > 2)


def test_a_preview_is_json_and_shows_nothing_sensitive(version):
    assert version.preview("rows", 2) == [
        {"number": 1.5, "text": "(sensitive)", "day": "2015-07-01"},
        {"number": None, "text": "(sensitive)", "day": None},
    ]


def test_the_digest_is_of_the_content_alone(tmp_path, version):
    assert publish(tmp_path / "b", stage="clean").digest == version.digest
    assert publish(tmp_path / "c", rows=ROWS.slice(0, 8)).digest != version.digest


def test_lineage_names_every_version_of_a_window(tmp_path, version):
    later = publish(tmp_path, partition="2015-08", rows=ROWS.slice(1))
    entries = lineage({"clean": [version, later], "labels": later})
    assert [(entry["name"], entry["partition"], entry["key"]) for entry in entries] == [
        ("clean", "2015-07", version.key),
        ("clean", "2015-08", later.key),
        ("labels", "2015-08", later.key),
    ]
