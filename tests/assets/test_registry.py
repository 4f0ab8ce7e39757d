from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assets import registry as module
from assets.mlflow_service import MlflowService
from assets.registered import MODEL_KEY, PACKAGE, PROOF, Move, MovedError, Registered, UnprovenError, stamp
from assets.registry import Registry
from assets.tracking import Tracking


@pytest.fixture
def registry(service: MlflowService) -> Registry:
    return Registry(service)


@pytest.fixture
def add(registry: Registry) -> Callable[..., Registered]:
    """Register a version that holds one file, proven unless told otherwise."""

    def save(folder: Path, model_id: str, location: str) -> None:
        package = folder / "artifacts" / "package"
        package.mkdir(parents=True)
        (package / "package.json").write_text(model_id)

    def create(key: str, *, proven: bool = True, save: Callable[[Path, str, str], None] = save) -> Registered:
        run = Tracking(registry.service).run_for("hotels", key, identity=key, tags={})
        tags = {MODEL_KEY: key, PACKAGE: f"package of {key}"}
        version = registry.create("hotels", save, run=run, tags=tags, description=f"card of {key}")
        return registry.update(version, {PROOF: version.proven({})}) if proven else version

    return create


def moving(before: str | None, to: str, *, minutes: int = 0, alias: str = "champion") -> Move:
    at = stamp(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
    return Move(alias, before, to, "a test", "to see", at)


def test_nothing_is_registered_at_first(registry: Registry) -> None:
    assert registry.names() == registry.versions("hotels") == registry.moves("hotels") == ()
    assert registry.standing("hotels") is None


def test_a_version_is_made_once(registry: Registry, add: Callable[..., Registered]) -> None:
    first, again, other = add("one"), add("one"), add("two")
    assert (first.version, again.version, other.version) == ("1", "1", "2")
    assert first.uri == "models:/hotels/1"
    assert [version.description for version in registry.versions("hotels")] == ["card of one", "card of two"]
    assert registry.names() == ("hotels",)


def test_versions_are_in_the_order_of_their_numbers(registry: Registry, add: Callable[..., Registered]) -> None:
    for key in range(11):
        add(str(key), proven=False)
    assert [version.version for version in registry.versions("hotels")] == [str(number) for number in range(1, 12)]


def test_of_twins_made_at_once_the_older_stands(registry: Registry, add: Callable[..., Registered]) -> None:
    client = registry.service.client

    def beside_a_twin(folder: Path, model_id: str, location: str) -> None:
        client.create_model_version("hotels", location, tags={MODEL_KEY: "one", PACKAGE: "twin"})
        folder.mkdir()
        (folder / "MLmodel").write_text("")

    stands = add("one", proven=False, save=beside_a_twin)
    assert [version.version for version in registry.versions("hotels")] == [stands.version] == ["1"]


def test_only_what_differs_is_written(registry: Registry, add: Callable[..., Registered], failing: object) -> None:
    version = add("one")
    registry.service = failing
    registry.update(version, version.tags, description=version.description)
    assert failing.written == []
    registry.update(version, {"a": "b"}, description="another card")
    assert failing.written == ["tag_version", "describe_version"]
    assert registry.versions("hotels")[0].tags["a"] == "b"


@pytest.mark.parametrize(
    "proof", [None, '{"passed": false}', '{"passed": true, "model": "two", "package": "two"}', "3"]
)
def test_an_alias_without_its_proof_is_refused(
    registry: Registry, add: Callable[..., Registered], proof: str | None
) -> None:
    version = add("one", proven=False)
    version = registry.update(version, {PROOF: proof}) if proof else version
    with pytest.raises(
        UnprovenError, match=r"register.alias 'champion' is refused to hotels version 1: no valid proof"
    ):
        registry.move(version, moving(None, "1"))
    assert registry.standing("hotels") is None
    assert registry.moves("hotels") == ()


def test_an_alias_that_stands_elsewhere_is_not_moved(registry: Registry, add: Callable[..., Registered]) -> None:
    one, two, three = add("one"), add("two"), add("three")
    registry.move(one, moving(None, "1"))
    registry.move(two, moving("1", "2", minutes=1))
    with pytest.raises(
        MovedError, match=r"was moved meanwhile: it is at version 2, the decision was made when it was at 1"
    ):
        registry.move(three, moving("1", "3", minutes=2))
    assert [move.to for move in registry.moves("hotels")] == ["1", "2"]


def test_a_move_that_is_done_is_not_done_again(registry: Registry, add: Callable[..., Registered]) -> None:
    one = add("one")
    first = registry.move(one, moving(None, "1"))
    assert registry.move(one, moving(None, "1", minutes=5)) == first
    assert registry.moves("hotels") == (first,)


def test_a_move_that_never_took_effect_is_forgotten(
    registry: Registry, add: Callable[..., Registered], failing: object
) -> None:
    one, two = add("one"), add("two")
    registry.move(one, moving(None, "1"))
    failing.fail_at = 1
    with pytest.raises(ConnectionError, match="set_alias, failed on purpose"):
        Registry(failing).move(two, moving("1", "2", minutes=1))
    assert [move.to for move in registry.moves("hotels")] == ["1"]
    registry.move(two, moving("1", "2", minutes=2))
    assert [move.at for move in registry.moves("hotels")] == [moving(None, "").at, moving(None, "", minutes=2).at]


def test_the_record_is_bounded(
    registry: Registry, add: Callable[..., Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOVES_KEPT", 3)
    versions = [add("one"), add("two")]
    before = None
    for minute in range(6):
        to = versions[minute % 2]
        registry.move(to, moving(before, to.version, minutes=minute))
        before = to.version
    assert [move.at for move in registry.moves("hotels")] == [
        moving(None, "", minutes=minute).at for minute in (3, 4, 5)
    ]


def test_a_proof_is_of_one_model_and_one_package(add: Callable[..., Registered]) -> None:
    version = add("one")
    assert version.proof["model"] == "one"
    other = replace(version, tags={**version.tags, PACKAGE: "another"})
    assert other.proof is None
