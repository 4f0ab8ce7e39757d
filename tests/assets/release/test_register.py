import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from assets.registered import PROOF, Move, MovedError, UnprovenError, stamp
from assets.registry import Registry
from assets.release import clean_process, package
from assets.release.register import Binding, RefusedError, Register
from assets.release.serve import PackageError
from tests.assets.release.conftest import bookings


def test_the_first_model_becomes_champion(registration) -> None:
    done = registration(registration.candidate("2016-01"))
    champion = registration.registry.standing("hotels")
    assert done.role == "champion"
    assert champion.version == done.version.version == done.champion.registered
    assert [verdict.check for verdict in done.verdicts] == ["servable", "parity"]
    assert all(verdict.passed for verdict in done.verdicts)
    assert done.to_json() == json.loads(json.dumps(done.to_json()))


def test_what_is_registered_tells_where_it_comes_from_and_holds_no_pickle(quick_registration) -> None:
    candidate = quick_registration.candidate("2016-01")
    done = quick_registration(candidate)
    client = quick_registration.registry.service.client
    version = client.get_model_version("hotels", done.version.version)
    assert version.description == "# model of 2016-01"
    assert version.run_id == candidate.run.run_id
    told = {"pipeline": "hotels", "partition": "2016-01", "trigger": "test", "declaration": "declaration"}
    assert {name: version.tags[f"trainyard.{name}"] for name in told} == told
    assert clean_process.unsafe_files(Path(version.source)) == []
    scorer = package.load(Path(version.source, "artifacts", "package"), candidate.digest)
    assert scorer.score(bookings()).equals(package.load(candidate.package, candidate.digest).score(bookings()))


def test_a_better_model_takes_the_place_and_a_worse_one_challenges(quick_registration) -> None:
    first = quick_registration(quick_registration.candidate("2016-01"))
    worse = quick_registration(quick_registration.candidate("2016-02"), beats=False, before=first.champion)
    registry: Registry = quick_registration.registry
    assert (worse.role, worse.champion) == ("challenger", first.champion)
    assert (registry.standing("hotels").version, registry.standing("hotels", "challenger").version) == ("1", "2")
    better = quick_registration(quick_registration.candidate("2016-03"), before=first.champion)
    assert (better.role, better.before) == ("champion", first.champion)
    assert registry.standing("hotels").version == "3"
    assert registry.standing("hotels", "challenger") is None
    assert [(move.alias, move.before, move.to, move.who) for move in registry.moves("hotels")] == [
        ("champion", None, "1", "a test"),
        ("challenger", None, "2", "a test"),
        ("challenger", "2", None, "a test"),
        ("champion", "1", "3", "a test"),
    ]
    assert registry.moves("hotels")[3].why == "better"


def test_registering_again_changes_nothing(quick_registration, failing) -> None:
    candidate = quick_registration.candidate("2016-01")
    first = quick_registration(candidate)
    quick_registration.registry = Registry(failing)
    again = quick_registration(candidate)
    assert (again.version.version, again.role, again.move) == (first.version.version, first.role, first.move)
    assert failing.written == []


def test_a_model_that_is_judged_again_says_so(quick_registration) -> None:
    candidate = quick_registration.candidate("2016-01")
    quick_registration(candidate)
    binding = replace(candidate.binding, evaluation="a second evaluation")
    again = quick_registration(replace(candidate, binding=binding, card="# judged again"))
    (version,) = quick_registration.registry.versions("hotels")
    assert version.tags["trainyard.evaluation"] == again.version.tags["trainyard.evaluation"] == "a second evaluation"
    assert version.description == again.version.description == "# judged again"
    assert version.proof is not None


def test_rerunning_an_old_period_leaves_the_aliases(quick_registration) -> None:
    first = quick_registration(quick_registration.candidate("2016-01"))
    second = quick_registration(quick_registration.candidate("2016-02"), before=first.champion)
    rerun = quick_registration(quick_registration.candidate("2016-01", key="another of 2016-01", threshold=0.6))
    assert (rerun.role, rerun.move) == ("champion", None)
    assert rerun.champion.registered == "3"
    worse = quick_registration(quick_registration.candidate("2016-01", key="a third", threshold=0.7), beats=False)
    assert worse.move is None
    assert quick_registration.registry.standing("hotels").version == second.version.version


def test_rerunning_the_newest_period_replaces_its_own_champion(quick_registration) -> None:
    first = quick_registration(quick_registration.candidate("2016-01"))
    quick_registration(quick_registration.candidate("2016-02"), before=first.champion)
    rerun = quick_registration(
        quick_registration.candidate("2016-02", key="another", threshold=0.6), before=first.champion
    )
    assert (rerun.move.before, rerun.move.to) == ("2", "3")


