"""The stage `release`: the registered version, its proofs, and who is champion after it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

from assets.data.parts import lineage
from assets.declaration import Declaration
from assets.display import link, markdown
from assets.execution import verdicts_that_stand
from assets.home import REPOSITORY
from assets.model.stored import run_of
from assets.registered import MODEL_KEY
from assets.registry import Registry
from assets.release.champions import Champion, champion_of
from assets.release.evaluation import Evaluation as Figures
from assets.release.held_out import held_out, splits_of
from assets.release.model_card import ModelCard, model_card
from assets.release.register import Binding, Candidate, Judgement, Registration, register
from assets.release.servable import Sample
from assets.release.stages.evaluation import Evaluation
from assets.release.standing import registered_name, throne
from assets.settings import plain
from assets.tracking import Tracking, version_url
from assets.versions.draft import Draft
from assets.versions.recipe import canonical
from assets.versions.version import Version
from assets.work import Check, InputError, Inputs, Made, Stage, Work
from data_checks.json_values import json_value
from data_checks.verdict import Json, Verdict


class Release(Stage):
    """A judged model in the registry, proven to serve, under the alias that it earned."""

    name = "release"
    group = "release"
    kinds = frozenset({"mlflow"})
    libraries = ("numpy", "pyarrow", "mlflow", "onnxruntime")
    follows = ("evaluation",)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the registered name, and the limits that the verdict was given by."""
        return {"register": plain(declaration.registration), **Evaluation().terms(declaration).limits}

    def inputs(self, work: Work) -> Inputs:
        """Return the evaluation and the model that it judged.

        Raises:
            InputError: if another champion stands now than the one that the model was judged against.
        """
        evaluation = work.current("evaluation")
        judged, standing = _champions(work, evaluation)
        if judged != standing:
            raise InputError(
                f"evaluation is about another champion: it was {judged or 'none'}, before this period stands "
                f"{standing or 'none'}; materialize evaluation again"
            )
        return {"evaluation": (evaluation,), "model": lineage(work.store, evaluation, "model")}

    def overtaken(self, work: Work) -> tuple[tuple[Stage, Work], ...]:
        """Return the evaluation, if another champion stands before the period than the one that it compared with."""
        evaluation = work.store.head(work.address("evaluation"))
        if evaluation is None:
            return ()
        judged, standing = _champions(work, evaluation)
        return () if judged == standing else ((Evaluation(), work),)

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Register, prove in a clean process, and move the alias."""
        (evaluation,), (model,) = inputs["evaluation"], inputs["model"]
        before = throne(work).before(work.partition, challenger=model.key)
        judgement = _judgement(work, evaluation)
        card = _card(work, evaluation, model, judgement)
        done = register(
            Registry(work.service),
            _candidate(work, evaluation, model, card),
            judgement,
            sample=_sample(work, evaluation, model),
            before=before,
            who=work.who,
            now=datetime.now(UTC),
            tolerance=work.declaration.registration.tolerance,
            still_before=lambda: throne(work).before(work.partition, challenger=model.key),
        )
        draft.write_json("release", done.to_json())
        draft.write_json("verdicts", json_value([asdict(verdict) for verdict in done.verdicts]))
        draft.write_bytes("model_card.md", card.encode())
        Tracking(work.service).log_files(run_of(model), {"model_card.md": card})
        why = "" if judgement.beats_champion.passed else f" ({judgement.beats_champion.summary})"
        stands = "" if done.role == "champion" else f"; champion is {_said(done.champion)}"
        work.report(f"release  version {done.version.version} is {done.role}{why}{stands}")
        return Made({}, _shown(work, done, card), judged=done.verdicts)

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the two proofs."""
        return (
            Check("servable", "A clean process loads the registered model, without this repository, torch or pickle."),
            Check("parity", "It gives the predictions that were evaluated."),
        )

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Return the verdicts that were given when the version was proven."""
        return [Verdict(**said) for said in cast("list[dict[str, Any]]", version.json("verdicts"))]

    def still_stands(self, work: Work, version: Version) -> str | None:
        """Return a reason if the registry lost the version, or its alias stands where another release left it."""
        said = cast("dict[str, Any]", version.json("release"))
        if said["role"] == "refused":
            return f"version {said['version']} of {said['name']} was not proven to serve: the proof is tried again"
        held = {each.version: each for each in Registry(work.service).versions(said["name"])}
        (entry,) = [entry for entry in version.manifest["inputs"] if entry["name"] == "model"]
        if said["version"] not in held or held[said["version"]].tags.get(MODEL_KEY) != entry["key"]:
            return f"the registry no longer holds version {said['version']} of {said['name']}"
        return _left_alone(work, version, {each.version for each in held.values() if "champion" in each.aliases})


def _left_alone(work: Work, version: Version, aliased: set[str]) -> str | None:
    """Return a reason if a release would stand again and the alias champion is still that of the one that stood."""
    standing = work.store.head(version.address)
    if standing is None or standing == version:
        return None
    here, there = champion_of(version), champion_of(standing)
    if here is None or there is None or here.registered == there.registered or aliased != {there.registered}:
        return None
    at = f"the alias champion is at version {there.registered}, where the release that stood left it"
    return f"{at}; who passes now takes it"


def _champions(work: Work, evaluation: Version) -> tuple[str | None, str | None]:
    """Return the keys of the champion's model in an evaluation, and of the one that stands before the period."""
    (model,) = lineage(work.store, evaluation, "model")
    judged = [version.key for version in lineage(work.store, evaluation, "champion")]
    standing = throne(work).before(work.partition, challenger=model.key)
    return (judged[0] if judged else None), (standing.key if standing else None)


