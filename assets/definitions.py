"""What Dagster loads: every pipeline, the resources and the policy for all of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from assets.home import REPOSITORY, Home

HOME = Home.from_environment()
HOME.initialise()

# only now: libraries read the environment that the home has just set when they are imported
import dagster as dg  # noqa: E402  # after the home

from assets.launched import refuse_wrong_period  # noqa: E402  # after the home
from assets.pipelines_folder import load_pipelines  # noqa: E402  # after the home
from assets.shared import shared  # noqa: E402  # after the home


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage among definitions, which stay with the process: a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@dg.definitions
def defs() -> dg.Definitions:
    """Return every pipeline of `pipelines/`, a stand-in for each broken one, and the resources that stages run with.

    They are loaded once a process, of which Dagster's reload starts another: one `dg launch` asks for them seven times.
    """
    return _loaded()


@cache
def _loaded() -> dg.Definitions:
    refuse_wrong_period(REPOSITORY)
    with _uncollected():
        return load_pipelines(REPOSITORY, shared(HOME))
