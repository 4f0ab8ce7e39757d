import os
import subprocess
import sys
from pathlib import Path

from assets.home import REPOSITORY, Home


def test_dg_keeps_its_state_and_its_usage_log_out_of_the_persons_home(home: Home, tmp_path: Path) -> None:
    person = tmp_path / "person"
    person.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER")}
    done = subprocess.run(
        [sys.executable, "-m", "assets.commands", "dg", "list", "components"],
        cwd=REPOSITORY,
        env={**kept, "HOME": str(person), "TRAINYARD_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "assets.pipeline.TrainingPipeline" in done.stdout
    assert list(person.rglob("*")) == []
    assert not list(home.dagster.rglob("event.log"))
