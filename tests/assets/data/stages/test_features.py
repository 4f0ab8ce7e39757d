import numpy as np
import pytest

from assets.versions.recipe import Recipe
from assets.versions.version import Version
from data_checks.verdict import Json, Verdict
from tests.assets.data.stages.conftest import STAGES, Shop
from tests.small_pipeline import EMPTY, MONTHS, NEGATIVE, ROWS_A_MONTH

KEPT = ROWS_A_MONTH - EMPTY - NEGATIVE
LAST = MONTHS[2]


@pytest.fixture
def split(shop: Shop) -> Shop:
    shop.window()
    return shop


def test_every_part_becomes_arrays_of_its_rows(split: Shop) -> None:
    done = split.do("features", LAST)
    assert done.version.counts == {"train": KEPT, "validation": KEPT, "test": KEPT}
    for part in ("train", "validation", "test"):
        assert done.version.array(f"{part}_number").shape == (KEPT, 2)
        assert done.version.array(f"{part}_category").shape == (KEPT, 1)
        assert set(done.version.array(f"{part}_target")) == {0.0, 1.0}
    assert done.version.json("labels") == {"task": "binary", "classes": [False, True]}


def test_numbers_are_centred_on_the_train_rows_alone(split: Shop) -> None:
    version = split.do("features", LAST).version
    assert np.abs(version.array("train_number").mean(axis=0)).max() < 1e-5
    assert np.abs(version.array("test_number").mean(axis=0)).max() > 1e-3


def test_people_see_what_features_became(split: Shop) -> None:
    shown = split.do("features", LAST).version.manifest["metadata"]
    assert shown["task"] == "binary"
    assert "spent" in shown["features become"]["markdown"]  # type: ignore[index,call-overload]


def test_what_is_accepted_as_no_leak_changes_no_feature(split: Shop) -> None:
    first = split.do("features", LAST)
    features = {**split.sections["features"], "accept": {"spent": "known before"}}
    assert split.do("features", LAST, features=features).version == first.version


def judged(shop: Shop, **changed: Json) -> Verdict:
    """Judge features whose fitted state says something else."""
    stage, work = STAGES["features"], shop.of(LAST)
    made: Version = shop.do("features", LAST).version
    state = made.json("transform")
    assert isinstance(state, dict)
    with work.store.draft(made.address) as draft:
        draft.write_json("transform", {**state, **changed})
        recipe = Recipe.from_json({**made.manifest["recipe"], "seed": 1})
        other = work.store.publish(draft, recipe)
    (verdict,) = stage.judge(work, stage.inputs(work), other)
    return verdict


def test_a_transform_that_saw_only_train_rows_passes(split: Shop) -> None:
    assert judged(split).passed


@pytest.mark.parametrize("changed", [{"rows_fitted": 3 * KEPT}, {"fingerprint": "of other rows"}])
def test_a_transform_that_saw_other_rows_is_refused(split: Shop, changed: dict[str, Json]) -> None:
    assert not judged(split, **changed).passed
