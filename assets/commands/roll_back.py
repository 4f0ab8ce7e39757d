"""Makes an earlier, proven version the champion again, on record."""

import argparse
import getpass
import os
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from assets.commands import CommandError
from assets.home import Home
from assets.mlflow_service import MlflowService
from assets.registered import Move
from assets.registry import Registry
from assets.release.roll_back import roll_back


def main(arguments: Sequence[str]) -> int:
    """Move the alias `champion` and print the move, or that it stands there already.

    Raises:
        CommandError: the model, the version or the reason is not said.
    """
    parser = argparse.ArgumentParser(prog="roll_back", description=__doc__)
    parser.add_argument("--model", default="", help="name of the registered model")
    parser.add_argument("--to", default="", help="the version that shall stand")
    parser.add_argument("--why", default="", help="the reason, for the record")
    parser.add_argument("--who", default=getpass.getuser(), help="who decides it (default: the user)")
    given = parser.parse_args(arguments)
    asked = {"MODEL": given.model, "TO": given.to, "WHY": given.why}
    if missing := [name for name, text in asked.items() if not text.strip()]:
        raise CommandError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: a roll back names the registered "
            f"model, the version that shall be champion again and the reason, for the record; call {_example(asked)}"
        )
    Home.from_environment().initialise()
    registry = Registry(MlflowService(os.environ["MLFLOW_TRACKING_URI"]))
    move = roll_back(registry, given.model, given.to, who=given.who, why=given.why, now=datetime.now(UTC))
    if move is None:
        print(f"version {given.to} of {given.model} is champion already; nothing was moved")
        return 0
    print(f"champion of {given.model}: version {move.before} -> {move.to}, by {move.who}: {move.why}\n{since(move)}")
    return 0


def _example(asked: Mapping[str, str]) -> str:
    """Return the whole call, with what was said of it."""
    said = {"MODEL": "hotel_cancellations", "TO": "3", "WHY": "complaints since the release"}
    said |= {name: text for name, text in asked.items() if text.strip()}
    return "for example: make roll-back " + " ".join(f"{name}={shlex.quote(text)}" for name, text in said.items())


def since(move: Move) -> str:
    """Say what a roll back changes and what it leaves."""
    if move.partition is None:
        return f"since then rows are scored by version {move.to}, and what is trained is held against it"
    return (
        f"periods after {move.partition} are scored by version {move.to} and what they train is held against it; "
        "what was made for earlier ones stays as it was"
    )
