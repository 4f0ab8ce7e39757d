"""Runs Dagster's own `dg` with the environment that keeps its state and its usage log where ours are."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.home import REPOSITORY, Home


def main(arguments: Sequence[str]) -> int:
    """Run `dg` in the repository's root.

    By itself `dg` looks for its home in the environment alone; without it, it logs its use in the person's home folder.

    Args:
        arguments: of `dg`, such as `list defs`.

    Returns:
        The exit status of `dg`.
    """
    Home.from_environment().initialise()
    return subprocess.run([Path(sys.executable).with_name("dg"), *arguments], cwd=REPOSITORY, check=False).returncode
