"""The one entry to the commands: `python -m assets.commands NAME …`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from assets.commands import CommandError
from assets.home import Home, HomeError

COMMANDS = {
    "home": "make the state folder ready",
    "run": "train, gate, release and monitor the example, and show what came of it",
    "dev": "open the pages of Dagster, MLflow and the Data Docs",
    "why": "say what would be recomputed and why",
    "infer": "propose changes to a contract from new rows, as a diff",
    "check": "check every declaration",
    "reference": "write docs/declaration.md and the schema for editors anew",
    "clean_up": "show or remove the versions that nothing needs",
    "roll_back": "make an earlier, proven version the champion again",
    "dg": "run Dagster's own `dg` on the state folder",
    "reap": "close the runs whose process died",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; only its own module is imported, after the environment is set.

    Returns:
        The exit status.
    """
    listing = "\n".join(f"  {name:<10}{summary}" for name, summary in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m assets.commands",
        epilog=f"commands:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="what the command itself takes; try --help after it"
    )
    chosen = parser.parse_args(arguments)
    Home.from_environment().use()
    try:
        return int(import_module(f"assets.commands.{chosen.command}").main(chosen.arguments))
    except (CommandError, HomeError, ValueError, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
