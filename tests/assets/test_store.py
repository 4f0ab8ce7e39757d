from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.store import Store
from assets.versions.layout import DamagedError
from assets.versions.recipe import Address, Recipe
from data_checks.verdict import Verdict

RAW = Address("hotel", "raw", "2015-07")
ROWS = pa.table({"lead_time": [3, None, 5], "hotel": ["City", "Resort", None]})


def recipe(address=RAW, **changes):
    parts = {"inputs": {}, "declaration": {"a": 1}, "code": {"m": "1"}, "environment": {}}
    return Recipe(address=address, **{**parts, **changes})


def publish(store, address=RAW, rows=ROWS, inputs=None, **changes):
    with store.draft(address) as draft:
        draft.write_table("rows", rows)
        draft.write_array("weights", np.arange(4.0))
        draft.write_json("state", {"mean": 0.5})
        (draft.path("package") / "network.onnx").write_bytes(b"onnx")
        return store.publish(
            draft, recipe(address, **changes), inputs=inputs, counts={"read": 3}, metadata={"note": "x"}
        )


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "versions")


def test_reads_back_what_was_published(store):
    version = publish(store)
    found = store.find(RAW, version.key)
    assert found == version
    assert found.table("rows").equals(ROWS)
    assert found.array("weights").tolist() == [0, 1, 2, 3]
    assert found.json("state") == {"mean": 0.5}
    assert found.path("package/network.onnx").read_bytes() == b"onnx"
    assert found.counts == {"read": 3}
    assert found.manifest["metadata"] == {"note": "x"}
    assert found.recipe == recipe()
    assert found.manifest["statistics"]["rows.parquet"]["lead_time"]["maximum"] == 5
    found.verify()


def test_nothing_is_there_before_and_another_key_is_not_found(store):
    assert store.find(RAW, recipe().key) is None
    assert store.head(RAW) is None
    assert store.addresses() == ()
    version = publish(store)
    assert store.find(RAW, recipe(seed=1).key) is None
    assert store.verdicts(version) == {}


def test_the_last_one_pointed_at_stands(store):
    first, second = publish(store), publish(store, seed=1)
    assert store.head(RAW) is None
    for version in (first, second, first):
        store.point(version)
        assert store.head(RAW) == version


def test_addresses_are_those_with_a_head(store):
    clean = Address("bikes", "clean")
    later = Address("hotel", "raw", "2015-08")
    for address in (RAW, later, clean):
        store.point(publish(store, address))
    publish(store, Address("hotel", "splits"))
    assert store.addresses() == (clean, RAW, later)
    assert store.addresses("hotel") == store.addresses(stage="raw") == (RAW, later)
    assert store.addresses("hotel", "clean") == ()


def test_the_same_content_has_the_same_digest_under_another_key(store):
    first, second = publish(store), publish(store, seed=1)
    assert first.key != second.key
    assert first.digest == second.digest


def test_publishing_again_gives_the_version_that_stands_and_leaves_nothing(store):
    first = publish(store)
    again = publish(store, rows=ROWS.slice(1))
    assert again == first
    assert list((store.root / "hotel/raw/objects").iterdir()) == [first.folder]
    assert not list((store.root / "hotel/raw/staging").iterdir())


def test_two_partitions_never_share_a_version(store):
    assert publish(store).key != publish(store, Address("hotel", "raw", "2015-08")).key


def test_lineage_is_kept(store):
    raw = publish(store)
    clean = publish(store, Address("hotel", "clean"), inputs={"raw": [raw]})
    (entry,) = clean.manifest["inputs"]
    assert entry == {
        "name": "raw",
        "pipeline": "hotel",
        "stage": "raw",
        "partition": "2015-07",
        "key": raw.key,
        "digest": raw.digest,
    }


def test_a_draft_that_fails_leaves_nothing(store):
    with pytest.raises(TypeError), store.draft(RAW) as draft:
        draft.write_table("rows", object())
    assert not list((store.root / "hotel/raw/staging").iterdir())


def test_verdicts_come_back_and_the_newest_stands(store):
    version = publish(store)
    failed = Verdict("no_leakage", passed=False, summary="split leaks", evidence={"rows": 3, "share": 0.5})
    other = Verdict("expect_x__a/b", passed=True, summary="fine", severity="warning")
    store.record(version, [failed, other], basis="b1")
    stored = store.verdicts(version)
    assert stored["no_leakage"].verdict == failed
    assert stored["no_leakage"].verdict.blocks
    assert stored["expect_x__a/b"].verdict == other
    assert stored["no_leakage"].basis == "b1"
    assert stored["no_leakage"].at.tzinfo is not None
    passed = Verdict("no_leakage", passed=True, summary="fine")
    store.record(version, [passed], basis="b2")
    assert store.verdicts(version)["no_leakage"].verdict == passed
    assert store.verdicts(version)["no_leakage"].basis == "b2"


@pytest.mark.parametrize("damaged", ["heads/2015-07.json", "verdicts/{key}/contract.json", "records/{key}.json"])
def test_a_damaged_small_file_is_an_error_that_names_place_and_remedy(store, damaged):
    version = publish(store)
    store.point(version)
    store.record(version, [Verdict("contract", passed=True, summary="")], basis="b")
    path = store.root / "hotel/raw" / damaged.format(key=version.key)
    path.write_bytes(path.read_bytes().replace(b'"', b"'", 1))
    with pytest.raises(DamagedError, match=rf"{path}: .*; delete that file and run the stage again"):
        store.verdicts(store.head(RAW))


def test_deleting_the_record_of_a_damaged_version_is_the_remedy(store):
    version = publish(store)
    store.point(version)
    (version.folder / "rows.parquet").write_bytes(b"x")
    with pytest.raises(DamagedError, match=r"delete (.*) and run the stage again") as caught:
        version.table("rows")
    Path(str(caught.value).partition("delete ")[2].partition(" and")[0]).unlink()
    assert store.find(RAW, version.key) is None
    publish(store).verify()


def test_refuses_a_draft_of_another_address(store):
    with (
        pytest.raises(ValueError, match=r"got a draft of hotel/raw\[2015-07\] for a recipe of hotel/clean; use one"),
        store.draft(RAW) as draft,
    ):
        store.publish(draft, recipe(Address("hotel", "clean")))


@pytest.mark.parametrize("value", [np.int64(1), float("nan")])
def test_refuses_what_is_no_json_in_metadata_and_verdicts(store, value):
    with store.draft(RAW) as draft, pytest.raises(ValueError, match=r"metadata.* is no plain JSON: .*; convert such"):
        store.publish(draft, recipe(), metadata={"loss": value})
    assert store.find(RAW, recipe().key) is None
    version = publish(store)
    verdict = Verdict("converged", passed=False, summary="", evidence={"loss": value})
    with pytest.raises(ValueError, match=r"\.converged with its evidence is no plain JSON: .*; convert such"):
        store.record(version, [verdict], basis="b")


def test_a_store_that_may_only_be_read_can_be_read(store):
    version = publish(store)

    class ReadOnly(type(store.disk)):
        def touch(self, path):
            raise PermissionError(1, "read only")

    assert Store(store.root, ReadOnly()).find(RAW, version.key) == version