def _judgement(work: Work, evaluation: Version) -> Judgement:
    """Return the verdicts that stand beside the evaluation, bound to what they are about.

    Raises:
        InputError: if the evaluation was not judged under the present declaration.
    """
    standing = verdicts_that_stand(Evaluation(), work, evaluation)
    if not {"gates", "beats_champion"} <= set(standing):
        raise InputError(
            "evaluation was not judged by the present gates: no verdict stands for them; materialize evaluation again"
        )
    binding = Binding(
        lineage(work.store, evaluation, "model")[0].key, evaluation.digest, _declaration_hash(work.declaration)
    )
    return Judgement(binding, standing["gates"], standing["beats_champion"])


def _declaration_hash(declaration: Declaration) -> str:
    return hashlib.sha256(canonical(plain(declaration))).hexdigest()


def _candidate(work: Work, evaluation: Version, model: Version, card: str) -> Candidate:
    tags = {
        "trainyard.pipeline": work.pipeline,
        "trainyard.data": splits_of(work.store, model).digest[:16],
        "trainyard.code": model.recipe.code_hash[:16],
        **_commit(),
        **{f"trainyard.{name.split('/')[-1].replace(' ', '_')}": value for name, value in work.tags.items()},
    }
    return Candidate(
        name=registered_name(work),
        package=model.path("package"),
        digest=str(model.manifest["metadata"]["package"]),
        binding=Binding(model.key, evaluation.digest, _declaration_hash(work.declaration)),
        run=run_of(model),
        partition=work.partition,
        lineage=tags,
        card=_with_link(card, work),
        about=work.declaration.description or "",
    )


def _with_link(card: str, work: Work) -> str:
    """Put the link to the Dagster run under the title; the card itself is kept without it."""
    title, _, rest = card.partition("\n\n")
    return f"{title}\n\n{work.made_by}\n\n{rest}" if work.made_by else card


def _commit() -> dict[str, str]:
    """Return the commit that the code was at, where it lies in a git repository."""
    head = REPOSITORY / ".git" / "HEAD"
    if not head.is_file():
        return {}
    said = head.read_text(encoding="utf-8").strip()
    branch = REPOSITORY / ".git" / said.removeprefix("ref: ")
    commit = branch.read_text(encoding="utf-8").strip() if said.startswith("ref: ") and branch.is_file() else said
    return {} if commit.startswith("ref: ") else {"trainyard.commit": commit}


def _sample(work: Work, evaluation: Version, model: Version) -> Sample:
    """Return the evaluated raw rows with their predictions, in one order."""
    predictions = evaluation.table("predictions")
    rows = held_out(work.store, model)
    return Sample(rows.raw.take(predictions["_place"]), predictions)


def _card(work: Work, evaluation: Version, model: Version, judgement: Judgement) -> str:
    declaration, splits = work.declaration, splits_of(work.store, model)
    (features,) = lineage(work.store, model, "features")
    columns = cast("dict[str, str]", cast("dict[str, Any]", features.json("transform"))["columns"])
    periods = [clean.address.partition for clean in lineage(work.store, splits, "clean") if clean.address.partition]
    return model_card(
        ModelCard(
            name=registered_name(work),
            description=declaration.description or "",
            owners=declaration.owners,
            target=declaration.target.column,
            period=work.partition,
            window=(periods[0], periods[-1]) if periods else None,
            rows=splits.manifest["counts"],
            settings=_settings(model),
            features={
                kind: [name for name, of in columns.items() if of == kind] for kind in ("number", "category", "time")
            },
            never=cast("dict[str, str]", cast("dict[str, Any]", features.recipe.declaration["features"])["never"]),
            evaluation=Figures.from_json(cast("dict[str, Json]", evaluation.json("evaluation"))),
            verdicts=(judgement.gates, judgement.beats_champion),
            lineage={
                "model version": model.key,
                "evaluation version": evaluation.key,
                "splits version": splits.key,
                "declaration": _declaration_hash(declaration)[:16],
                "code": model.recipe.code_hash[:16],
            },
            uri=f"models:/{registered_name(work)}@champion",
        )
    )


def _shown(work: Work, done: Registration, card: str) -> dict[str, Json]:
    return {
        "registered version": done.version.version,
        "role": done.role,
        "champion": _said(done.champion),
        "champion before": _said(done.before),
        "MLflow": link(version_url(work.mlflow_page, done.version.name, done.version.version)),
        "model card": markdown(card),
    }


def _settings(model: Version) -> dict[str, Json]:
    """Return what the model was trained with, as tuned, by section."""
    trained = cast("dict[str, Json]", model.manifest["metadata"]["settings"])
    return {
        section: {name.partition(".")[2]: value for name, value in trained.items() if name.startswith(f"{section}.")}
        for section in ("model", "train")
    }


def _said(champion: Champion | None) -> str:
    if champion is None:
        return "nobody yet"
    return f"version {champion.registered}" + (f" of {champion.partition}" if champion.partition else "")
