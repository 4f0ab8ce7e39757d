"""Registers a judged model: a whole version, its proof in a clean process, and only then an alias."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from assets.registered import MODEL_KEY, PACKAGE, PARTITION, Move, MovedError, Registered, stamp
from assets.registry import Registry
from assets.release import mlflow_format, package
from assets.release.champions import Champion
from assets.release.servable import Sample, prove
from assets.settings import Section
from assets.tracking import Run
from data_checks.verdict import Json, Verdict

Role = Literal["champion", "challenger", "refused"]


class RefusedError(ValueError):
    """A model whose verdicts do not let it be registered."""


class Register(Section):
    """The registered model."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")] | None = None
    """Its name in MLflow's registry; absent: the pipeline's."""
    tolerance: Annotated[float, Field(gt=0, le=0.01)] = 1e-5
    """How far a served prediction may be from the evaluated one, as a share of 1 + its size."""


@dataclass(frozen=True)
class Binding:
    """What a verdict is about: it holds for this and for nothing else.

    Attributes:
        model: key of the model version.
        evaluation: digest of the evaluation version.
        declaration: hash of the declaration that set the gates.
    """

    model: str
    evaluation: str
    declaration: str


@dataclass(frozen=True)
class Judgement:
    """The verdicts `gates` and `beats_champion`, and what they are about."""

    binding: Binding
    gates: Verdict
    beats_champion: Verdict


@dataclass(frozen=True)
class Candidate:
    """A model that asks to be registered.

    Attributes:
        name: of the registered model.
        package: folder of the model package.
        digest: of the package.
        binding: what it is and what judged it, to be found in the verdicts.
        run: the training's run in MLflow.
        partition: the period as of which it was trained; None without partitions.
        lineage: further tags: pipeline, Dagster run, data version, code version, git commit, trigger.
        card: the model card, Markdown.
        about: what the registered model is for.
    """

    name: str
    package: Path
    digest: str
    binding: Binding
    run: Run
    partition: str | None
    lineage: Mapping[str, str]
    card: str
    about: str = ""


@dataclass(frozen=True)
class Registration:
    """What became of a candidate.

    Attributes:
        version: the registered version.
        role: by its verdicts; `refused` if the proof failed, and then no alias moved.
        champion: who is champion as of the candidate's period.
        before: who was champion before it.
        move: how an alias moved; None where a later period is registered already, or the proof failed.
        verdicts: `servable` and `parity`.
    """

    version: Registered
    role: Role
    champion: Champion | None
    before: Champion | None
    move: Move | None
    verdicts: tuple[Verdict, Verdict]

    def to_json(self) -> dict[str, Json]:
        """The plain form that is kept with the release."""
        return {
            "name": self.version.name,
            "version": self.version.version,
            "role": self.role,
            "champion": self.champion.to_json() if self.champion else None,
            "before": self.before.to_json() if self.before else None,
            "move": asdict(self.move) if self.move else None,
        }


def register(
    registry: Registry,
    candidate: Candidate,
    judgement: Judgement,
    *,
    sample: Sample,
    before: Champion | None,
    who: str,
    now: datetime,
    tolerance: float = 1e-5,
    still_before: Callable[[], Champion | None] | None = None,
) -> Registration:
    """Register a model that passed its gates; run again after a failure, it completes what it began.

    Args:
        registry: where to.
        candidate: the model.
        judgement: its verdicts, as they stand beside the evaluation.
        sample: raw rows and the predictions that were evaluated on them.
        before: the champion it was judged against.
        who: the person or the run, for the record.
        now: the time, for the record.
        tolerance: see `Register.tolerance`.
        still_before: asked who that champion is once more, when the proof is done and the alias is about to move; with
            its answer the alias may also leave an earlier version of a period that was made again.

    Raises:
        RefusedError: the verdict is about something else, or says no.
        PackageError: the package is not the one that was evaluated.
        MovedError: another champion stands than the one the model was judged against.
        UnreachableError: MLflow does not answer.
    """
    _verify(candidate, judgement)
    inputs = package.load(candidate.package, candidate.digest).inputs
    tags = {
        **candidate.lineage,
        MODEL_KEY: candidate.binding.model,
        PACKAGE: candidate.digest,
        "trainyard.evaluation": candidate.binding.evaluation,
        "trainyard.declaration": candidate.binding.declaration,
        **({PARTITION: candidate.partition} if candidate.partition else {}),
    }
    save = partial(_save, candidate=candidate)
    version = registry.create(
        candidate.name, save, run=candidate.run, tags=tags, description=candidate.card, about=candidate.about
    )
    if version.tags[PACKAGE] != candidate.digest:
        raise RefusedError(
            f"register.package is not the one of {version.uri}: digest {candidate.digest[:12]}, registered under "
            f"the same model key is {version.tags[PACKAGE][:12]}; train again, equal keys give equal packages"
        )
    version = registry.update(version, tags, description=candidate.card)
    version, verdicts = prove(registry, version, sample, inputs=inputs, tolerance=tolerance, now=now)
    if not all(verdict.passed for verdict in verdicts):
        return Registration(version, "refused", before, before, None, verdicts)
    confirmed = still_before is not None and _confirmed(still_before(), before, candidate.name)
    if not judgement.beats_champion.passed:
        if confirmed:
            _reinstate(registry, version, before, who=who, now=now)
        move = _challenge(registry, version, judgement, who=who, now=now)
        return Registration(version, "challenger", before, before, move, verdicts)
    move = _crown(registry, version, judgement, before=before, confirmed=confirmed, who=who, now=now)
    crowned = Champion(version.version, candidate.partition, candidate.binding.model, candidate.digest)
    return Registration(version, "champion", crowned, before, move, verdicts)


