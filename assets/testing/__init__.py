"""Runs stages of a pipeline in a test, on a small table, without Dagster and without a server."""

from assets.testing.pipeline import Outcome, Pipeline, pipeline_of
from assets.testing.recording import RecordingError

__all__ = ["Outcome", "Pipeline", "RecordingError", "pipeline_of"]
