import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.home import REPOSITORY, Home
from assets.versions import module_source
from assets.versions.module_source import keep, module_of

TEXT = b"from . import spring\nx = 1  # a comment\n"
# a process that has the memory cannot parse: it must not need to
BLIND = """
import ast, sys
from assets.versions.module_source import module_of
ast.parse = None
print(module_of(sys.argv[1].encode(), package="carriage").sha256)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = Home(tmp_path / "home")
    home.cache.mkdir(parents=True)
    monkeypatch.setenv("TRAINYARD_HOME", str(home.root))
    yield home.cache / "code"
    module_source._known.cache_clear()


def blind(text: bytes) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLIND, text.decode()]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_only_what_runs_counts() -> None:
    one = module_of(TEXT, package="carriage")
    assert one.imports == {"carriage.spring"}
    assert one == module_of(b'"""What."""\nfrom . import spring\n\nx = 1\n', package="carriage")
    assert one.sha256 != module_of(b"from . import spring\nx = 2\n", package="carriage").sha256
    assert module_of(TEXT, package="train").imports == {"train.spring"}


def test_another_process_remembers_and_reads_what_changed(folder: Path) -> None:
    said = module_of(TEXT, package="carriage").sha256
    keep()
    assert blind(TEXT).stdout == f"{said}\n"
    assert "'NoneType' object is not callable" in blind(TEXT + b"y = 2\n").stderr


def test_a_process_that_reads_little_empties_nothing(folder: Path) -> None:
    module_of(TEXT, package="carriage")
    keep()
    module_source._known.cache_clear()
    module_of(b"x = 3", package="carriage")
    keep()
    assert [blind(text).returncode for text in (b"x = 3", TEXT)] == [0, 0]


def test_adds_to_what_another_process_has_kept_meanwhile(folder: Path) -> None:
    module_of(b"x = 3", package="carriage")
    other = "from assets.versions.module_source import keep, module_of; module_of(b'y = 4', package='carriage'); keep()"
    subprocess.run([sys.executable, "-c", other], cwd=REPOSITORY, check=True)
    keep()
    assert [blind(text).returncode for text in (b"x = 3", b"y = 4")] == [0, 0]


def test_what_is_used_is_kept_before_the_rest_where_it_is_too_much(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module_of(TEXT, package="carriage")
    keep()
    module_source._known.cache_clear()
    monkeypatch.setattr(module_source, "MOST", 1)
    module_of(b"x = 3", package="carriage")
    keep()
    assert [blind(text).returncode for text in (b"x = 3", TEXT)] == [0, 1]


def test_does_without_a_memory_that_is_damaged_or_cannot_be_written(folder: Path) -> None:
    said = module_of(TEXT, package="carriage")
    keep()
    (file,) = folder.iterdir()
    file.write_bytes(b"no memory")
    module_source._known.cache_clear()
    assert module_of(TEXT, package="carriage") == said
    module_source._known.cache_clear()
    file.unlink()
    folder.rmdir()
    folder.write_text("in the way", encoding="utf-8")
    assert module_of(TEXT + b"y = 2\n", package="carriage") != said
    keep()
    assert folder.read_text(encoding="utf-8") == "in the way"
