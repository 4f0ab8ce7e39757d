"""State folders of their own for measurements, so that none reads or writes the user's."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assets.home import Home

OWN_VARIABLES = tuple(Home(Path("/")).environment())


@contextmanager
def temporary_home() -> Iterator[Home]:
    """Make a fresh, initialised state folder that this process's environment points to; it is removed at the end.

    Libraries read the environment when they are imported: enter it before they are.
    """
    before = {name: os.environ.pop(name) for name in OWN_VARIABLES if name in os.environ}
    with _folder() as folder:
        try:
            home = Home(folder)
            home.initialise()
            yield home
        finally:
            for name in OWN_VARIABLES:
                os.environ.pop(name, None)
            os.environ.update(before)


@contextmanager
def another_home() -> Iterator[Home]:
    """Make a fresh state folder with no databases but those that are made when they are first used."""
    with _folder() as folder:
        yield Home(folder)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="trainyard-benchmark-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()
