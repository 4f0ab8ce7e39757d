"""The model stage over stored versions."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from assets.data.parts import lineage, window_rows
from assets.declaration import Declaration
from assets.declare.known_task import unfit
from assets.display import image, link, table
from assets.execution import recipe_of
from assets.mlflow_service import UnreachableError
from assets.model.device import place
from assets.model.reference import reference
from assets.model.stored import encoded, labels_of
from assets.model.train import Trained, TrainingData, train
from assets.model.tune import Trial
from assets.release import package, plots
from assets.settings import plain
from assets.tracking import Run, Tracking
from assets.versions.draft import Draft
from assets.versions.layout import UNPARTITIONED, Layout
from assets.versions.version import Version
from assets.work import Check, InputError, Inputs, Made, Stage, Work
from data_checks.convergence import converged
from data_checks.named_function import module_of
from data_checks.verdict import Json, Verdict


class Model(Stage):
    """Features to a trained network, packed with everything that serves it."""

    name = "model"
    group = "model"
    kinds = frozenset({"pytorch", "onnx"})
    libraries = ("matplotlib", "numpy", "onnx", "onnxruntime", "optuna", "pyarrow", "torch")
    follows = ("features",)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return what is learned and how, and the contract that the served model holds its rows to."""
        return {
            "model": plain(declaration.model),
            "train": plain(declaration.train),
            "tune": plain(declaration.tune),
            "derive": plain(declaration.derive),
            "contract": plain(declaration.contract).get("columns", {}),
            "profile": {"chunks": declaration.monitor.chunks},
        }

    def _seed(self, declaration: Declaration) -> int | None:
        """Return the training's seed."""
        return declaration.train.seed

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        own = [module_of(declaration.model.use)] if declaration.model.kind == "custom" else []
        return (*super()._modules(declaration), *own)

    def environment(self, work: Work) -> Mapping[str, str]:
        """Return the device and the number of threads, on which the last bits depend."""
        where = place(work.declaration.compute)
        return {"device": where.name, "threads": str(where.threads)}

    def inputs(self, work: Work) -> Inputs:
        """Return the features.

        Raises:
            InputError: none are there, or their target's task is one that the declaration does not fit.
        """
        features = work.current("features")
        if found := unfit(work.declaration, labels_of(features).task):
            raise InputError("; ".join(found))
        return {"features": (features,)}

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Train, show the curves in MLflow while it happens, and pack what serves."""
        (features,) = inputs["features"]
        identity = recipe_of(self, work, inputs, {}).key
        tracking, checkpoint = Tracking(work.service), _checkpoint(work, identity)
        run = _run(work, tracking, features, identity)
        try:
            trained = _train(work, features, checkpoint, identity=identity, tracking=tracking, run=run)
        except BaseException:
            with suppress(UnreachableError):  # what stopped the training is the one to show
                tracking.end(run, "FAILED")
            raise
        tracking.log_params(run, _settings(trained))
        draft.write_bytes("network.onnx", trained.onnx)
        draft.write_json("history", [dict(row) for row in trained.history])
        draft.write_array("validation_output", trained.validation_output)
        digest = _pack(work, features, draft, trained.onnx)
        scorer = package.load(draft.folder / "package", digest)
        draft.write_json("profile", cast("Json", reference(work, features, scorer).to_json()))
        curve = plots.learning_curve(
            trained.history, title=f"{_where(work)} learning curve", best_epoch=trained.best_epoch
        )
        draft.write_bytes("figures/learning_curve.png", curve)
        tracking.log_files(run, {"figures/learning_curve.png": curve})
        tracking.end(run, "FINISHED")
        return Made(
            {"rows trained on": len(features.array("train_target"))},
            _shown(work, trained, run, digest),
            # published, the training is never taken up again; clean-up takes what a kill leaves here
            afterwards=partial(shutil.rmtree, checkpoint.parent, ignore_errors=True),
        )

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the check of convergence."""
        return (
            Check("converged", "The loss is finite and better than the trivial baseline's on the validation rows."),
        )

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Judge the history of the training."""
        history = cast("list[dict[str, float]]", version.json("history"))
        return [converged(history, baseline=history[0]["baseline_loss"])]


def _run(work: Work, tracking: Tracking, features: Version, identity: str) -> Run:
    tags = {
        "trainyard.pipeline": work.pipeline,
        "trainyard.partition": work.partition or "",
        "trainyard.features": features.key,
        "mlflow.note.content": work.made_by,
        **{f"trainyard.{name.split('/')[-1].replace(' ', '_')}": value for name, value in work.tags.items()},
    }
    run = tracking.run_for(work.pipeline, _where(work), identity=identity, tags=tags)
    tracking.log_input(
        run, f"{work.pipeline}/features", digest=features.digest, source=str(features.folder), context="training"
    )
    return run


def _train(work: Work, features: Version, checkpoint: Path, *, identity: str, tracking: Tracking, run: Run) -> Trained:
    transform = cast("dict[str, Any]", features.json("transform"))
    data = TrainingData(
        train=encoded(features, "train"),
        validation=encoded(features, "validation"),
        cardinalities=tuple(transform["cardinalities"]),
    )
    return train(
        data,
        model=work.declaration.model,
        train=work.declaration.train,
        tune=work.declaration.tune,
        compute=work.declaration.compute,
        labels=labels_of(features),
        checkpoint=checkpoint,
        identity=identity,
        report=lambda line: work.report(f"model  {line}"),
        log_metrics=lambda epoch, metrics: tracking.log_metrics(
            run, epoch, {name: value for name, value in metrics.items() if name != "epoch"}
        ),
    )


def _pack(work: Work, features: Version, draft: Draft, onnx: bytes) -> str:
    transform = cast("dict[str, Any]", features.json("transform"))
    raws = [raw for clean in lineage(work.store, features, "clean") for raw in lineage(work.store, clean, "raw")]
    derive = work.declaration.derive
    return package.build(
        draft.path("package"),
        onnx=onnx,
        transform=transform,
        columns=cast("dict[str, dict[str, Json]]", plain(work.declaration.contract).get("columns", {})),
        labels=labels_of(features),
        raw=window_rows(raws, "rows"),
        derive=derive.function() if derive else None,
    )


def _checkpoint(work: Work, identity: str) -> Path:
    """Return where progress is kept; that of other recipes for the same period is of no more use and goes."""
    folder = Layout.of(work.store.root, work.address("model")).checkpoints / (work.partition or UNPARTITIONED)
    for other in folder.glob("*"):
        if other.name != identity:
            shutil.rmtree(other)
    (folder / identity).mkdir(parents=True, exist_ok=True)
    return folder / identity / "checkpoint.pt"


def _shown(work: Work, trained: Trained, run: Run, digest: str) -> dict[str, Json]:
    best = trained.history[trained.best_epoch - 1]
    return {
        "learning curve": image("figures/learning_curve.png"),
        "MLflow": link(run.url(work.mlflow_page)),
        "mlflow run": {"run_id": run.run_id, "experiment_id": run.experiment_id},
        "package": digest,
        "best epoch": trained.best_epoch,
        "epochs": len(trained.history),
        "resumed from epoch": trained.resumed_from_epoch,
        "settings": _settings(trained),
        "device": trained.device,
        "seconds": round(trained.seconds, 2),
        "trials": table([_trial(trial) for trial in trained.trials]),
        "validation": table([{name: value for name, value in best.items() if name.startswith("validation_")}]),
    }


def _trial(trial: Trial) -> dict[str, Json]:
    return {"trial": trial.number, "state": trial.state, "value": trial.value, "epochs": trial.epochs, **trial.settings}


def _settings(trained: Trained) -> dict[str, Json]:
    """Return what was trained with, as tuned, by section."""
    sections = {"model": plain(trained.model), "train": plain(trained.settings)}
    return {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}


def _where(work: Work) -> str:
    return f"{work.pipeline} {work.partition}" if work.partition else work.pipeline
