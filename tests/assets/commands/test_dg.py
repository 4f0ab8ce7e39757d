import os
import subprocess
import sys
from pathlib import Path

import pytest

from assets.commands import check, dg
from assets.declaration import TYPE
from assets.home import REPOSITORY, Home
from tests.small_pipeline import attributes, write


@pytest.mark.slow
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


@pytest.mark.usefixtures("home")
def test_its_checks_end_with_the_text_of_ours_even_where_a_file_is_no_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {**attributes(Path("rows.parquet")), "windw": 3}, "first")
    write(tmp_path, {}, "second").write_text(f"type: {TYPE}\nattributes: [", encoding="utf-8")
    monkeypatch.setattr(check, "REPOSITORY", tmp_path)
    capfd.readouterr()
    assert dg.main(["check", "defs"]) == 1
    of_dg = capfd.readouterr()
    assert check.main([]) == 1
    assert capfd.readouterr() == of_dg
    assert dg.main(["check", "yaml"]) == 1
    assert capfd.readouterr() == of_dg
    told = [line.split(": ")[1] for line in of_dg.err.splitlines()]
    assert told == ["windw is not a setting here", "is not YAML"]


@pytest.mark.parametrize("arguments", [("check", "--help"), ("check", "toml", "--help"), ("check", "defs", "--help")])
@pytest.mark.usefixtures("home")
def test_what_judges_no_declaration_is_left_to_dg(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {**attributes(Path("rows.parquet")), "windw": 3}, "first")
    monkeypatch.setattr(check, "REPOSITORY", tmp_path)
    assert dg.main(arguments) == 0
    assert "Usage: dg check" in capfd.readouterr().out
