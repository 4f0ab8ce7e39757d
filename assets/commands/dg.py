"""Runs Dagster's own `dg` on the state folder, as `.venv/bin/dg` does, from wherever it is called."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.home import REPOSITORY, Home


def main(arguments: Sequence[str]) -> int:
    """Run `dg` in the repository's root.

    Args:
        arguments: of `dg`, such as `list defs`.

    Returns:
        The exit status of `dg`.
    """
    Home.from_environment().initialise()
    return subprocess.run([Path(sys.executable).with_name("dg"), *arguments], cwd=REPOSITORY, check=False).returncode
