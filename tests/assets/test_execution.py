import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assets.execution import carry_out, foresee, recipe_of, stands, verdicts_that_stand
from assets.home import Home
from assets.shell import SHELL
from assets.versions.disk import StoreWriteError
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import BlockedError, InputError, Inputs, Made, SkippedError, Stage, Work
from data_checks.verdict import Json, Verdict
from tests.small_pipeline import declare, work_on
from tests.toy_stages import Careless, Double, Number, Window


@pytest.fixture
def seen() -> Window:
    return Window()


@pytest.fixture
def work(tmp_path: Path) -> Work:
    model: Json = {"source": {"kind": "files", "path": "x.csv"}, "target": {"column": "y"}, "model": {"kind": "linear"}}
    return work_on(Home(tmp_path), declare(model), None)  # type: ignore[arg-type]


def test_makes_once_and_says_that_nothing_changed(seen: Window, work: Work) -> None:
    first = carry_out(Number(seen), work)
    assert (first.reused, first.why) == (False, ("never made before",))
    assert foresee(Number(seen), work).why == ("unchanged: the same inputs, declaration and code",)
    again = carry_out(Number(seen), work)
    assert again.reused
    assert again.version == first.version
    assert re.fullmatch(r"unchanged since \d{4}-\d\d-\d\dT\d\d:\d\d", again.why[0])
    assert (seen.made, seen.judged) == (["number"], ["number"])


def test_says_what_changed(seen: Window, work: Work) -> None:
    carry_out(Number(seen), work)
    seen.epochs = 2
    foreseen = foresee(Number(seen), work)
    assert (foreseen.reuse, foreseen.why) == (False, ("declaration epochs changed: 1 -> 2",))
    done = carry_out(Number(seen), work)
    assert (done.reused, done.why) == (False, ("declaration epochs changed: 1 -> 2",))


def test_goes_back_to_an_earlier_version_without_making_it_again(seen: Window, work: Work) -> None:
    first = carry_out(Number(seen), work)
    seen.epochs = 2
    carry_out(Number(seen), work)
    seen.epochs = 1
    foreseen = foresee(Number(seen), work)
    assert (foreseen.reuse, foreseen.other) == (True, True)
    back = carry_out(Number(seen), work)
    assert (back.version, back.reused) == (first.version, True)
    assert back.why == foreseen.why
    assert re.fullmatch(r"what was made \d{4}-\d\d-\d\dT\d\d:\d\d stands again", back.why[0])
    assert back.why[1:] == ("declaration epochs changed: 2 -> 1",)
    assert not foresee(Number(seen), work).other
    assert work.current("number") == first.version
    assert len(seen.made) == 2


def test_an_equal_input_made_anew_changes_nothing_that_follows(seen: Window, work: Work) -> None:
    carry_out(Number(seen), work)
    carry_out(Double(seen), work)
    seen.epochs = 2
    assert not carry_out(Number(seen), work).reused
    assert carry_out(Double(Window(epochs=1)), work).reused


def test_another_input_is_named(seen: Window, work: Work) -> None:
    carry_out(Number(seen), work)
    carry_out(Double(seen), work)
    changed = Window(value=6, fingerprint="other")
    carry_out(Number(changed), work)
    (why,) = carry_out(Double(changed), work).why
    assert why.startswith("input number is another version: ")


def test_a_source_without_a_fingerprint_is_read_again_and_compared(seen: Window, work: Work) -> None:
    seen.fingerprint = None
    first = carry_out(Number(seen), work)
    assert foresee(Number(seen), work).why == (
        "the source has no fingerprint: it is read again, and reused if the rows are the same",
    )
    again = carry_out(Number(seen), work)
    assert (again.reused, again.why) == (True, ("read again: the rows are the same as before",))
    assert again.version == first.version
    seen.value = 6
    changed = carry_out(Number(seen), work)
    assert not changed.reused
    assert changed.why[0].startswith("what the source gives changed")


