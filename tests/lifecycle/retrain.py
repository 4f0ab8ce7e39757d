"""Retrains one month of a small pipeline in a process of its own: FOLDER MONTH, and `wait` for a file `go`."""

import json
import sys
import time
from pathlib import Path

import dagster as dg

from assets.home import Home
from tests.small_pipeline import NAME, Small, run, told


def main(folder: Path, month: str, sections: str, *, wait: bool) -> int:
    """Run the job, and print what failed."""
    pipeline = Small(Home.from_environment(), folder)
    loaded = pipeline.definitions(pipeline.declare(**json.loads(sections)))
    (pipeline.home.root / "ready").touch()
    while wait and not (pipeline.home.root / "go").exists():
        time.sleep(0.01)
    with dg.DagsterInstance.get() as instance:
        result = run(loaded, f"{NAME}_retrain", month, instance)
    print(told(result))  # noqa: T201  # what the test shows if it fails
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], wait=sys.argv[4:] == ["wait"]))