def _verify(candidate: Candidate, judgement: Judgement) -> None:
    mine, theirs = asdict(candidate.binding), asdict(judgement.binding)
    other = [f"{what} {theirs[what][:12]} instead of {mine[what][:12]}" for what in mine if mine[what] != theirs[what]]
    if other:
        raise RefusedError(
            f"register.verdict is about something else: {', '.join(other)}; run the evaluation of this model again"
        )
    if judgement.gates.check != "gates" or not judgement.gates.passed:
        raise RefusedError(
            f"register.gates did not pass: {judgement.gates.summary} stands, only a passed verdict registers; "
            "improve the model, or move the limit on purpose and evaluate again"
        )


def _save(folder: Path, model_id: str, location: str, *, candidate: Candidate) -> None:
    mlflow_format.save(
        candidate.package,
        folder,
        digest=candidate.digest,
        model_id=model_id,
        run_id=candidate.run.run_id,
        artifact_path=location,
    )


def _is_newest(registry: Registry, version: Registered) -> bool:
    """Whether no later period has a proven version; a rerun of an old one leaves the aliases where they are."""
    later = [other for other in registry.versions(version.name) if (other.partition or "") > (version.partition or "")]
    return not any(other.proof for other in later)


def _confirmed(now: Champion | None, before: Champion | None, name: str) -> bool:
    if now != before:
        told = [champion.registered if champion else "none" for champion in (before, now)]
        raise MovedError(
            f"register.champion of {name} changed while the model was proven: it was version {told[0]}, now {told[1]} "
            "stands before this period; evaluate again against the champion that stands now"
        )
    return True


def _crown(
    registry: Registry,
    version: Registered,
    judgement: Judgement,
    *,
    before: Champion | None,
    confirmed: bool,
    who: str,
    now: datetime,
) -> Move | None:
    if not _is_newest(registry, version) or _is_held(registry, version):
        return None
    standing = registry.standing(version.name)
    leaves = before.registered if before else None
    same_period = standing is not None and version.partition is not None and standing.partition == version.partition
    if standing is None or confirmed or same_period:
        leaves = standing.version if standing else None
    why = judgement.beats_champion.summary
    return registry.move(
        version, Move("champion", leaves, version.version, who, why, stamp(now), partition=version.partition)
    )


def _is_held(registry: Registry, version: Registered) -> bool:
    """Whether somebody rolled back after this version's period was released: making it again changes nothing then."""
    moves = [move for move in registry.moves(version.name) if move.alias == "champion"]
    if not moves or moves[-1].kind != "roll_back":
        return False
    last = moves[-1]
    earlier = version.partition is not None and last.partition is not None and version.partition <= last.partition
    return earlier or version.version == last.before


def _reinstate(registry: Registry, version: Registered, before: Champion | None, *, who: str, now: datetime) -> None:
    """Let the alias follow the champion whose period was made again, now that the newest period confirms it."""
    standing = registry.standing(version.name)
    if before is None or not _is_newest(registry, version) or _is_held(registry, version):
        return
    if standing and standing.version == before.registered:
        return
    to = next(other for other in registry.versions(version.name) if other.version == before.registered)
    leaves = standing.version if standing else None
    why = f"it is the champion of {before.partition or 'before'}, and version {version.version} does not beat it"
    registry.move(to, Move("champion", leaves, to.version, who, why, stamp(now), partition=version.partition))


def _challenge(
    registry: Registry, version: Registered, judgement: Judgement, *, who: str, now: datetime
) -> Move | None:
    standing = registry.standing(version.name)
    if not _is_newest(registry, version) or (standing is not None and standing.version == version.version):
        return None
    challenger = registry.standing(version.name, "challenger")
    leaves = challenger.version if challenger else None
    why = judgement.beats_champion.summary
    return registry.move(
        version, Move("challenger", leaves, version.version, who, why, stamp(now), partition=version.partition)
    )
