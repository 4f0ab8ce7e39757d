"""Where the pipeline that is worked on keeps its champion."""

from assets.registry import Registry
from assets.release.champions import Throne
from assets.work import Work


def throne(work: Work) -> Throne:
    """Return where to look for the champion of the pipeline that is worked on."""
    return Throne(work.store, Registry(work.service), work.pipeline, registered_name(work))


def registered_name(work: Work) -> str:
    """Return the name in the registry: the declared one, else the pipeline's."""
    return work.declaration.registration.name or work.pipeline
