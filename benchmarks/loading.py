"""How long a code location of 100 pipelines takes to load, and which heavy libraries that imports.

A copy of this repository gets 100 declarations like that of `hotel_cancellations`: partitioned, with expectations,
jobs, schedules and a sensor. A process of its own then loads what Dagster loads; its whole life is measured, from the
interpreter's start until every definition is resolved. The bar: under 10 s, and none of the heavy libraries.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.home import REPOSITORY
from benchmarks.home import temporary_home

BAR_SECONDS = 10.0
HEAVY = ("torch", "mlflow", "great_expectations", "pandas", "sklearn", "matplotlib", "scipy", "onnx", "onnxruntime")
PATTERN = "hotel_cancellations"
LOAD = """
import json, sys, time
began = time.process_time()
import dagster
imported = time.process_time()
from assets.definitions import defs
repository = defs().get_repository_def()
repository.load_all_definitions()
print(json.dumps({
    "dagster": imported - began,
    "definitions": time.process_time() - imported,
    "assets": len(repository.assets_defs_by_key),
    "jobs": len(repository.job_names),
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
}))
"""


def main(arguments: Sequence[str]) -> int:
    """Generate, load and print.

    Returns:
        The exit status: 1 outside of the bar.
    """
    parser = argparse.ArgumentParser(prog="loading", description=__doc__)
    parser.add_argument("--pipelines", type=int, default=100)
    parser.add_argument("--repetitions", type=int, default=3)
    given = parser.parse_args(arguments)
    with temporary_home(), tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        copy_repository(project)
        generate(project, given.pipelines)
        _load(project)  # compiles the copy's modules, which an installed repository has behind it
        walls = []
        for _ in range(given.repetitions):
            started = time.perf_counter()
            said = _load(project)
            walls.append(time.perf_counter() - started)
    heavy = [name for name in HEAVY if name in said["modules"]]
    print(f"{given.pipelines} generated pipelines: {said['assets']} assets, {said['jobs']} jobs")
    print(f"wall of the process {', '.join(f'{wall:.1f}' for wall in walls)} s, bar {BAR_SECONDS:.0f} s")
    print(f"CPU: {said['dagster']:.1f} s to import dagster, {said['definitions']:.1f} s for the definitions")
    print(f"heavy libraries imported: {', '.join(heavy) or 'none'}")
    return 1 if heavy or min(walls) > BAR_SECONDS else 0


def copy_repository(project: Path) -> None:
    """Copy what a code location is made of."""
    for name in ("assets", "data_checks", "pipelines"):
        shutil.copytree(REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", project)


def generate(project: Path, count: int) -> None:
    """Write declarations like the pattern's, each with a name of its own in the registry."""
    text = (project / "pipelines" / PATTERN / "defs.yaml").read_text(encoding="utf-8")
    for number in range(count):
        name = f"generated_{number:03}"
        folder = project / "pipelines" / name
        folder.mkdir()
        own = re.sub(r"register: \{name: \w+", f"register: {{name: {name}", text)
        (folder / "defs.yaml").write_text(own, encoding="utf-8")


def _load(project: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the generated pipelines do not load: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
