"""Runs Dagster's own `dg` on the state folder, as `.venv/bin/dg` does, from wherever it is called."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assets import surroundings
from assets.commands import check
from assets.home import REPOSITORY, Home


def main(arguments: Sequence[str]) -> int:
    """Run `dg` in the repository's root.

    Before its checks of definitions and of YAML the declarations are read as `make check` reads them: a fault ends it
    with the same text, where `dg` would add its trace, or crash on a file that is no YAML.

    Args:
        arguments: of `dg`, such as `list defs`.

    Returns:
        The exit status of `dg`, or 1 for a fault.
    """
    Home.from_environment().initialise()
    if surroundings.judges([*arguments]) and (refused := check.main([])):
        return refused
    known = {**os.environ, surroundings.IS_CHECKED: "yes"}
    program = Path(sys.executable).with_name("dg")
    return subprocess.run([program, *arguments], cwd=REPOSITORY, env=known, check=False).returncode
