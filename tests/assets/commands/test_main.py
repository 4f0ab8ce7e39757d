import subprocess
import sys
from pathlib import Path

import pytest

from assets.commands.__main__ import COMMANDS, main
from assets.commands.home import main as make_ready
from assets.home import REPOSITORY, Home


def test_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    listing = capsys.readouterr().out
    assert all(name in listing for name in COMMANDS)


def test_every_command_has_its_module() -> None:
    folder = REPOSITORY / "assets" / "commands"
    assert [name for name in COMMANDS if not (folder / f"{name}.py").exists()] == []


def test_refuses_an_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fly"])
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_tells_a_fault_of_the_home_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("TRAINYARD_HOME", str(tmp_path / "file" / "home"))
    assert main(["reap"]) == 1
    assert capsys.readouterr().err.startswith("home.root cannot be made ready: ")


def test_asking_for_help_imports_no_heavy_library() -> None:
    code = "import sys\nfrom assets.commands.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    check = "assert not {'dagster', 'mlflow', 'torch'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code + check], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_home_says_where_state_is_kept(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_ready([]) == 0
    assert capsys.readouterr().out == f"state is kept in {home.root}\n"
