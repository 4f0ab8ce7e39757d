"""Every planted mistake of a file is told in one pass, at its line and with its remedy, and nothing else is."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.declaration import load
from assets.declare.faults import DeclarationError, Fault
from assets.home import REPOSITORY, Home
from tests.small_pipeline import visits

PLANTED = Path(__file__).with_name("planted")
VERBS = (
    "is|are|has|name|names|holds|does|can't|leaves|leave|refuses|searches|repeats|defines|takes|groups|counts|compares|"
    "gives"
)
MARK = re.compile(r"  # ! (.*)$")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the planted files, their rows and their function."""
    folder = tmp_path_factory.mktemp("planted")
    pq.write_table(visits(["2024-01"]), folder / "rows.parquet")
    houses = {"id": [1], "price": [1.0], "sqft": [2.0], "built": [date(2000, 1, 1)], "zip": ["1"], "sold": [True]}
    pq.write_table(pa.table(houses), folder / "houses.parquet")
    for file in PLANTED.glob("*.yaml"):
        place = folder / "pipelines" / file.stem / "defs.yaml"
        place.parent.mkdir(parents=True)
        place.write_text(file.read_text("utf-8"), "utf-8")
        (place.parent / "features.py").write_text("def add_day(rows):\n    return rows\n")
    return folder


def planted(name: str) -> dict[int, str]:
    lines = (PLANTED / f"{name}.yaml").read_text("utf-8").splitlines()
    return {number: found[1] for number, line in enumerate(lines, 1) if (found := MARK.search(line))}


def faults_of(root: Path, name: str) -> tuple[Fault, ...]:
    with pytest.raises(DeclarationError) as refused:
        load(root / "pipelines" / name / "defs.yaml", root=root)
    return refused.value.faults


@pytest.mark.parametrize("name", ["months", "houses"])
def test_every_mistake_is_told_at_its_line_and_nothing_else(root: Path, name: str) -> None:
    told = {fault.line: str(fault) for fault in faults_of(root, name)}
    expected = planted(name)
    assert told.keys() == expected.keys(), {line: told.get(line) for line in told.keys() ^ expected.keys()}
    assert not {line: told[line] for line, text in expected.items() if text not in told[line]}
    assert len(told) == len(faults_of(root, name))


def test_there_are_many(root: Path) -> None:
    assert sum(len(planted(file.stem)) for file in PLANTED.glob("*.yaml")) >= 70


def test_the_command_tells_the_same_without_a_traceback(root: Path, home: Home) -> None:
    command = [sys.executable, "-m", "assets.commands", "check", str(root)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [str(fault) for name in ("houses", "months") for fault in faults_of(root, name)]
    assert re.fullmatch(r"0 declarations in order, \d+ faults\n", done.stdout)


@pytest.mark.parametrize("name", ["months", "houses"])
def test_every_fault_reads_name_then_what_is_wrong_with_it(root: Path, name: str) -> None:
    """After the place come the setting, where it is one, and a verb, then the values that were seen."""
    sentence = re.compile(rf"\S+:\d+:\d+: (\S+ )?({VERBS})\b[^:]*: .+[^.]")
    assert not [str(fault) for fault in faults_of(root, name) if not sentence.fullmatch(str(fault))]
