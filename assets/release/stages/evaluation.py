"""The stage `evaluation`: the model, the champion and two baselines on the very same rows."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pyarrow as pa

from assets.data.parts import lineage
from assets.data.target import Labels
from assets.declaration import Declaration
from assets.display import image, link, short, table
from assets.model.stored import encoded, labels_of, package_of, run_of
from assets.release import plots
from assets.release.baselines import gradient_boosting, trivial
from assets.release.champions import model_of
from assets.release.evaluate import EvaluationError, evaluate, metrics_of
from assets.release.evaluation import ColumnImportance, Figure
from assets.release.evaluation import Evaluation as Figures
from assets.release.explain import importance
from assets.release.held_out import HeldOut, held_out, learned_from
from assets.release.metrics import Scores
from assets.release.package import Scorer
from assets.release.standing import throne
from assets.settings import plain
from assets.tracking import Tracking
from assets.versions.draft import Draft
from assets.versions.version import Version
from assets.work import Check, Inputs, Made, Stage, Work
from data_checks.gates import OWN_METRICS, Gate, judge
from data_checks.named_function import module_of
from data_checks.verdict import Json, Verdict


class Evaluation(Stage):
    """How good the model is, told by the package that will serve."""

    name = "evaluation"
    group = "release"
    kinds = frozenset({"scikitlearn", "onnx"})
    libraries = ("numpy", "pyarrow", "scikit-learn", "onnxruntime", "matplotlib")
    follows = ("model",)

    def _slice(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return what is measured."""
        return {"evaluate": plain(declaration.evaluate)}

    def _modules(self, declaration: Declaration) -> tuple[str, ...]:
        own = declaration.evaluate.own_metrics
        return (*super()._modules(declaration), *(module_of(metric.use) for metric in own))

    def _seed(self, declaration: Declaration) -> int | None:
        """Return the seed of the bootstrap, the shuffling and the baseline."""
        return declaration.evaluate.seed

    def inputs(self, work: Work) -> Inputs:
        """Return the model, its features, and the model of the champion that stood before."""
        model = work.current("model")
        found = {"model": (model,), "features": lineage(work.store, model, "features")}
        champion = throne(work).before(work.partition, challenger=model.key)
        return found | ({"champion": (model_of(work.store, work.pipeline, champion),)} if champion else {})

    def make(self, work: Work, inputs: Inputs, draft: Draft) -> Made:
        """Score the test rows with every candidate, measure, explain and draw."""
        (model,), (features,), champions = inputs["model"], inputs["features"], inputs.get("champion", ())
        labels = labels_of(features)
        rows = held_out(work.store, model)
        for champion in champions:
            rows = rows.without(learned_from(work.store, champion))
        scorer = package_of(model)
        scored = scorer.score(rows.raw)
        scores = {"model": scores_of(scored, labels)}
        if champions:
            scores["champion"] = champion_scores(package_of(champions[0]), rows.raw, labels)
        scores |= _baselines(features, rows, labels, seed=work.declaration.evaluate.seed)
        truth = labels.encode(rows.clean[work.declaration.target.column])
        work.report(f"evaluation  {', '.join(scores)} on {len(truth):,} test rows; {rows.left_out:,} left out")
        figures = evaluate(
            truth,
            scores,
            settings=work.declaration.evaluate,
            labels=labels,
            slices=rows.clean,
            importance=_importance(work, scorer, rows, truth, labels=labels),
        )
        draft.write_table("predictions", _beside(rows, scored))
        draft.write_json("evaluation", figures.to_json())
        pictures = drawn(figures, truth, scores, where=work.partition or work.pipeline)
        for name, picture in pictures.items():
            draft.write_bytes(name, picture)
        _tell_mlflow(work, model, figures, pictures)
        counts = {"test": len(truth), "left out because the champion learned from them": rows.left_out}
        return Made(counts, _shown(work, model, figures, pictures))

    def _checks(self, declaration: Declaration) -> tuple[Check, ...]:
        """Return the gates."""
        limits = [str(gate) for gate in declaration.gates if gate.rival != "champion" or not gate.is_relative]
        against = [str(gate) for gate in declaration.gates if gate.is_relative and gate.rival == "champion"]
        return (
            Check("gates", f"The model may be registered: {'; '.join(limits) or 'better than the trivial one'}."),
            Check("beats_champion", f"It takes the champion's place: {'; '.join(against) or 'not worse'}.", "warning"),
        )

    def _limits(self, declaration: Declaration) -> Mapping[str, Json]:
        """Return the limits."""
        return {"gates": [plain(gate) for gate in declaration.gates]}

    def judge(self, work: Work, inputs: Inputs, version: Version) -> Sequence[Verdict]:
        """Hold the figures against the gates."""
        figures = cast("dict[str, Json]", version.json("evaluation"))
        return judge(gates_of(work.declaration, Figures.from_json(figures)), figures)


