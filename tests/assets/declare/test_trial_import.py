"""What a module raises as it is imported is told with the line that raises, and the declaration's."""

import sys
from pathlib import Path

import pytest

from assets.declare import trial_import
from assets.declare.trial_import import faults_of_import
from tests.small_pipeline import attributes, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rows.parquet").touch()
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "__init__.py").touch()
    return tmp_path


def declared(root: Path, name: str, module: str, text: str) -> Path:
    derive = {"use": f"pipelines.{name}.{module}:add"}
    write(root, {**attributes(Path("rows.parquet")), "derive": derive}, name)
    folder = root / "pipelines" / name
    (folder / "__init__.py").touch()
    (folder / f"{module}.py").write_text(f"{text}\n\n\ndef add(rows):\n    return rows\n", encoding="utf-8")
    return folder / "defs.yaml"


def told(root: Path, *files: Path) -> list[str]:
    return [str(fault).partition(": ")[2] for fault in faults_of_import(files, root=root)]


def test_every_module_that_fails_is_told_and_no_other(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = (
        declared(root, "sound", "own", "print('loud')\nimport sys\nsys.stderr.write('loud')"),
        declared(root, "lookup", "own", "KNOWN = {}\nFIRST = KNOWN['a']"),
        declared(root, "ends", "own", "import sys\nsys.exit(3)"),
        declared(root, "several", "own", "raise ValueError('two\\nlines')"),
        declared(root, "neighbour", "own", "from pipelines.lookup import own"),
    )
    start = "derive.use names a module that can't be imported: "
    assert told(root, *files) == [
        f"{start}KeyError: 'a' (pipelines/lookup/own.py:2); mend the module",
        f"{start}SystemExit: 3 (pipelines/ends/own.py:2); mend the module",
        f"{start}ValueError: two lines (pipelines/several/own.py:1); mend the module",
        f"{start}KeyError: 'a' (pipelines/lookup/own.py:2); mend the module",
    ]
    assert capfd.readouterr() == ("", "")
    assert not [name for name in sys.modules if name.startswith("pipelines.lookup")]
    (fault,) = faults_of_import(files[1:2], root=root)
    text = files[1].read_text("utf-8").splitlines()[fault.line - 1]
    assert text[fault.column - 1 :].startswith('"use": ')
    assert faults_of_import(files[1:2], root=root, imported=[root / "pipelines" / "lookup" / "own.py"]) == ()


def test_a_module_that_ends_the_process_at_once_is_told_as_that(root: Path) -> None:
    file = declared(root, "ends", "own", "import os\nos._exit(7)")
    (said,) = told(root, file)
    assert said.endswith(
        "can't be imported: the process ends with status 7 as 'pipelines.ends.own' is; let it only define what it names"
    )


def test_a_module_that_takes_too_long_is_told_as_that(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_import, "MOST_SECONDS", 1)
    file = declared(root, "slow", "own", "import time\ntime.sleep(30)")
    (said,) = told(root, file)
    assert "can't be imported: it takes more than 1 seconds as 'pipelines.slow.own' is" in said


def test_what_reading_tells_and_what_is_no_yaml_is_not_imported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_import, "_tried", None)
    absent = declared(root, "absent", "own", "raise ValueError")
    absent.write_text(absent.read_text("utf-8").replace(":add", ":sub"), encoding="utf-8")
    broken = declared(root, "broken", "own", "raise ValueError")
    broken.write_text("attributes: [", encoding="utf-8")
    assert told(root, absent, broken) == []
