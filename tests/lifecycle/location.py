"""The small pipeline as a code location, over the rows in the folder that LOCATION names."""

import os
from pathlib import Path

import dagster as dg

from assets.home import Home
from tests.small_pipeline import Small

FOLDER = "LOCATION"


@dg.definitions
def defs() -> dg.Definitions:
    """Return the pipeline as Dagster's programs load it."""
    return Small(Home.from_environment(), Path(os.environ[FOLDER])).definitions()