def gates_of(declaration: Declaration, figures: Figures) -> tuple[Gate, ...]:
    """Return the declared gates; where none limits the model, or none compares it with the champion, the usual one.

    The usual ones are: better than the trivial model, and not worse than the champion, in the first metric.
    """
    metric = next(iter(figures.candidates["model"]["metrics"]))
    against = [gate for gate in declaration.gates if gate.is_relative and gate.rival == "champion"]
    gates = list(declaration.gates)
    if len(against) == len(declaration.gates):
        gates.append(_usual(metric, figures, against="trivial", better_by=0.0))
    if not against:
        gates.append(_usual(metric, figures, against="champion", not_worse_by=0.0))
    return tuple(gates)


def _usual(metric: str, figures: Figures, **limit: Json) -> Gate:
    return Gate.model_validate({"metric": metric, **limit}, context={OWN_METRICS: tuple(figures.own_metrics)})


def champion_scores(champion: Scorer, rows: pa.Table, labels: Labels) -> Scores:
    """Return a champion's scores in the classes of the model that is judged, which may come in another order or be new.

    Args:
        champion: its package.
        rows: (N) raw rows.
        labels: task and classes of the model that is judged; a class that the champion never saw has probability 0.

    Raises:
        EvaluationError: if the champion was trained for another task or knows none of the classes.
    """
    mine, theirs = list(labels.classes), list(cast("list[Json]", champion.manifest["classes"]))
    if champion.manifest["task"] != labels.task or (mine and not set(mine) & set(theirs)):
        raise EvaluationError(
            f"evaluate.champion predicts something else: {champion.manifest['task']} of {theirs}, the model "
            f"{labels.task} of {mine}; register the model under a name of its own"
        )
    scored = champion.score(rows)
    if labels.task == "binary" and mine != theirs:
        return Scores(probability=1.0 - _floats(scored["probability"]))
    if labels.task == "multiclass":
        absent = np.zeros(rows.num_rows)
        columns = [_floats(scored[f"probability_{name}"]) if name in theirs else absent for name in mine]
        return Scores(probability=np.stack(columns, axis=1))
    return scores_of(scored, labels)


def scores_of(scored: pa.Table, labels: Labels) -> Scores:
    """Return what a package's output says, as an array.

    Args:
        scored: as `Scorer.score` returns it; refused rows are NaN.
        labels: task and classes.
    """
    match labels.task:
        case "regression":
            return Scores(prediction=_floats(scored["prediction"]))
        case "binary":
            return Scores(probability=_floats(scored["probability"]))
        case "multiclass":
            return Scores(
                probability=np.stack([_floats(scored[f"probability_{name}"]) for name in labels.classes], axis=1)
            )