def test_a_failed_check_refuses_the_version_in_every_later_run(seen: Window, work: Work) -> None:
    seen.value = 11
    assert not carry_out(Number(seen), work).verdicts[0].passed
    refusal = re.escape(
        "small/number is refused: its blocking check failed (small_enough: 11 is compared with 10); mend the cause and "
        "materialize it again"
    )
    for _ in range(2):
        with pytest.raises(InputError, match=f"^{refusal}$"):
            carry_out(Double(seen), work)
        with pytest.raises(InputError, match=f"^{refusal}$"):
            foresee(Double(seen), work)
    assert seen.made == ["number"]


def test_a_failed_warning_refuses_nothing(seen: Window, work: Work) -> None:
    seen.value, seen.severity = 11, "warning"
    assert not carry_out(Number(seen), work).verdicts[0].passed
    assert not carry_out(Double(seen), work).reused


def test_some_inputs_are_read_whatever_their_checks_say(seen: Window, work: Work) -> None:
    class Watcher(Double):
        regardless = frozenset({"number"})

    seen.value = 11
    carry_out(Number(seen), work)
    assert not carry_out(Watcher(seen), work).reused


def test_another_limit_judges_again_and_makes_nothing(seen: Window, work: Work) -> None:
    seen.value = 11
    carry_out(Number(seen), work)
    seen.at_most = 20
    assert verdicts_that_stand(Number(seen), work, work.current("number")) == {}
    again = carry_out(Number(seen), work)
    assert again.reused
    assert again.verdicts[0].passed
    assert not carry_out(Double(seen), work).reused
    assert seen.made == ["number", "double"]


def test_an_input_is_judged_by_the_present_limits_whoever_materialized_it(seen: Window, work: Work) -> None:
    carry_out(Number(seen), work)
    there = replace(work, stages={"number": Number(seen)})
    carry_out(Double(seen), there)
    seen.at_most = 3
    with pytest.raises(InputError, match=r"number is refused: its blocking check failed \(small_enough: 5 is compared"):
        carry_out(Double(seen), there)
    seen.at_most = 10
    assert carry_out(Double(seen), there).reused


def test_an_input_that_does_not_stand_and_was_never_judged_is_refused(seen: Window, work: Work) -> None:
    class Killed(Number):
        def judge(self, work: Work, inputs: Inputs, version: Version) -> list[Verdict]:
            raise KeyboardInterrupt

    class Later(Double):
        def inputs(self, work: Work) -> Inputs:
            return {"number": (unjudged,)}

    with pytest.raises(KeyboardInterrupt):
        carry_out(Killed(seen), work)
    key = recipe_of(Killed(seen), work, {}, {"source": "same"}).key
    unjudged = work.store.find(work.address("number"), key)
    assert unjudged is not None
    there = replace(work, stages={"number": Number(seen)})
    with pytest.raises(BlockedError, match=r"number is refused: .* \(small_enough: it was never judged\)"):
        carry_out(Later(seen), there)


def test_what_was_overtaken_is_carried_out_first(seen: Window, work: Work) -> None:
    class Follower(Double):
        def overtaken(self, work: Work) -> tuple[tuple[Stage, Work], ...]:
            return () if stands(Number(seen), work) else ((Number(seen), work),)

    first = carry_out(Follower(seen), work)
    assert [done.why for done in first.renewed] == [("never made before",)]
    assert carry_out(Follower(seen), work).renewed == ()
    seen.epochs = 2
    foreseen = foresee(Follower(seen), work)
    told = "number would be made first: declaration epochs changed: 1 -> 2"
    assert (foreseen.reuse, foreseen.why) == (False, (told,))
    (renewed,) = carry_out(Follower(seen), work).renewed
    assert renewed.why == ("declaration epochs changed: 1 -> 2",)


def test_rows_that_only_reading_tells_stand_as_they_were_read_last(seen: Window, work: Work) -> None:
    seen.fingerprint = None
    assert not stands(Number(seen), work)
    carry_out(Number(seen), work)
    assert stands(Number(seen), work)
    assert not stands(Double(seen), work)
    seen.epochs = 2
    assert not stands(Number(seen), work)


