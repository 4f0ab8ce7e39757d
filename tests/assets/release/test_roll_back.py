import shutil
from datetime import timedelta

import pytest

from assets.registered import UnprovenError
from assets.release.roll_back import roll_back, rolled_back_to


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of MLflow with two champions, once the first test has made them."""
    return tmp_path_factory.mktemp("two") / "mlflow"


@pytest.fixture
def two(quick_registration, home, kept):
    """Two champions, of January and of February."""
    if kept.exists():
        shutil.copytree(kept, home.mlflow, dirs_exist_ok=True)
        quick_registration.clock += timedelta(minutes=2)
        return quick_registration
    first = quick_registration(quick_registration.candidate("2016-01"))
    quick_registration(quick_registration.candidate("2016-02"), before=first.champion)
    shutil.copytree(home.mlflow, kept)
    return quick_registration


def test_an_earlier_version_is_champion_again_on_record(two) -> None:
    move = roll_back(two.registry, "hotels", "1", who="ana", why="complaints", now=two.clock)
    assert two.registry.standing("hotels").version == "1"
    assert two.registry.moves("hotels")[-1] == move
    assert (move.before, move.to, move.who, move.why, move.kind) == ("2", "1", "ana", "complaints", "roll_back")


def test_an_unknown_version_is_named(two) -> None:
    with pytest.raises(ValueError, match=r"roll_back.to_version is not there: '9' of hotels among \['1', '2'\]"):
        roll_back(two.registry, "hotels", "9", who="ana", why="complaints", now=two.clock)


def test_an_unknown_model_is_told_the_registered_ones(two) -> None:
    near, far = "did you mean 'hotels'[?]$", "choose from hotels$"
    for name, hint in (("hotel", near), ("hotles", near), ("bikes", far)):
        with pytest.raises(ValueError, match=f"^roll_back.model is not there: '{name}' is no registered model; {hint}"):
            roll_back(two.registry, name, "1", who="ana", why="complaints", now=two.clock)


def test_without_any_registered_model_it_says_what_comes_first(quick_registration) -> None:
    with pytest.raises(ValueError, match=r"; train a pipeline first, no model is registered yet$"):
        roll_back(quick_registration.registry, "hotels", "1", who="ana", why="complaints", now=quick_registration.clock)


def test_who_is_champion_already_is_not_moved_and_nothing_is_recorded(two) -> None:
    before = two.registry.moves("hotels")
    assert roll_back(two.registry, "hotels", "2", who="ana", why="complaints", now=two.clock) is None
    assert two.registry.moves("hotels") == before
    assert two.registry.standing("hotels").version == "2"


def test_somebody_must_answer_for_it(two) -> None:
    for who, why in (("", "complaints"), ("ana", " ")):
        with pytest.raises(ValueError, match=r"roll_back.why is missing: who="):
            roll_back(two.registry, "hotels", "1", who=who, why=why, now=two.clock)


def test_a_version_that_was_never_proven_is_refused(two) -> None:
    client = two.registry.service.client
    bare = client.create_model_version("hotels", client.get_model_version("hotels", "1").source)
    with pytest.raises(UnprovenError, match="refused to hotels version 3: no valid proof on record"):
        roll_back(two.registry, "hotels", str(bare.version), who="ana", why="complaints", now=two.clock)


def test_later_periods_meet_the_champion_that_was_put_back(two) -> None:
    assert rolled_back_to(two.registry, "hotels", since="2016-02", before="2016-03") is None
    roll_back(two.registry, "hotels", "1", who="ana", why="complaints", now=two.clock)
    assert rolled_back_to(two.registry, "hotels", since="2016-02", before="2016-03").version == "1"
    assert rolled_back_to(two.registry, "hotels", since="2016-01", before="2016-02") is None
    assert rolled_back_to(two.registry, "hotels", since=None, before=None).version == "1"


def test_a_registration_after_a_roll_back_counts_again(two) -> None:
    roll_back(two.registry, "hotels", "1", who="ana", why="complaints", now=two.clock)
    back = rolled_back_to(two.registry, "hotels", since="2016-02", before="2016-03")
    standing = two.champion_of(back)
    third = two(two.candidate("2016-03"), before=standing)
    assert (third.move.before, third.move.to) == ("1", "3")
    assert rolled_back_to(two.registry, "hotels", since="2016-03", before="2016-04") is None


def test_a_version_that_never_was_champion_is_refused(two) -> None:
    standing = two.champion_of(two.registry.standing("hotels"))
    two(two.candidate("2016-03"), beats=False, before=standing)
    with pytest.raises(
        ValueError, match=r"roll_back.to_version was never champion: '3' of hotels, only \['1', '2'\] were"
    ):
        roll_back(two.registry, "hotels", "3", who="ana", why="complaints", now=two.clock)


def test_making_a_period_again_leaves_what_was_rolled_back(two) -> None:
    first = next(version for version in two.registry.versions("hotels") if version.version == "1")
    roll_back(two.registry, "hotels", "1", who="ana", why="complaints", now=two.clock)
    again = two(two.candidate("2016-02", key="another", threshold=0.6), before=two.champion_of(first))
    assert again.move is None
    assert two.registry.standing("hotels").version == "1"
