"""Makes an earlier, proven version the champion again, on record."""

import argparse
import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime

from assets.home import Home
from assets.mlflow_service import MlflowService
from assets.registered import Move
from assets.registry import Registry
from assets.release.roll_back import roll_back


def main(arguments: Sequence[str]) -> int:
    """Move the alias `champion` and print the move."""
    parser = argparse.ArgumentParser(prog="roll_back", description=__doc__)
    parser.add_argument("--model", required=True, help="name of the registered model")
    parser.add_argument("--to", required=True, help="the version that shall stand")
    parser.add_argument("--why", required=True, help="the reason, for the record")
    parser.add_argument("--who", default=getpass.getuser(), help="who decides it (default: the user)")
    given = parser.parse_args(arguments)
    Home.from_environment().initialise()
    registry = Registry(MlflowService(os.environ["MLFLOW_TRACKING_URI"]))
    move = roll_back(registry, given.model, given.to, who=given.who, why=given.why, now=datetime.now(UTC))
    print(f"champion of {given.model}: version {move.before} -> {move.to}, by {move.who}: {move.why}\n{since(move)}")
    return 0


def since(move: Move) -> str:
    """Say what a roll back changes and what it leaves."""
    if move.partition is None:
        return f"since then rows are scored by version {move.to}, and what is trained is held against it"
    return (
        f"periods after {move.partition} are scored by version {move.to} and what they train is held against it; "
        "what was made for earlier ones stays as it was"
    )
