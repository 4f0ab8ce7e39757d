"""Runs Dagster's own `dg` on the state folder, as `.venv/bin/dg` does, from wherever it is called."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.commands import check
from assets.home import REPOSITORY, Home

JUDGING = {("check", "defs"), ("check", "yaml")}
HELP = {"-h", "--help"}


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
    judges = tuple(arguments[:2]) in JUDGING and not HELP.intersection(arguments)
    if judges and (refused := check.main([])):
        return refused
    return subprocess.run([Path(sys.executable).with_name("dg"), *arguments], cwd=REPOSITORY, check=False).returncode
