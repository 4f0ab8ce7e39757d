"""Makes the state folder ready, and tells plain `dagster` and `dg` commands where it is."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from assets.home import REPOSITORY, Home


def main(arguments: Sequence[str]) -> int:
    """Initialise the state folder and write the repository's `.env` if there is none.

    Returns:
        The exit status.
    """
    argparse.ArgumentParser(prog="home", description=__doc__).parse_args(arguments)
    home = Home.from_environment()
    home.initialise()
    point_to_home(REPOSITORY)
    print(f"state is kept in {home.root}")
    return 0


def point_to_home(folder: Path) -> None:
    """Write the `.env` that Dagster reads in its working directory, unless the user keeps one.

    Without it `dagster dev` would store runs in a temporary folder and forget them, and `dg` would report usage. A
    TRAINYARD_HOME that is set when the command starts still wins.

    Args:
        folder: the repository's root.
    """
    settings = folder / ".env"
    if settings.exists():
        return
    settings.write_text(
        "# Where plain `dagster` and `dg` commands find the state folder. Made by `make setup`, then yours.\n"
        f'TRAINYARD_HOME="${{TRAINYARD_HOME:-{folder / ".trainyard"}}}"\n'
        'DAGSTER_HOME="${TRAINYARD_HOME}/dagster"\n'
        'DAGSTER_DISABLE_TELEMETRY="1"\n',
        encoding="utf-8",
    )