def test_without_partitions_the_newest_is_whoever_comes(quick_registration) -> None:
    first = quick_registration(quick_registration.candidate(None))
    second = quick_registration(quick_registration.candidate(None, key="second"), before=first.champion)
    assert (second.move.before, second.move.to) == ("1", "2")
    assert "trainyard.partition" not in second.version.tags


def test_a_failed_gate_registers_nothing(quick_registration) -> None:
    with pytest.raises(RefusedError, match=r"register.gates did not pass: roc_auc 0.4 is below 0.7 stands"):
        quick_registration(quick_registration.candidate("2016-01"), gates=False)
    assert quick_registration.registry.versions("hotels") == ()


@pytest.mark.parametrize("part", ["model", "evaluation", "declaration"])
def test_a_verdict_on_something_else_registers_nothing(quick_registration, part: str) -> None:
    candidate = quick_registration.candidate("2016-01")
    other = Binding(**{**vars(candidate.binding), part: "something else"})
    with pytest.raises(RefusedError, match=f"register.verdict is about something else: {part} something el instead of"):
        quick_registration(candidate, binding=other)
    assert quick_registration.registry.versions("hotels") == ()


def test_another_package_than_the_evaluated_one_is_refused(quick_registration) -> None:
    candidate = quick_registration.candidate("2016-01")
    with (candidate.package / "transform.json").open("a") as file:
        file.write(" ")
    with pytest.raises(PackageError, match="was changed"):
        quick_registration(candidate)


def test_another_package_under_the_same_key_is_refused(quick_registration) -> None:
    first = quick_registration.candidate("2016-01")
    quick_registration(first)
    other = quick_registration.candidate("2016-01", key="other", threshold=0.7)
    same = replace(other, binding=first.binding)
    with pytest.raises(RefusedError, match=r"register.package is not the one of models:/hotels/1: digest"):
        quick_registration(same)


@pytest.mark.slow
def test_predictions_that_serving_cannot_reproduce_move_no_alias(registration) -> None:
    candidate = registration.candidate("2016-01")
    scored = package.load(candidate.package, candidate.digest).score(bookings())
    at = scored.column_names.index("probability")
    wrong = scored.set_column(at, "probability", pa.array([1.0] * len(scored)))
    done = registration(candidate, predictions=wrong)
    assert (done.role, done.move, done.champion) == ("refused", None, None)
    assert [verdict.passed for verdict in done.verdicts] == [True, False]
    assert registration.registry.standing("hotels") is None
    assert done.version.proof is None
    assert registration(candidate).role == "champion"


def test_a_champion_that_was_not_compared_with_is_not_replaced(quick_registration) -> None:
    first = quick_registration(quick_registration.candidate("2016-01"))
    second = quick_registration(quick_registration.candidate("2016-02"), before=first.champion)
    with pytest.raises(MovedError, match=r"'champion' of hotels was moved meanwhile: it is at version 2, .* at 1;"):
        quick_registration(quick_registration.candidate("2016-03"), before=first.champion)
    assert quick_registration.registry.standing("hotels").version == second.version.version


def test_an_alias_without_its_proof_is_refused(quick_registration) -> None:
    first = quick_registration(quick_registration.candidate("2016-01"))
    registry = quick_registration.registry
    move = Move("champion", "1", "2", "somebody", "no reason", stamp(quick_registration.clock))
    for proof in (None, '{"passed": true, "model": "another", "package": "another"}', '{"passed": false}'):
        tags = {name: value for name, value in first.version.tags.items() if name != PROOF}
        forged = replace(first.version, version="2", tags=tags | ({PROOF: proof} if proof else {}))
        with pytest.raises(UnprovenError, match=r"register.alias 'champion' is refused to hotels version 2"):
            registry.move(forged, move)
    assert registry.standing("hotels").version == "1"


def test_a_long_model_card_is_cut_where_mlflow_cuts(quick_registration) -> None:
    candidate = replace(quick_registration.candidate("2016-01"), card="x" * 9000)
    done = quick_registration(candidate)
    description = quick_registration.registry.service.client.get_model_version(
        "hotels", done.version.version
    ).description
    assert len(description) == 5000
    assert description.endswith("the whole card is among the run's artifacts")


@pytest.mark.parametrize("text", ['{"name": "a/b"}', '{"tolerance": 0}', '{"nam": "x"}'])
def test_settings_are_bounded(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Register.model_validate_json(text)
