import re

import pytest

from assets.execution import carry_out
from assets.lifecycle import LIFECYCLE
from assets.release.stages import release
from assets.release.stages.release import Release
from assets.versions.recipe import Recipe
from assets.work import InputError
from tests.small_pipeline import MONTHS, NAME, TRAINED, Small, service_of

LAST = TRAINED[1]


def test_a_release_says_who_is_champion_and_who_was(trained: Small) -> None:
    first, second = (trained.work(month).current("release").manifest["metadata"] for month in TRAINED)
    assert (first["role"], first["champion"], first["champion before"]) == (
        "champion",
        "version 1 of 2024-03",
        "nobody yet",
    )
    assert (second["champion"], second["champion before"]) == ("version 2 of 2024-04", "version 1 of 2024-03")


def test_the_model_card_goes_where_people_look(trained: Small) -> None:
    version = trained.work(LAST).current("release")
    card = version.path("model_card.md").read_text(encoding="utf-8")
    assert "Will this visitor come back?" in card
    registered = trained.registry.versions(NAME)[1]
    assert registered.description.splitlines()[0] == card.splitlines()[0]


@pytest.mark.usefixtures("proven_here")
def test_a_version_that_the_registry_lost_is_registered_again(small_pipeline: Small) -> None:
    before = small_pipeline.work(LAST).current("release")
    client = service_of(small_pipeline.home).client
    client.delete_registered_model_alias(NAME, "champion")
    client.delete_model_version(NAME, "2")
    done = carry_out(Release(), small_pipeline.work(LAST))
    assert (done.reused, done.why) == (False, ("the registry no longer holds version 2 of small",))
    assert done.version != before
    (standing,) = [version for version in small_pipeline.registry.versions(NAME) if version.aliases]
    assert (standing.partition, standing.aliases) == (LAST, ("champion",))
    assert done.version.manifest["metadata"]["champion"] == f"version {standing.version} of {LAST}"
    assert carry_out(Release(), small_pipeline.work(LAST)).reused


@pytest.mark.usefixtures("proven_here")
def test_a_release_that_stands_again_takes_its_alias_back(small_pipeline: Small) -> None:
    before = small_pipeline.work(LAST).current("release")
    changed = small_pipeline.declare(train={**small_pipeline.sections["train"], "seed": 5}, gates=[])
    for stage in ("model", "evaluation", "release"):
        carry_out(LIFECYCLE[stage], small_pipeline.work(LAST, changed))
    assert aliased(small_pipeline) == "1"  # the model of the other seed does not beat the champion before it
    for stage in ("model", "evaluation"):
        assert carry_out(LIFECYCLE[stage], small_pipeline.work(LAST)).reused
    back = carry_out(Release(), small_pipeline.work(LAST))
    told = "the alias champion is at version 1, where the release that stood left it; who passes now takes it"
    assert (back.reused, back.why) == (False, (told,))
    assert aliased(small_pipeline) == "2"
    again = carry_out(Release(), small_pipeline.work(LAST))
    assert (again.reused, again.version) == (True, before)
    assert aliased(small_pipeline) == "2"


def aliased(pipeline: Small) -> str:
    (standing,) = [version for version in pipeline.registry.versions(NAME) if "champion" in version.aliases]
    return standing.version


def test_a_lost_proof_is_read_from_the_release_itself(small_pipeline: Small) -> None:
    work = small_pipeline.work(LAST)
    version = work.current("release")
    for path in (small_pipeline.home.versions / "small/release/verdicts" / version.key).iterdir():
        path.unlink()
    done = carry_out(Release(), work)
    assert done.reused
    assert [(verdict.check, verdict.passed) for verdict in done.verdicts] == [("servable", True), ("parity", True)]


def test_a_version_that_was_not_proven_is_tried_again(small_pipeline: Small) -> None:
    work = small_pipeline.work(LAST)
    version = work.current("release")
    assert Release().still_stands(work, version) is None
    said = version.json("release")
    assert isinstance(said, dict)
    with work.store.draft(version.address) as draft:
        draft.write_json("release", {**said, "role": "refused"})
        refused = work.store.publish(draft, Recipe.from_json({**version.manifest["recipe"], "seed": 1}))
    assert Release().still_stands(work, refused) == (
        "version 2 of small was not proven to serve: the proof is tried again"
    )


def test_nothing_is_overtaken_before_the_first_evaluation(trained: Small) -> None:
    assert Release().overtaken(trained.work(MONTHS[5])) == ()


def test_an_evaluation_that_nobody_judged_is_refused(small_pipeline: Small) -> None:
    work = small_pipeline.work(LAST)
    evaluation = work.current("evaluation")
    for path in (small_pipeline.home.versions / "small/evaluation/verdicts" / evaluation.key).iterdir():
        path.unlink()
    message = (
        "^evaluation was not judged by the present gates: no verdict stands for them; materialize evaluation again$"
    )
    with pytest.raises(InputError, match=message):
        release._judgement(work, evaluation)


def test_an_evaluation_against_another_champion_is_not_taken(small_pipeline: Small) -> None:
    work = small_pipeline.work(TRAINED[0])
    first = work.current("release")
    said = first.json("release")
    assert isinstance(said, dict)
    with work.store.draft(first.address) as draft:
        draft.write_json("release", {**said, "champion": None})
        recipe = Recipe.from_json({**first.manifest["recipe"], "seed": 1})
        work.store.point(work.store.publish(draft, recipe))
    key = small_pipeline.work(TRAINED[0]).current("model").key
    message = (
        f"evaluation is about another champion: it was {key}, before this period stands none; materialize evaluation"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)} again$"):
        Release().inputs(small_pipeline.work(LAST))
    ((stage, there),) = Release().overtaken(small_pipeline.work(LAST))
    assert (stage.name, there.partition) == ("evaluation", LAST)
