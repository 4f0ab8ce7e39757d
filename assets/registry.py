"""The model registry: versions made whole, proven, and only then given an alias, in one place and on record."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assets.mlflow_service import MlflowService
from assets.registered import MODEL_KEY, Alias, Move, MovedError, Registered, UnprovenError
from assets.tracking import Run

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

MOVE = "trainyard.move."
MOVES_KEPT = 200
LONGEST_DESCRIPTION = 5000

Save = Callable[[Path, str, str], None]


class Registry:
    """The registered models of one MLflow."""

    def __init__(self, service: MlflowService) -> None:
        self.service = service

    def names(self) -> tuple[str, ...]:
        """The registered models, sorted."""
        found = self.service.read(lambda client: list(client.search_registered_models(max_results=1000)))
        return tuple(sorted(model.name for model in found))

    def versions(self, name: str) -> tuple[Registered, ...]:
        """All versions of a registered model, oldest first; none where the model is not there yet."""
        found = self.service.read(lambda client: client.search_model_versions(f"name = '{name}'", max_results=10_000))
        aliases = self._aliases(name) if found else {}
        versions = [_registered(version, aliases) for version in found]
        return tuple(sorted(versions, key=lambda version: int(version.version)))

    def standing(self, name: str, alias: Alias = "champion") -> Registered | None:
        """The version at which an alias points, or None."""
        return next((version for version in self.versions(name) if alias in version.aliases), None)

    def create(
        self, name: str, save: Save, *, run: Run, tags: Mapping[str, str], description: str, about: str = ""
    ) -> Registered:
        """The version of the model with the key `tags[MODEL_KEY]`: the one that is there, or a new one, whole.

        Its files are complete before the version exists; of twins that were made at once the oldest stands.

        Args:
            name: of the registered model, made if it is not there.
            save: writes the MLflow model into a folder that is not there yet, given that folder, the logged model's id
                and the location of its files.
            run: the training's.
            tags: of the version.
            description: the model card; cut where MLflow's limit is.
            about: what the registered model is for, all versions of it; said when it is made.
        """
        if found := self._of(name, tags[MODEL_KEY]):
            return found[0]
        self.service.write("create_registered_model", partial(_create_model, name=name, about=about))
        model_id, location = self._log(name, save, run=run, tags=tags)
        # a source of the form `models:/<id>` would be looked up at MLflow's global address, whatever the client's is
        mine = self.service.write(
            "create_model_version",
            lambda client: client.create_model_version(
                name, location, run.run_id, dict(tags), description=_cut(description), model_id=model_id
            ),
        )
        first = self._of(name, tags[MODEL_KEY])[0]
        if first.version != str(mine.version):
            self.service.write(
                "delete_model_version", lambda client: client.delete_model_version(name, str(mine.version))
            )
        return first

    def update(self, version: Registered, tags: Mapping[str, str], *, description: str | None = None) -> Registered:
        """Set what differs of a version's tags, and of its description where one is given."""
        for name, text in tags.items():
            if version.tags.get(name) != text:
                self.service.write("tag_version", partial(_tag, version=version, name=name, text=text))
        if description is not None and _cut(description) != version.description:
            self.service.write("describe_version", partial(_describe, version=version, text=_cut(description)))
        return replace(version, tags={**version.tags, **tags}, description=description or version.description)

    def move(self, to: Registered, move: Move) -> Move:
        """Point an alias at a version: the one place where this is done, recorded before it takes effect.

        Args:
            to: the version, proven.
            move: what is recorded; `before` is where the alias must stand now.

        Returns:
            The move on record; the earlier one if the alias stands there already.

        Raises:
            UnprovenError: no clean process has proven the version.
            MovedError: the alias stands elsewhere.
        """
        if to.proof is None:
            raise UnprovenError(
                f"register.alias {move.alias!r} is refused to {to.name} version {to.version}: no valid proof on record "
                "that a clean process reproduced its evaluated predictions; run the release step again"
            )
        at = self._aliases(to.name).get(move.alias)
        if at == to.version:
            past = [done for done in self.moves(to.name) if done.alias == move.alias]
            return past[-1] if past else move
        if at != move.before:
            raise MovedError(
                f"register.alias {move.alias!r} of {to.name} was moved meanwhile: it is at version {at}, the decision "
                f"was made when it was at {move.before}; evaluate again against the champion that stands now"
            )
        challenger = self._aliases(to.name).get("challenger")
        if move.alias == "champion" and challenger is not None and int(challenger) <= int(to.version):
            # first, so that a run stopped in between still finds the champion's move to make
            self._place(to.name, replace(move, alias="challenger", before=challenger, to=None))
        self._place(to.name, move)
        return move

    def moves(self, name: str) -> tuple[Move, ...]:
        """The recorded moves of a model's aliases, oldest first, without one that never took effect."""
        aliases = self._aliases(name)
        recorded = list(self._recorded(name).values())
        last = {move.alias: move for move in recorded}
        return tuple(move for move in recorded if move is not last[move.alias] or aliases.get(move.alias) == move.to)

    def _of(self, name: str, key: str) -> list[Registered]:
        return [version for version in self.versions(name) if version.tags.get(MODEL_KEY) == key]

    def _aliases(self, name: str) -> dict[str, str]:
        model = self.service.read(partial(_model, name=name))
        return {alias: str(version) for alias, version in (model[0] if model else {}).items()}

    def _recorded(self, name: str) -> dict[str, Move]:
        model = self.service.read(partial(_model, name=name))
        tags = model[1] if model else {}
        return {tag: Move(**json.loads(tags[tag])) for tag in sorted(tags) if tag.startswith(MOVE)}

    def _place(self, name: str, move: Move) -> None:
        recorded = self._recorded(name)
        kept = self.moves(name)
        void = [tag for tag, past in recorded.items() if past not in kept]
        tag, text = f"{MOVE}{move.at}.{move.alias}", json.dumps(asdict(move), sort_keys=True)
        self.service.write("record_move", lambda client: client.set_registered_model_tag(name, tag, text))
        self.service.write("set_alias", partial(_set_alias, name=name, move=move))
        for old in {*void, *list(recorded)[: -MOVES_KEPT + 1]} - {tag}:
            self.service.write("drop_move", partial(_drop, name=name, tag=old))

    def _log(self, name: str, save: Save, *, run: Run, tags: Mapping[str, str]) -> tuple[str, str]:
        whole = self.service.read(partial(_logged, experiment_id=run.experiment_id, key=tags[MODEL_KEY]))
        if whole is not None:
            return whole
        begun = self.service.write(
            "create_logged_model",
            lambda client: client.create_logged_model(run.experiment_id, name, run.run_id, dict(tags)),
        )
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder, "model")
            save(written, begun.model_id, begun.artifact_location)
            self.service.write(
                "log_model_artifacts", lambda client: client.log_model_artifacts(begun.model_id, str(written))
            )
        self.service.write("finalize_logged_model", partial(_finalize, run_id=run.run_id, model_id=begun.model_id))
        return str(begun.model_id), str(begun.artifact_location)