def test_a_stage_whose_input_is_missing_does_not_stand(seen: Window, work: Work) -> None:
    carry_out(Number(seen), work)
    carry_out(Double(seen), work)
    assert stands(Double(seen), work)
    (work.store.root / "small/number/heads").rename(work.store.root / "small/number/gone")
    assert not stands(Double(seen), work)


def test_a_long_list_of_changed_code_is_cut(seen: Window, work: Work) -> None:
    done = carry_out(Number(seen), work)
    code = {f"assets.old_{place}": "0" for place in range(5)}
    with work.store.draft(done.version.address) as draft:
        draft.write_json("number", 5)
        work.store.point(work.store.publish(draft, replace(done.version.recipe, code=code)))
    seen.epochs = 2
    first, *modules, rest = carry_out(Number(seen), work).why
    assert first == "declaration epochs changed: 1 -> 2"
    assert len(modules) == 3
    assert re.fullmatch(r"code of \d+ more modules changed", rest)


def test_of_many_changed_settings_the_first_are_told(seen: Window, work: Work) -> None:
    done = carry_out(Number(seen), work)
    declaration: dict[str, Json] = {**done.version.recipe.declaration, **{f"old_{place}": place for place in range(9)}}
    with work.store.draft(done.version.address) as draft:
        draft.write_json("number", 5)
        work.store.point(work.store.publish(draft, replace(done.version.recipe, declaration=declaration)))
    seen.epochs = 2
    told = foresee(Number(seen), work).why
    assert (len(told), told[0], told[-1]) == (7, "declaration epochs changed: 1 -> 2", "4 more settings changed")


def test_another_severity_judges_again(seen: Window, work: Work) -> None:
    carry_out(Number(seen), work)
    seen.severity = "warning"
    carry_out(Number(seen), work)
    assert seen.judged == ["number", "number"]


def test_what_no_longer_stands_is_made_anew_and_stands_then(seen: Window, work: Work) -> None:
    first = carry_out(Number(seen), work)

    class Registered(Number):
        def still_stands(self, work: Work, version: Version) -> str | None:
            return "the registry lost it" if version == first.version else None

    Registered.__module__ = Number.__module__  # the same code, as far as the recipe knows
    stage = Registered(Window(value=7))
    assert foresee(stage, work).why == ("the registry lost it",)
    second = carry_out(stage, work)
    assert (second.reused, second.why) == (False, ("the registry lost it",))
    assert second.version.json("number") == 7
    assert work.current("number") == second.version
    assert carry_out(stage, work).reused


def test_a_removed_version_is_made_anew(seen: Window, work: Work) -> None:
    done = carry_out(Number(seen), work)
    (work.store.root / "small" / "number" / "records" / f"{done.version.key}.json").unlink()
    assert carry_out(Number(seen), work).why == ("never made before",)


def test_a_stage_that_stops_half_way_leaves_what_stood(seen: Window, work: Work) -> None:
    first = carry_out(Number(seen), work)

    class Broken(Number):
        def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
            draft.write_json("number", 1)
            raise OSError(28, "no space left on device")

    with pytest.raises(StoreWriteError, match=r"store.write failed: no space left on device at .*; make room"):
        carry_out(Broken(Window(epochs=3)), work)
    assert work.current("number") == first.version
    assert not list((work.store.root / "small" / "number" / "staging").iterdir())


def test_a_stage_must_judge_what_it_declares(seen: Window, work: Work) -> None:
    with pytest.raises(RuntimeError, match=r"number declares the checks \['small_enough'\] and judged \['another'\]; "):
        carry_out(Careless(seen), work)


def test_a_skipped_stage_leaves_nothing(seen: Window, work: Work) -> None:
    class Early(Number):
        def inputs(self, work: Work) -> Inputs:
            raise SkippedError("nobody is champion")

    with pytest.raises(SkippedError, match="nobody is champion"):
        carry_out(Early(seen), work)
    assert work.store.addresses() == ()


def test_the_shell_has_no_say_in_a_recipe(seen: Window, work: Work) -> None:
    code = carry_out(Number(seen), work).version.recipe.code
    assert not SHELL & set(code)
    assert json.dumps(code)
