"""Makes the state folder ready."""

import argparse
from collections.abc import Sequence

from assets.home import Home


def main(arguments: Sequence[str]) -> int:
    """Initialise the state folder and say where it is.

    Returns:
        The exit status.
    """
    argparse.ArgumentParser(prog="home", description=__doc__).parse_args(arguments)
    home = Home.from_environment()
    home.initialise()
    print(f"state is kept in {home.root}")
    return 0
