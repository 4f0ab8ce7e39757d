"""Carries a stage out: reuse what stands, otherwise make, publish and judge it; refuse inputs that a check stopped."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version

from assets.reasons import NEVER, changed, gone_back, made_at, made_first
from assets.shell import SHELL
from assets.versions.changes import READ
from assets.versions.code_version import closure, libraries
from assets.versions.disk import refusals_explained
from assets.versions.recipe import Address, Recipe, canonical
from assets.versions.version import Version
from assets.work import BlockedError, Comparison, InputError, Inputs, Stage, Work, never_judged
from data_checks.verdict import Json, Verdict


@dataclass(frozen=True)
class Done:
    """What came of a stage.

    Attributes:
        version: the version that now stands.
        verdicts: one for each check.
        reused: whether it was there before.
        why: the reason for the reuse, or what changed since the last version.
        renewed: what came of earlier stages that had to be carried out again first.
    """

    version: Version
    verdicts: tuple[Verdict, ...]
    reused: bool
    why: tuple[str, ...]
    renewed: "tuple[Done, ...]" = ()


@dataclass(frozen=True)
class Outlook:
    """What carrying a stage out would do: reuse what stands, or another version that is there, or make it, and why."""

    reuse: bool
    why: tuple[str, ...]
    other: bool = False


def carry_out(stage: Stage, work: Work) -> Done:
    """Materialize one stage for one period.

    Raises:
        InputError: if an input is missing or was refused by a blocking check.
        SkippedError: if the stage has nothing to do yet.
        StoreWriteError: if the machine refused a write; what stood before is intact.
    """
    renewed = tuple(carry_out(earlier, there) for earlier, there in stage.overtaken(work))
    with refusals_explained(work.store.root.parent):
        done = _carried_out(stage, work)
    return replace(done, renewed=renewed) if renewed else done


def _carried_out(stage: Stage, work: Work) -> Done:
    inputs = stage.inputs(work)
    _refuse_blocked(stage, inputs, work)
    found = _found(stage, work, inputs, stage.outside(work))
    if found.version is None:
        done = _make(stage, work, inputs, found)
    else:
        why = gone_back(work, found.version) or (f"unchanged since {made_at(found.version)}",)
        done = Done(found.version, _verdicts(stage, work, inputs, version=found.version), reused=True, why=why)
    work.store.point(done.version)
    return done


def adopt(stage: Stage, work: Work, inputs: Inputs, version: Version) -> Done:
    """Let a version that was made elsewhere stand for a stage, judged by the present limits."""
    verdicts = _verdicts(stage, work, inputs, version=version)
    work.store.point(version)
    return Done(version, verdicts, reused=True, why=("made elsewhere",))


def foresee(stage: Stage, work: Work) -> Outlook:
    """Say what `carry_out` would do now, without doing it; raises as it would."""
    if overtaken := stage.overtaken(work):
        causes = {(there.partition or "", earlier.name): _cause(earlier, there) for earlier, there in overtaken}
        return Outlook(reuse=False, why=made_first(causes))
    inputs = stage.inputs(work)
    _refuse_blocked(stage, inputs, work)
    found = _found(stage, work, inputs, stage.outside(work))
    if found.outside is None:
        why = "the source has no fingerprint: it is read again, and reused if the rows are the same"
        return Outlook(reuse=False, why=(why,))
    if found.version:
        back = gone_back(work, found.version)
        return Outlook(reuse=True, why=back or ("unchanged: the same inputs, declaration and code",), other=bool(back))
    changes = changed(work, recipe_of(stage, work, inputs, found.outside))
    return Outlook(reuse=False, why=found.fallen or changes)


def stands(stage: Stage, work: Work) -> bool:
    """Return whether a stage's version is what the present declaration and code would make of its present inputs.

    Of a source that only reading can tell, the rows that were read last count.
    """
    head = work.store.head(work.address(stage.name))
    recipe = _present(stage, work, head) if head else None
    return head is not None and recipe is not None and recipe.key == head.key


def _cause(stage: Stage, work: Work) -> tuple[str, ...]:
    """Return what a stage would be made from now and was not before; nothing if that hangs on an earlier one alone."""
    head = work.store.head(work.address(stage.name))
    if head is None:
        return (NEVER,)
    recipe = _present(stage, work, head)
    return () if recipe is None or recipe.key == head.key else changed(work, recipe)


def _present(stage: Stage, work: Work, head: Version) -> Recipe | None:
    """Return what a version would be made from now; None if an input is missing."""
    try:
        inputs = stage.inputs(work)
    except InputError:
        return None
    outside = stage.outside(work)
    if outside is None:
        outside = {READ: head.recipe.inputs[READ]} if READ in head.recipe.inputs else {}
    return recipe_of(stage, work, inputs, outside)


@dataclass(frozen=True)
class _Found:
    """What stands for a stage before it is made: a version or None, what it depends on beside the store, what fell."""

    outside: Mapping[str, str] | None
    version: Version | None = None
    fallen: tuple[str, ...] = ()


def _found(stage: Stage, work: Work, inputs: Inputs, outside: Mapping[str, str] | None) -> _Found:
    """Return the version that stands; one that fell is named in what is made in its place, since a key is for good."""
    fallen: tuple[str, ...] = ()
    while outside is not None:
        version = work.store.find(work.address(stage.name), recipe_of(stage, work, inputs, outside).key)
        broken = stage.still_stands(work, version) if version else None
        if version is None or broken is None:
            return _Found(outside, version, fallen)
        outside, fallen = {**outside, "in place of": version.key}, (broken,)
    return _Found(None)


def recipe_of(stage: Stage, work: Work, inputs: Inputs, outside: Mapping[str, str]) -> Recipe:
    """Return what the stage's output would be made from."""
    terms = stage.terms(work.declaration)
    digests = {
        f"{name} {version.address.partition or ''}".strip(): version.digest
        for name, found in inputs.items()
        for version in found
    }
    return Recipe(
        inputs={**digests, **outside},
        declaration=terms.slice,
        code=closure(*terms.modules, stop=SHELL),
        seed=terms.seed,
        environment=dict(libraries(*terms.modules, stop=SHELL))
        | {library: installed_version(library) for library in stage.libraries}
        | dict(stage.environment(work)),
        address=work.address(stage.name),
    )


