"""The repository names no folder of a developer's machine and no package registry."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in pieces, so that this file does not find itself.
PATHS = re.compile(r"(?<![\w.~-])/(?:root|home|Users|work|workspace|opt|mnt|srv)/[\w.]")
REGISTRIES = re.compile(
    "|".join(("pypi" + r"\.", "python" + "hosted", "index" + "-url", "find" + "-links", "download.py" + "torch"))
)


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def leaks(text: str) -> list[str]:
    return [found.group() for pattern in (PATHS, REGISTRIES) for found in pattern.finditer(text)]


def test_no_tracked_file_leaks() -> None:
    names = tracked()
    if not names:
        pytest.skip("this is not a git checkout: which files are tracked is not known")
    found = {}
    for name in names:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if seen := leaks(text):
            found[name] = seen
    assert not found


@pytest.mark.parametrize("text", ["see /ho" + "me/ann/data", "pip install --index" + "-url x", "/ro" + "ot/.cache"])
def test_sees_a_leak(text: str) -> None:
    assert leaks(text)


@pytest.mark.parametrize("text", ["the data/ho" + "me/folder", "https://example.org/wo" + "rk/1", "`~/ho" + "me/x`"])
def test_lets_other_text_be(text: str) -> None:
    assert not leaks(text)
