import numpy as np
import pytest

from assets.versions.recipe import Address, Recipe, canonical

ADDRESS = Address("hotel", "splits", "2015-07")
OLD = Recipe(
    address=ADDRESS,
    inputs={"clean": "3fa9" + "0" * 60},
    declaration={"split": {"by": "time", "test": 1}, "gates": [{"metric": "roc_auc", "at_least": 0.7}]},
    code={"assets.data.split": "1"},
    seed=0,
    environment={"torch": "2.13.0"},
)


def changed(**parts):
    return Recipe(**{**vars(OLD), **parts})


def test_the_key_is_stable_and_short():
    assert OLD.key == changed().key == Recipe.from_json(OLD.to_json()).key
    assert len(OLD.key) == 32
    assert OLD.key == "20098ff52ed9bd1ff821d271d97a7781"


@pytest.mark.parametrize(
    "parts",
    [
        {"address": Address("hotel", "splits", "2015-08")},
        {"inputs": {"clean": "77b1"}},
        {"declaration": {"split": {"by": "time", "test": 2}}},
        {"code": {"assets.data.split": "2"}},
        {"seed": 1},
        {"seed": None},
        {"environment": {"torch": "2.14.0"}},
    ],
)
def test_every_part_changes_the_key_and_is_told(parts):
    new = changed(**parts)
    assert new.key != OLD.key
    assert new.changes(OLD)


def test_code_has_a_hash_of_its_own():
    assert changed(seed=5).code_hash == OLD.code_hash != changed(code={"assets.data.split": "2"}).code_hash


def test_an_equal_recipe_has_no_changes():
    assert changed().changes(OLD) == ()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            {"declaration": {**OLD.declaration, "split": {"by": "time", "test": 2}}},
            "declaration split.test changed: 1 -> 2",
        ),
        ({"declaration": {**OLD.declaration, "seed": 3}}, "declaration seed added: 3"),
        (
            {"declaration": {**OLD.declaration, "gates": [{"metric": "roc_auc", "at_least": 0.8}]}},
            "declaration gates[roc_auc].at_least changed: 0.7 -> 0.8",
        ),
        ({"code": {"assets.data.split": "2"}}, "code of assets.data.split changed"),
        ({"code": {**OLD.code, "data_checks.leakage": "1"}}, "code of data_checks.leakage is used now"),
        ({"code": {}}, "code of assets.data.split is no longer used"),
        ({"inputs": {"clean": "77b1" + "0" * 60}}, "input clean is another version: 3fa90000… -> 77b10000…"),
        ({"inputs": {**OLD.inputs, "labels": "77b1" + "0" * 60}}, "input labels is new: 77b10000…"),
        ({"inputs": {}}, "input clean is no longer read"),
        ({"seed": 1}, "seed 0 -> 1"),
        ({"environment": {"torch": "2.14.0"}}, "environment torch 2.13.0 -> 2.14.0"),
        ({"environment": {"torch": "2.13.0", "device": "cuda"}}, "environment device absent -> cuda"),
        ({"address": Address("hotel", "splits")}, "address hotel/splits[2015-07] -> hotel/splits"),
    ],
)
def test_says_what_changed(parts, sentence):
    assert sentence in changed(**parts).changes(OLD)


@pytest.mark.parametrize(("value", "error"), [(np.float32(1), TypeError), (float("nan"), ValueError)])
def test_only_plain_json_has_a_spelling(value, error):
    with pytest.raises(error):
        canonical(value)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "a-b"])
def test_refuses_a_name_that_is_no_folder(name):
    with pytest.raises(ValueError, match=r"address\.pipeline is no name: .*; rename it"):
        Address(name, "raw")
    with pytest.raises(ValueError, match=r"address\.stage is no name"):
        Address("hotel", name)


@pytest.mark.parametrize("key", ["", "_"])
def test_refuses_a_partition_that_stands_for_none(key):
    with pytest.raises(ValueError, match=r"address\.partition is no key: .*; use None"):
        Address("hotel", "raw", key)