def verdicts_that_stand(stage: Stage, work: Work, version: Version) -> dict[str, Verdict]:
    """Return the stored verdicts that were given under the present limits and code, and beside what stands now."""
    return _standing(work, version, _bases(stage, work, stage.comparison(work, version)))


def _make(stage: Stage, work: Work, inputs: Inputs, found: _Found) -> Done:
    address = work.address(stage.name)
    with work.store.draft(address) as draft:
        made = stage.make(work, inputs, draft)
        outside = {READ: draft.digest()} if found.outside is None else found.outside
        recipe = recipe_of(stage, work, inputs, outside)
        known = work.store.find(address, recipe.key)
        why = found.fallen or changed(work, recipe)
        if known:
            why = gone_back(work, known) or ("read again: the rows are the same as before",)
        version = work.store.publish(draft, recipe, inputs=inputs, counts=made.counts, metadata=made.shown)
    made.afterwards()
    verdicts = _verdicts(stage, work, inputs, version=version, judged=made.judged)
    return Done(version, verdicts, reused=known is not None, why=why)


def _verdicts(
    stage: Stage, work: Work, inputs: Inputs, *, version: Version, judged: Sequence[Verdict] = ()
) -> tuple[Verdict, ...]:
    comparison = stage.comparison(work, version)
    bases = _bases(stage, work, comparison)
    compared = comparison.checks if comparison else ()
    own = tuple(name for name in bases if name not in compared)
    found = {} if judged else _standing(work, version, bases)
    if not found.keys() >= set(own):
        given = judged or stage.judge(work, inputs, version)
        found |= _kept(work, version, given, {name: bases[name] for name in own})
    if comparison and not found.keys() >= set(compared):
        found |= _kept(work, version, comparison.judge(), {name: bases[name] for name in compared})
    return tuple(found[name] for name in bases)


def _kept(work: Work, version: Version, verdicts: Sequence[Verdict], bases: Mapping[str, str]) -> dict[str, Verdict]:
    """Record verdicts that were given now, one for each check, all on one basis."""
    given = {verdict.check: verdict for verdict in verdicts}
    if sorted(verdict.check for verdict in verdicts) != sorted(bases):
        raise RuntimeError(
            f"{version.address.stage} declares the checks {sorted(bases)} and judged {sorted(given)}; mend its `judge`"
        )
    work.store.record(version, verdicts, next(iter(bases.values())))
    return given


def _standing(work: Work, version: Version, bases: Mapping[str, str]) -> dict[str, Verdict]:
    stored = work.store.verdicts(version)
    return {
        name: stored[name].verdict for name, basis in bases.items() if name in stored and stored[name].basis == basis
    }


def _bases(stage: Stage, work: Work, comparison: Comparison | None) -> dict[str, str]:
    """Return what each check's verdict depends on, as a hash, in the order of the checks."""
    terms = stage.terms(work.declaration)
    compared = comparison.checks if comparison else ()
    code = dict(closure(*terms.modules, stop=SHELL))
    bases: dict[str, str] = {}
    for beside in (False, True):
        checks = [check for check in terms.checks if (check.name in compared) is beside]
        limits = comparison.basis if comparison and beside else terms.limits
        basis: dict[str, Json] = {
            "limits": dict(limits),
            "checks": [[check.name, check.severity] for check in checks],
            "code": dict(code),
        }
        bases |= {check.name: hashlib.sha256(canonical(basis)).hexdigest() for check in checks}
    return {check.name: bases[check.name] for check in terms.checks}


def _refuse_blocked(stage: Stage, inputs: Inputs, work: Work) -> None:
    for name, found in inputs.items():
        for version in () if name in stage.regardless else found:
            blocked = [verdict for verdict in _present_verdicts(version, work) if verdict.blocks]
            if blocked:
                address = version.address
                period = f" of {address.partition}" if address.partition else ""
                told = "; ".join(f"{verdict.check}: {verdict.summary}" for verdict in blocked)
                raise BlockedError(
                    f"{address.pipeline}/{address.stage}{period} is refused: its blocking check failed ({told}); "
                    "mend the cause and materialize it again"
                )


def _present_verdicts(version: Version, work: Work) -> Sequence[Verdict]:
    """Return the verdicts on an input by the present limits; one that was judged by others is judged again."""
    stage = work.stages.get(version.address.stage)
    stored = [each.verdict for each in work.store.verdicts(version).values()]
    recorded = stored or (never_judged(stage, work.declaration) if stage else ())
    if stage is None or work.store.head(version.address) != version:
        return recorded
    periods, partition = work.declaration.partitions, version.address.partition
    there = replace(work, period=periods.period(partition) if periods and partition else None)
    inputs: dict[str, tuple[Version, ...]] = {}
    for entry in version.manifest["inputs"]:
        source = work.store.find(Address(entry["pipeline"], entry["stage"], entry["partition"]), entry["key"])
        if source is None:
            return recorded
        inputs[entry["name"]] = (*inputs.get(entry["name"], ()), source)
    return _verdicts(stage, there, inputs, version=version)
