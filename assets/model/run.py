"""One run of the stage `train`: tune, fit and export on one device, taking up what an earlier run left."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assets.data.target import Labels
from assets.display import short
from assets.model.candidate import Candidate
from assets.model.checkpoint import Checkpoint, Progress, load, save
from assets.model.device import Place, pinned
from assets.model.export import export
from assets.model.fit import Fitted, fit
from assets.model.networks import Model
from assets.model.search import search
from assets.model.train import LogMetrics, Report, Train, Trained
from assets.model.training_data import TrainingData
from assets.model.tune import Trial, Tune


@dataclass(frozen=True)
class Run:
    """What all trainings of one run share; see `assets.model.train.train` for the attributes."""

    parts: TrainingData
    labels: Labels
    place: Place
    checkpoint: Path | None
    identity: str
    report: Report
    log_metrics: LogMetrics

    def trained(self, model: Model, settings: Train, tune: Tune | None) -> Trained:
        """Tune if asked for, fit, export."""
        started = time.perf_counter()
        with pinned(self.place):
            candidate, trials = self._tuned(Candidate(model, settings), tune)
            progress, keep = Progress(), self._kept("", repr(candidate))
            if keep:
                progress = load(keep) or progress
            resumed = progress.epoch
            fitted = self._fit(candidate, progress, self._teller(candidate.train, keep))
            best = _figures(fitted.history[fitted.best_epoch - 1])
            self.report(f"the best of {len(fitted.history)} epochs was number {fitted.best_epoch}: {best}")
            goal = fitted.objective
            onnx, output = export(fitted.network, self.parts.validation, centre=goal.centre, scale=goal.scale)
        return Trained(
            onnx=onnx,
            history=fitted.history,
            best_epoch=fitted.best_epoch,
            validation_output=output,
            model=candidate.model,
            settings=candidate.train,
            trials=trials,
            device=self.place.name,
            threads=self.place.threads,
            seconds=time.perf_counter() - started,
            resumed_from_epoch=resumed,
        )

    def _tuned(self, declared: Candidate, tune: Tune | None) -> tuple[Candidate, tuple[Trial, ...]]:
        if tune is None:
            return declared, ()

        def attempt(candidate: Candidate, on_epoch: Callable[[Mapping[str, float]], None]) -> Mapping[str, float]:
            fitted = self._fit(candidate, Progress(), lambda progress, _: on_epoch(progress.history[-1]))
            return fitted.history[fitted.best_epoch - 1]

        return search(tune, declared, attempt, record=self._kept(".trials", f"{declared} {tune}"), report=self.report)

    def _fit(self, candidate: Candidate, progress: Progress, on_epoch: Callable[[Progress, float], None]) -> Fitted:
        return fit(
            self.parts,
            model=candidate.model,
            settings=candidate.train,
            labels=self.labels,
            device=self.place.device,
            progress=progress,
            on_epoch=on_epoch,
        )

    def _teller(self, settings: Train, keep: Checkpoint | None) -> Callable[[Progress, float], None]:
        """Tells of an epoch before it is kept, so that each is told at least once, whenever the run is cut off."""

        def told(progress: Progress, seconds: float) -> None:
            row = progress.history[-1]
            speed = len(self.parts.train.target) / seconds
            self.report(f"epoch {progress.epoch}/{settings.epochs}: {_figures(row)}, {speed:,.0f} rows/s")
            self.log_metrics(progress.epoch, {**row, "seconds": seconds, "rows_per_second": speed})
            if keep:
                save(keep, progress)

        return told

    def _kept(self, suffix: str, settings: str) -> Checkpoint | None:
        if self.checkpoint is None:
            return None
        path = self.checkpoint.with_name(f"{self.checkpoint.name}{suffix}")
        return Checkpoint(path, f"{self.identity} {self.place} {settings}", self.report)


def _figures(row: Mapping[str, float]) -> str:
    figures = {name: value for name, value in row.items() if name.startswith(("train_", "validation_"))}
    return ", ".join(f"{name.replace('_', ' ')} {short(value)}" for name, value in figures.items())