def drawn(figures: Figures, truth: np.ndarray, scores: Mapping[str, Scores], *, where: str) -> dict[str, bytes]:
    """Return the pictures of an evaluation by file name."""
    shown_scores = {name: each for name, each in scores.items() if name != "trivial"}
    metric = next(iter(figures.candidates["model"]["metrics"]))
    pictures: dict[str, bytes] = {}
    if figures.task == "binary":
        pictures["roc_and_precision_recall"] = plots.roc_and_precision_recall(
            truth, shown_scores, title=f"{where}: ranking"
        )
    if figures.task == "regression":
        pictures["residuals"] = plots.residuals(
            truth, scores["model"].values, target="target", title=f"{where}: residuals"
        )
    if figures.calibration:
        shown = {name: each for name, each in figures.calibration.items() if name != "trivial"}
        pictures["calibration"] = plots.calibration(shown, title=f"{where}: calibration")
    if figures.confusion:
        pictures["confusion_matrix"] = plots.confusion_matrix(figures.confusion, title=f"{where}: confusion matrix")
    if figures.importance:
        pictures["importance"] = plots.importance(figures.importance, metric=metric, title=f"{where}: importance")
    for column, groups in figures.slices.items():
        pictures[f"slices_{column}"] = plots.slices(
            groups, column=column, metric=metric, title=f"{where}: {metric} by {column}"
        )
    return {f"figures/{name}.png": picture for name, picture in pictures.items()}


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    values: np.ndarray = column.cast(pa.float64()).to_numpy()
    return values


def _baselines(features: Version, rows: HeldOut, labels: Labels, *, seed: int) -> dict[str, Scores]:
    train, test = encoded(features, "train"), encoded(features, "test")
    return {
        "gradient_boosting": gradient_boosting(
            train.number,
            train.category,
            train.target,
            test_number=test.number[rows.places],
            test_category=test.category[rows.places],
            labels=labels,
            seed=seed,
        ),
        "trivial": trivial(train.target, labels, len(rows.places)),
    }


def _importance(
    work: Work, scorer: Scorer, rows: HeldOut, truth: np.ndarray, *, labels: Labels
) -> Sequence[ColumnImportance]:
    settings = work.declaration.evaluate
    return importance(
        lambda table: scores_of(scorer.score_conformed(table), labels).values,
        rows.clean,
        truth,
        columns=cast("list[str]", scorer.manifest["features"]),
        metric=metrics_of(settings, labels.task)[0],
        repeats=settings.importance.repeats,
        seed=settings.seed,
        max_rows=settings.importance.max_rows,
    )


def _beside(rows: HeldOut, scored: pa.Table) -> pa.Table:
    ours = {"_place": pa.array(rows.places), "_row": rows.clean["_row"], "_period": rows.clean["_period"]}
    for name, column in ours.items():
        scored = scored.append_column(name, column)
    return scored


def _tell_mlflow(work: Work, model: Version, figures: Figures, pictures: Mapping[str, bytes]) -> None:
    tracking, run = Tracking(work.service), run_of(model)
    metrics = {
        f"test_{metric}" if name == "model" else f"test_{metric}_{name}": figure["value"]
        for name, candidate in figures.candidates.items()
        for metric, figure in candidate["metrics"].items()
    }
    tracking.log_metrics(run, 0, {name: value for name, value in metrics.items() if value is not None})
    tracking.log_files(run, dict(pictures))


def _shown(work: Work, model: Version, figures: Figures, pictures: Mapping[str, bytes]) -> dict[str, Json]:
    rows: list[Mapping[str, Json]] = [
        {"candidate": name, **{metric: _spelled(figure) for metric, figure in candidate["metrics"].items()}}
        for name, candidate in figures.candidates.items()
    ]
    shown: dict[str, Json] = {"comparison": table(rows), "MLflow": link(run_of(model).url(work.mlflow_page))}
    for name in ("model", "champion"):
        for metric, figure in figures.candidates.get(name, {"metrics": {}})["metrics"].items():
            if metric == next(iter(figures.candidates["model"]["metrics"])):
                shown[f"{name} {metric} with interval"] = _spelled(figure)
            shown[f"{name} {metric}"] = figure["value"]
    return shown | {
        file.removeprefix("figures/").removesuffix(".png").replace("_", " "): image(file) for file in pictures
    }


def _spelled(figure: Figure) -> str:
    if figure["value"] is None:
        return figure.get("reason", "undefined")
    low, high = figure["low"], figure["high"]
    return short(figure["value"]) + (
        f" ({short(low)} to {short(high)})" if low is not None and high is not None else ""
    )
