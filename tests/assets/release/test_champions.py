from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.mlflow_service import MlflowService
from assets.registry import Registry
from assets.release.champions import Champion, Throne, champion_of, model_of, release_before
from assets.release.roll_back import roll_back
from assets.store import Store
from assets.versions.recipe import Address, Recipe
from assets.versions.version import Version
from data_checks.verdict import Json
from tests.small_pipeline import MONTHS, NAME, TRAINED, Small

FIRST = Champion("1", "2024-01", "a" * 32, "package one")
SECOND = Champion("2", "2024-03", "b" * 32, "package two")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "versions")


def release(store: Store, period: str | None, champion: Champion | None, before: Champion | None = None) -> Version:
    address = Address(NAME, "release", period)
    said: dict[str, Json] = {
        "champion": champion.to_json() if champion else None,
        "before": before.to_json() if before else None,
    }
    with store.draft(address) as draft:
        draft.write_json("release", said)
        recipe = Recipe(address=address, inputs={}, declaration=said, code={}, environment={})
        version = store.publish(draft, recipe)
    store.point(version)
    return version


def throne(store: Store, service: MlflowService) -> Throne:
    return Throne(store, Registry(service), NAME, NAME)


def test_a_champion_survives_the_way_through_json() -> None:
    assert Champion.from_json(FIRST.to_json()) == FIRST


def test_nobody_is_champion_before_the_first_release(store: Store, service: MlflowService) -> None:
    assert release_before(store, NAME, "2024-01") is None
    assert release_before(store, NAME, None) is None
    assert throne(store, service).before("2024-01") is None


def test_the_newest_earlier_release_tells_who_stood(store: Store, service: MlflowService) -> None:
    first, third = release(store, "2024-01", FIRST), release(store, "2024-03", SECOND, FIRST)
    assert release_before(store, NAME, "2024-01") is None
    assert release_before(store, NAME, "2024-03") == first
    assert release_before(store, NAME, "2025-01") == third
    assert throne(store, service).before("2024-02") == FIRST
    assert throne(store, service).before("2024-03") == FIRST
    assert throne(store, service).before("2024-04") == SECOND


def test_a_release_without_a_champion_is_no_throne(store: Store, service: MlflowService) -> None:
    assert champion_of(release(store, "2024-01", None)) is None
    assert throne(store, service).before("2024-02") is None


def test_without_periods_a_model_that_is_judged_again_faces_the_one_it_beat(
    store: Store, service: MlflowService
) -> None:
    release(store, None, SECOND, FIRST)
    seat = throne(store, service)
    assert seat.before(None, challenger="c" * 32) == SECOND
    assert seat.before(None, challenger=SECOND.key) == FIRST
    release(store, None, FIRST, None)
    assert seat.before(None, challenger=FIRST.key) is None


def test_a_removed_model_of_a_champion_is_named(store: Store) -> None:
    message = (
        r"^store.small/model\[2024-01\] is missing: the champion is its version aaaaaaaa; restore it from a copy, or "
        "materialize the period's model again$"
    )
    with pytest.raises(ValueError, match=message):
        model_of(store, NAME, FIRST)


def test_finds_the_model_of_a_champion(trained: Small) -> None:
    champion = champion_of(trained.work(TRAINED[1]).current("release"))
    assert champion is not None
    assert model_of(trained.store, NAME, champion) == trained.work(TRAINED[1]).current("model")


def test_a_roll_back_counts_for_the_periods_after_it(small_pipeline: Small) -> None:
    seat = Throne(small_pipeline.store, small_pipeline.registry, NAME, NAME)
    roll_back(seat.registry, NAME, "1", who="ann", why="complaints", now=datetime.now(UTC))
    after, during = seat.before(MONTHS[4]), seat.before(TRAINED[1])
    assert after is not None
    assert (after.registered, after.partition) == ("1", TRAINED[0])
    assert after == during
    assert model_of(seat.store, NAME, after) == small_pipeline.work(TRAINED[0]).current("model")
