"""The release stages over stored versions."""

from assets.release.stages.drift import Drift
from assets.release.stages.evaluation import Evaluation
from assets.release.stages.predictions import Predictions
from assets.release.stages.release import Release

__all__ = ["Drift", "Evaluation", "Predictions", "Release"]
