import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from assets import surroundings
from assets.declaration import TYPE
from assets.home import REPOSITORY, Home
from hatch_build import LINE, NAME
from tests.small_pipeline import write

SCRIPT = "import sys\nfrom {module} import {attr} as main\nsys.exit(main())\n"
SAY = "import json, os, sys; print(os.environ.get('DAGSTER_HOME')); print(*(set(sys.modules) & {'assets', 'pathlib'}))"


@dataclass(frozen=True)
class Installed:
    """A new environment: the project as `pip install --editable` leaves it, the libraries of the one that tests."""

    folder: Path

    @property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    def program(self, name: str) -> Path:
        point = next(iter(entry_points(group="console_scripts", name=name)))
        script = self.folder / "bin" / name
        script.write_text(SCRIPT.format(module=point.module, attr=point.attr), encoding="utf-8")
        return script

    def begin(
        self, *command: str | Path, person: Path, cwd: Path = REPOSITORY, **variables: str
    ) -> subprocess.Popen[str]:
        """Begin a program of the environment from a shell that knows nothing of the project."""
        person.mkdir(exist_ok=True)
        known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return subprocess.Popen(
            [self.folder / "bin" / "python", *command],
            cwd=cwd,
            env={**known, "HOME": str(person), "TMPDIR": str(person), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str | Path, person: Path, cwd: Path = REPOSITORY, **variables: str) -> tuple[int, str, str]:
        begun = self.begin(*command, person=person, cwd=cwd, **variables)
        out, error = begun.communicate(timeout=120)
        return begun.returncode, out, error


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    made = Installed(tmp_path_factory.mktemp("installed") / "venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made.folder], check=True)
    (wheel,) = WheelBuilder(str(REPOSITORY)).build(directory=str(made.folder), versions=["editable"])
    with zipfile.ZipFile(wheel) as files:
        for name in files.namelist():
            if name.endswith(".pth"):
                files.extract(name, made.packages)
    # as a path alone: the other environment's own lines are not run
    (made.packages / "shared.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return made


@pytest.mark.slow
def test_the_checks_of_a_bare_dg_say_what_ours_say(installed: Installed, home: Home, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(REPOSITORY / "assets", copy / "assets", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "data_checks", copy / "data_checks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    write(copy, {}, "broken").write_text(f"type: {TYPE}\nattributes: [", encoding="utf-8")
    line = LINE.format(file=str(copy / "assets" / "surroundings.py"), name=NAME)
    another = Installed(tmp_path / "another")
    shutil.copytree(installed.folder, another.folder, symlinks=True)
    for old in another.packages.glob("*.pth"):
        if old.name != "shared.pth":
            old.unlink()
    (another.packages / f"{NAME}.pth").write_text(line, encoding="utf-8")
    known = {"person": tmp_path / "person", "cwd": copy, "TRAINYARD_HOME": str(home.root), "PYTHONPATH": str(copy)}
    ours = another.run("-m", "assets.commands", "check", **known)
    assert ours[0] == 1
    assert "is not YAML" in ours[2]
    for what in ("defs", "yaml"):
        assert another.run(another.program("dg"), "check", what, **known) == ours


def test_a_bare_dg_writes_nothing_outside_the_state_folder(installed: Installed, home: Home, tmp_path: Path) -> None:
    person = tmp_path / "person"
    code, _, error = installed.run(
        installed.program("dg"), "list", "projects", person=person, TRAINYARD_HOME=str(home.root)
    )
    assert (code, error) == (0, "")
    assert list(person.rglob("*")) == []
    assert not list(home.root.rglob("event.log"))


@pytest.mark.slow
def test_first_bare_programs_at_once_make_the_state_folder(installed: Installed, tmp_path: Path) -> None:
    person, elsewhere = tmp_path / "person", tmp_path / "elsewhere"
    home = Home(elsewhere / "new" / "home")
    elsewhere.mkdir()
    commands = (
        (installed.program("dagster-graphql"), "--text", "{ version }", "--empty-workspace"),
        ("-m", "dagster", "run", "list"),
        (installed.program("mlflow"), "doctor"),
    )
    begun = [installed.begin(*command, person=person, cwd=elsewhere, TRAINYARD_HOME="new/home") for command in commands]
    ends = [(each.communicate(timeout=120), each.returncode) for each in begun]
    assert [code for _, code in ends] == [0, 0, 0], ends
    assert str(home.mlflow_database) in ends[2][0][0]
    assert list(person.rglob("*")) == []
    assert (home.dagster / "dagster.yaml").exists()
    databases = [*home.root.rglob("*.db")]
    assert len(databases) >= 4
    for database in databases:
        connection = sqlite3.connect(database)
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        connection.close()


def test_any_start_of_python_knows_the_state_folder_and_imports_nothing(installed: Installed, tmp_path: Path) -> None:
    assert installed.run("-c", SAY, person=tmp_path) == (0, f"{REPOSITORY}/.trainyard/dagster\n\n", "")
    moved = installed.run("-c", SAY, person=tmp_path, TRAINYARD_HOME="~/state")
    assert moved == (0, f"{tmp_path}/state/dagster\n\n", "")
    theirs = installed.run("-c", SAY, person=tmp_path, DAGSTER_HOME="/theirs/dagster")
    assert theirs == (0, "/theirs/dagster\n\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_relative_state_folder_is_one_for_all_processes_of_a_command(installed: Installed, tmp_path: Path) -> None:
    below = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], cwd='/', check=True)"
    seen = installed.run("-c", below, SAY, person=tmp_path, cwd=tmp_path, TRAINYARD_HOME="state")
    assert seen == (0, f"{tmp_path}/state/dagster\n\n", "")


def test_a_command_outside_the_environment_settles_the_state_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRAINYARD_HOME", "state")
    for name in surroundings.variables("/"):
        monkeypatch.setenv(name, "theirs")
    Home.from_environment().use()
    assert os.environ["TRAINYARD_HOME"] == f"{tmp_path}/state"


@pytest.mark.parametrize(
    ("arguments", "command", "name"),
    [
        (["/bin/dg", "list"], ["python", "/bin/dg", "list"], "dg"),
        (["-m", "run", "list"], ["python", "-X", "dev", "-m", "dagster", "run", "list"], "dagster"),
        (["-m"], ["python", "-Im", "dagster_graphql.cli"], "dagster-graphql"),
        (["-m", "-m"], ["python", "-Imdagster_webserver", "-m"], "dagster-webserver"),
        (["-c", "dg"], ["python", "-c", "pass", "dg"], "-c"),
        ([""], ["python"], ""),
    ],
)
def test_knows_what_is_started(arguments: list[str], command: list[str], name: str) -> None:
    assert surroundings.program(arguments, command) == name


def test_says_why_there_is_no_state_folder(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    elsewhere = str(tmp_path / "file" / "home")
    code, _, error = installed.run(installed.program("dg"), "--help", person=tmp_path, TRAINYARD_HOME=elsewhere)
    assert code == 1
    assert error.startswith("home.root cannot be made ready: ")
    assert error.count("\n") == 1


def test_a_repository_that_is_gone_disturbs_no_start(tmp_path: Path) -> None:
    (tmp_path / "gone.pth").write_text(LINE.format(file=str(tmp_path / "gone.py"), name=NAME), encoding="utf-8")
    added = subprocess.run(
        [sys.executable, "-c", f"import site; site.addsitedir({str(tmp_path)!r}); print('on')"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (added.stdout, added.stderr) == ("on\n", "")


def test_what_was_put_for_another_state_folder_follows_and_what_a_person_set_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in surroundings.variables("/"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", "/theirs/torch")
    surroundings.put(surroundings.variables("/a"))
    surroundings.put(surroundings.variables("/b"))
    assert os.environ["DAGSTER_HOME"] == "/b/dagster"
    assert os.environ["TORCH_HOME"] == "/theirs/torch"
    monkeypatch.setenv("DAGSTER_HOME", "/theirs/dagster")
    surroundings.put(surroundings.variables("/c"))
    assert os.environ["DAGSTER_HOME"] == "/theirs/dagster"
    assert os.environ["MLFLOW_TRACKING_URI"] == "sqlite:////c/mlflow/mlflow.db"


@pytest.mark.parametrize("folder", ["/plain/x.y_z~-", "/a b/ü%#?"])
def test_addresses_are_those_of_pathlib(folder: str) -> None:
    told = surroundings.variables(folder)["_MLFLOW_SERVER_ARTIFACT_ROOT"]
    assert told == Path(folder, "mlflow", "artifacts").as_uri()
