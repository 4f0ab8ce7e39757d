import numpy as np
import pyarrow as pa
import pytest

from assets.recipe import Address, Recipe
from assets.store import Store
from data_checks.verdict import Verdict

ROWS = pa.table({"lead_time": [3, None, 5], "hotel": ["City", "Resort", None]})


def recipe(address, **changes):
    parts = {"inputs": {}, "declaration": {"a": 1}, "code": {"m": "1"}, "environment": {}}
    return Recipe(address=address, **{**parts, **changes})


def publish(store, address=Address("hotel", "raw", "2015-07"), rows=ROWS, **changes):
    with store.draft(address) as draft:
        draft.write_table("rows", rows)
        draft.write_array("package/weights", np.arange(4.0))
        draft.write_json("state", {"mean": 0.5})
        (draft.path("package") / "network.onnx").write_bytes(b"onnx")
        return store.publish(draft, recipe(address, **changes), counts={"read": 3}, metadata={"note": "x"})


def test_reads_back_what_was_published(tmp_path):
    store = Store(tmp_path)
    version = publish(store)
    found = store.find(version.address, version.key)
    assert found == version
    assert found.table("rows").equals(ROWS)
    assert found.table("rows.parquet", columns=["hotel"]).column_names == ["hotel"]
    assert found.array("package/weights").tolist() == [0, 1, 2, 3]
    assert found.json("state") == {"mean": 0.5}
    assert found.path("package/network.onnx").read_bytes() == b"onnx"
    assert found.path("package").is_dir()
    assert found.manifest["counts"] == {"read": 3}
    assert found.recipe == recipe(version.address)
    found.verify()


def test_a_head_and_verdicts_stand_beside_it(tmp_path):
    store = Store(tmp_path)
    version = publish(store)
    assert store.head(version.address) is None
    store.point(version)
    assert store.head(version.address) == version
    assert store.addresses() == (version.address,)
    verdict = Verdict("no_leakage", passed=False, summary="split leaks", evidence={"rows": 3})
    store.record(version, [verdict], basis="b1")
    stored = store.verdicts(version)["no_leakage"]
    assert (stored.verdict, stored.basis) == (verdict, "b1")