def _registered(version: "ModelVersion", aliases: Mapping[str, str]) -> Registered:
    return Registered(
        name=version.name,
        version=str(version.version),
        run_id=str(version.run_id),
        source=str(version.source),
        description=version.description or "",
        tags=dict(version.tags),
        aliases=tuple(sorted(alias for alias, at in aliases.items() if at == str(version.version))),
    )


def _model(client: "MlflowClient", *, name: str) -> tuple[dict[str, str], dict[str, str]] | None:
    from mlflow.exceptions import MlflowException

    try:
        model = client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    return dict(model.aliases), dict(model.tags)


def _create_model(client: "MlflowClient", *, name: str, about: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name, description=about or None)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _finalize(client: "MlflowClient", *, run_id: str, model_id: str) -> None:
    """Show the logged model on the page of its run too, and then say that its files are complete."""
    from mlflow.entities import LoggedModelOutput

    client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])
    client.finalize_logged_model(model_id, "READY")


def _tag(client: "MlflowClient", *, version: Registered, name: str, text: str) -> None:
    client.set_model_version_tag(version.name, version.version, name, text)


def _describe(client: "MlflowClient", *, version: Registered, text: str) -> None:
    client.update_model_version(version.name, version.version, text)


def _set_alias(client: "MlflowClient", *, name: str, move: Move) -> None:
    if move.to is None:
        client.delete_registered_model_alias(name, move.alias)
    else:
        client.set_registered_model_alias(name, move.alias, move.to)


def _drop(client: "MlflowClient", *, name: str, tag: str) -> None:
    client.delete_registered_model_tag(name, tag)


def _logged(client: "MlflowClient", *, experiment_id: str, key: str) -> tuple[str, str] | None:
    """A logged model whose files are complete, left by a run that was stopped before it could register it."""
    found = client.search_logged_models([experiment_id], f"tags.`{MODEL_KEY}` = '{key}'")
    whole = [model for model in found if str(model.status) == "READY"]
    return (str(whole[0].model_id), str(whole[0].artifact_location)) if whole else None


def _cut(text: str) -> str:
    whole = "\n\n… cut here; the whole card is among the run's artifacts"
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - len(whole)] + whole
